#include "ui/card.h"

#include <QEvent>
#include <QPainter>

#include "ui/tones.h"

namespace longview::ui {

Card::Card(QWidget* parent) : QFrame(parent) {
    setFrameShape(QFrame::NoFrame);
}

void Card::followFocusOf(QWidget* field) {
    field_ = field;
    field->installEventFilter(this);
}

void Card::paintEvent(QPaintEvent*) {
    const Tones tones = tonesOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool focused = field_ != nullptr && field_->hasFocus();
    painter.setPen(focused ? QPen(tones.accentText, 2) : QPen(tones.border, 1));
    painter.setBrush(tones.base);
    const double inset = focused ? 1 : 0.5;
    painter.drawRoundedRect(QRectF(rect()).adjusted(inset, inset, -inset, -inset), 8, 8);
}

bool Card::eventFilter(QObject* watched, QEvent* event) {
    if (watched == field_ && (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut))
        update();
    return QFrame::eventFilter(watched, event);
}

} // namespace longview::ui
