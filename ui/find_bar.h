#pragma once
// Search in the document's text.

#include <QWidget>

class QLineEdit;

namespace longview::ui {

class Button;
class ReaderView;
class ToneLabel;

class FindBar : public QWidget {
    Q_OBJECT
public:
    explicit FindBar(ReaderView* reader, QWidget* parent = nullptr);
    void open();
    void close();
    void findNext(bool forward);

protected:
    bool event(QEvent* event) override;

private:
    void search(bool forward, bool fromSelection);
    ReaderView* reader_;
    QLineEdit* field_;
    ToneLabel* outcome_;
};

} // namespace longview::ui
