#pragma once
// Where a question is written: suggestions above, the model's limits below, Ask and Stop in one place.

#include <QWidget>

class QLineEdit;

namespace longview::ui {

class Button;
class Card;
class ScopeButton;
class ToneLabel;

class AskBar : public QWidget {
    Q_OBJECT
public:
    explicit AskBar(QWidget* parent = nullptr);

    void setSuggestions(const QStringList& questions);
    /// What the model can and cannot answer; always in sight.
    void setLimits(const QString& sentence);
    /// Why nothing can be asked now; empty when one can ask.
    void setHindrance(const QString& reason);
    /// What asking would do first; empty when nothing.
    void setNote(const QString& note);
    void setAnswering(bool answering);
    void setStopping();
    void focusField();
    QString question() const;
    ScopeButton* scope() const { return scope_; }

Q_SIGNALS:
    void asked(const QString& question);
    void stopRequested();

protected:
    void changeEvent(QEvent* event) override;

private:
    void applyPalette();
    void ask();
    void showState();
    QWidget* chips_;
    QLineEdit* field_;
    Button* ask_;
    Button* stop_;
    ScopeButton* scope_;
    ToneLabel* note_;
    ToneLabel* limits_;
    QString hindrance_;
    QString noteText_;
    bool answering_ = false;
};

} // namespace longview::ui
