#pragma once
// A paragraph of plain text that can be selected, wraps anywhere and is as high as its text. Never interprets
// markup.

#include <QTextEdit>

namespace longview::ui {

class PlainTextBox : public QTextEdit {
    Q_OBJECT
public:
    explicit PlainTextBox(QWidget* parent = nullptr);
    void setText(const QString& text); ///< hides QTextEdit's, which guesses whether it is HTML
    void append(const QString& piece);
    QSize sizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void fitHeight();
};

} // namespace longview::ui
