#include "ui/wavefront_legend.h"

#include <QPainter>

#include <array>

#include "ui/cell_tiles.h"
#include "ui/format.h"

namespace longview::ui {
namespace {

constexpr std::array statuses{CellStatus::waiting, CellStatus::running, CellStatus::done,
                              CellStatus::restored};
constexpr int swatch = 12;

} // namespace

WavefrontLegend::WavefrontLegend(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("legend"));
    setAccessibleName(tr("Legend"));
    setAccessibleDescription(tr(
        "Waiting: empty outline. Running: solid with a dot. Done: filled. Restored from memory: hatched."));
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.9);
    setFont(small);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

QSize WavefrontLegend::sizeHint() const {
    int width = 0;
    for (const CellStatus status : statuses)
        width += swatch + 5 + fontMetrics().horizontalAdvance(nameOf(status)) + 14;
    return {width - 14, fontMetrics().height() + 2};
}

QSize WavefrontLegend::minimumSizeHint() const {
    return sizeHint();
}

void WavefrontLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tones tones = tonesOf(palette());
    const int top = (height() - swatch) / 2;
    int x = 0;
    for (const CellStatus status : statuses) {
        paintCell(painter, QRectF(x, top, swatch, swatch), status, tones);
        x += swatch + 5;
        const int wide = fontMetrics().horizontalAdvance(nameOf(status));
        painter.setPen(tones.muted);
        painter.drawText(QRect(x, 0, wide + 2, height()), Qt::AlignLeft | Qt::AlignVCenter, nameOf(status));
        x += wide + 14;
    }
}

} // namespace longview::ui
