#include "ui/plain_text_box.h"

#include <QTextCursor>
#include <QTextDocument>
#include <QWheelEvent>

#include <cmath>

namespace longview::ui {

PlainTextBox::PlainTextBox(QWidget* parent) : QTextEdit(parent) {
    setReadOnly(true);
    setAcceptRichText(false);
    setUndoRedoEnabled(false);
    setFrameShape(QFrame::NoFrame);
    setTabChangesFocus(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAcceptDrops(false);
    viewport()->setAutoFillBackground(false);
    document()->setDocumentMargin(1);
    fitHeight();
}

void PlainTextBox::setText(const QString& text) {
    setPlainText(text);
    fitHeight();
}

void PlainTextBox::append(const QString& piece) {
    QTextCursor end(document());
    end.movePosition(QTextCursor::End);
    end.insertText(piece);
    fitHeight();
}

QSize PlainTextBox::sizeHint() const {
    return {200, height()};
}

void PlainTextBox::resizeEvent(QResizeEvent* event) {
    QTextEdit::resizeEvent(event);
    fitHeight();
}

void PlainTextBox::fitHeight() {
    document()->setTextWidth(viewport()->width());
    setFixedHeight(static_cast<int>(std::ceil(document()->size().height())));
}

void PlainTextBox::wheelEvent(QWheelEvent* event) {
    event->ignore(); // the list scrolls, not the paragraph
}

void PlainTextBox::focusOutEvent(QFocusEvent* event) {
    QTextEdit::focusOutEvent(event);
    if (event->reason() != Qt::PopupFocusReason && event->reason() != Qt::ActiveWindowFocusReason) {
        QTextCursor cursor = textCursor();
        cursor.clearSelection();
        setTextCursor(cursor);
    }
}

} // namespace longview::ui
