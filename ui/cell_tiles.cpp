#include "ui/cell_tiles.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace longview::ui {
namespace {

void paintHatch(QPainter& painter, const QRectF& rect, const QColor& colour) {
    painter.save();
    painter.setClipRect(rect.adjusted(1, 1, -1, -1));
    painter.setPen(QPen(colour, std::clamp(rect.height() / 8, 1.0, 1.6)));
    const double step = std::max(4.0, rect.height() / 2.6);
    const double first = rect.left() - rect.height() + step / 2;
    const int lines = std::max(0, static_cast<int>(std::ceil((rect.right() - first) / step)));
    for (int i = 0; i < lines; ++i) {
        const double x = first + i * step;
        painter.drawLine(QPointF(x, rect.bottom()), QPointF(x + rect.height(), rect.top()));
    }
    painter.restore();
}

} // namespace

void paintCell(QPainter& painter, const QRectF& rect, CellStatus status, const Tones& tones) {
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF edge = rect.adjusted(0.5, 0.5, -0.5, -0.5);
    const double radius = std::min(2.0, rect.height() / 4);
    switch (status) {
    case CellStatus::waiting:
        painter.setPen(QPen(mix(tones.base, tones.text, 0.22), 1));
        painter.setBrush(tones.base);
        painter.drawRoundedRect(edge, radius, radius);
        return;
    case CellStatus::done:
        painter.setPen(Qt::NoPen);
        painter.setBrush(tones.accent);
        painter.drawRoundedRect(rect, radius, radius);
        return;
    case CellStatus::restored:
        painter.setPen(QPen(tones.accent, 1));
        painter.setBrush(tones.accentSoft);
        painter.drawRoundedRect(edge, radius, radius);
        paintHatch(painter, rect, tones.accent);
        return;
    case CellStatus::running: {
        painter.setPen(Qt::NoPen);
        painter.setBrush(tones.text);
        painter.drawRoundedRect(rect, radius, radius);
        const double dot = std::max(1.0, std::min(rect.width(), rect.height()) * 0.2);
        painter.setBrush(tones.base);
        painter.drawEllipse(rect.center(), dot, dot);
        return;
    }
    }
}

QBrush brushOf(CellStatus status, const Tones& tones) {
    switch (status) {
    case CellStatus::waiting:
        return tones.base;
    case CellStatus::running:
        return tones.text;
    case CellStatus::done:
        return tones.accent;
    case CellStatus::restored:
        return {tones.accent, Qt::BDiagPattern};
    }
    return {};
}

void CellTiles::prepare(QSize size, qreal pixelRatio, const Tones& tones) {
    const std::array colours{tones.base, tones.text, tones.accent, tones.accentSoft};
    if (size == size_ && qFuzzyCompare(pixelRatio, pixelRatio_) && colours == colours_)
        return;
    size_ = size;
    pixelRatio_ = pixelRatio;
    colours_ = colours;
    for (std::size_t i = 0; i < tiles_.size(); ++i) {
        QPixmap tile(size * pixelRatio);
        tile.setDevicePixelRatio(pixelRatio);
        tile.fill(Qt::transparent);
        QPainter painter(&tile);
        paintCell(painter, QRectF(QPointF(0, 0), QSizeF(size)), static_cast<CellStatus>(i), tones);
        tiles_[i] = tile;
    }
}

} // namespace longview::ui
