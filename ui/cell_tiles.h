#pragma once
// How a cell of each status looks: told apart by shape and pattern, not by colour alone.

#include <QPixmap>
#include <QRectF>

#include <array>

#include "inference/values/wavefront.h"
#include "ui/tones.h"

class QPainter;

namespace longview::ui {

/// waiting: an empty outline · running: solid with a dot · done: filled · restored: hatched
void paintCell(QPainter& painter, const QRectF& rect, CellStatus status, const Tones& tones);
/// For the overview bar.
QBrush brushOf(CellStatus status, const Tones& tones);

/// One picture per status, made anew only when size, pixel ratio or colours change.
class CellTiles {
public:
    void prepare(QSize size, qreal pixelRatio, const Tones& tones);
    const QPixmap& of(CellStatus status) const { return tiles_[static_cast<std::size_t>(status)]; }

private:
    std::array<QPixmap, 4> tiles_;
    QSize size_;
    qreal pixelRatio_ = 0;
    std::array<QColor, 4> colours_;
};

} // namespace longview::ui
