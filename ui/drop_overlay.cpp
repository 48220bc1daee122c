#include "ui/drop_overlay.h"

#include <QPainter>

#include "ui/tones.h"

namespace longview::ui {

DropOverlay::DropOverlay(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("dropOverlay"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropOverlay::showFor(const QString& fileName) {
    text_ = tr("Drop to open “%1”").arg(fileName);
    setGeometry(parentWidget()->rect());
    raise();
    show();
}

void DropOverlay::paintEvent(QPaintEvent*) {
    const Tones tones = tonesOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor veil = tones.base;
    veil.setAlphaF(0.88F);
    painter.fillRect(rect(), veil);
    QPen dashes(tones.accentText, 2);
    dashes.setDashPattern({5, 4});
    painter.setPen(dashes);
    painter.drawRoundedRect(QRectF(rect()).adjusted(16, 16, -16, -16), 12, 12);
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    large.setWeight(QFont::DemiBold);
    painter.setFont(large);
    painter.setPen(tones.text);
    const QString shown = painter.fontMetrics().elidedText(text_, Qt::ElideMiddle, width() - 80);
    painter.drawText(rect(), Qt::AlignCenter, shown);
}

} // namespace longview::ui
