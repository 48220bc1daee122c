#pragma once
// The documents that were opened before and, of a search, the answers that were found. Says which words are
// looked for; whoever looks them up answers with setEntries().

#include <QTimer>
#include <QWidget>

#include <vector>

class QLineEdit;
class QListWidget;

namespace longview::ui {

class ToneLabel;

struct LibraryEntry {
    QString title;             ///< of the document, or the question
    QString detail;            ///< one line
    QString path;              ///< what to open
    QString question, askedAt; ///< of an answer: which one to show there
};

class LibraryList : public QWidget {
    Q_OBJECT
public:
    explicit LibraryList(QWidget* parent = nullptr);

    /// What was found for `words`; a result for other words than those in the field now is late and dropped.
    void setEntries(const QString& words, const std::vector<LibraryEntry>& entries);
    /// Why nothing can be found; stands where the result would.
    void setProblem(const QString& sentence);
    void focusField();
    QString words() const;

Q_SIGNALS:
    void searched(const QString& words);
    void openRequested(const longview::ui::LibraryEntry& entry);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void applyPalette();
    void openCurrent();
    QLineEdit* field_;
    QListWidget* list_;
    std::vector<LibraryEntry> entries_; ///< a row each
    ToneLabel* outcome_;
    QTimer pause_; ///< between the last letter and the search
};

} // namespace longview::ui
