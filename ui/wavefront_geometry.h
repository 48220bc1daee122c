#pragma once
// Where the cells of a wavefront are drawn, and how far it has come. Pure arithmetic; costs do not grow with
// the segments.

#include <QRect>
#include <QSize>

#include <optional>

#include "inference/values/wavefront.h"

namespace longview::ui {

/// How many segments are where; from two binary searches over the columns.
struct WavefrontCounts {
    std::int64_t restored = 0;
    std::int64_t done = 0;    ///< computed through all layers
    std::int64_t running = 0; ///< entered, not finished
    std::int64_t waiting = 0;
    double share = 0; ///< of the document's cells that are done or restored
    std::int64_t known() const { return restored + done; }
};
WavefrontCounts countsOf(const WavefrontSnapshot& snapshot);

struct WavefrontCell {
    std::int64_t segment = 0;
    int layer = 0;
    bool operator==(const WavefrontCell&) const = default;
};

/// Columns are segments, rows are layers, the first layer on top. When not all segments fit, a window of them
/// is shown and the whole document in a bar below.
struct WavefrontGeometry {
    QRect grid;
    QRect overview; ///< empty when every segment is in the grid
    int pitchY = 1; ///< height of a row, its gap included
    int columns = 0;
    std::int64_t first = 0; ///< segment of the leftmost column
    std::int64_t segments = 0;
    int layers = 0;

    static WavefrontGeometry fit(const QRect& area, std::int64_t segments, int layers);
    static int idealHeight(int layers, bool windowed);
    bool windowed() const { return columns < segments; }
    /// Moves the window so that `segment` is at `share` of its width.
    void lookAt(std::int64_t segment, double share);
    /// Moves it as little as needed to show `segment`.
    void reveal(std::int64_t segment);
    QRect cell(std::int64_t segment, int layer) const; ///< columns differ by at most one pixel
    std::optional<WavefrontCell> cellAt(QPoint point) const;
    std::optional<std::int64_t> overviewSegmentAt(QPoint point) const;
    /// The bar's pixels that stand for the segments [begin, end).
    QRect overviewOf(double begin, double end) const;

private:
    int columnLeft(std::int64_t column) const;
};

} // namespace longview::ui
