#include "ui/wavefront_geometry.h"

#include <algorithm>
#include <cmath>

namespace longview::ui {
namespace {

constexpr int smallestPitch = 7; // below it a cell's pattern cannot be told apart: show a window instead
constexpr int widestPitch = 36;
constexpr int overviewHeight = 10;
constexpr int overviewGap = 8;

/// First segment whose cell in `layer` is still to come; statuses only advance from left to right.
std::int64_t firstNot(const WavefrontSnapshot& snapshot, int layer, bool entered) {
    std::int64_t low = snapshot.restored;
    std::int64_t high = snapshot.segments;
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        const CellStatus status = snapshot.status(middle, layer);
        const bool passed = status == CellStatus::done || status == CellStatus::restored ||
                            (entered && status == CellStatus::running);
        if (passed)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int pitchFor(int layers, int height) {
    return layers > 0 ? std::clamp(height / layers, 3, 16) : 3;
}

} // namespace

WavefrontCounts countsOf(const WavefrontSnapshot& snapshot) {
    WavefrontCounts counts;
    if (snapshot.segments <= 0 || snapshot.layers <= 0)
        return counts;
    counts.restored = snapshot.restored;
    const std::int64_t finished = firstNot(snapshot, snapshot.layers - 1, false);
    const std::int64_t entered = std::max(finished, firstNot(snapshot, 0, true));
    counts.done = finished - snapshot.restored;
    counts.running = entered - finished;
    counts.waiting = snapshot.segments - entered;
    const auto layers = static_cast<double>(snapshot.layers);
    counts.share =
        (static_cast<double>(snapshot.restored) * layers + static_cast<double>(snapshot.cells_done())) /
        (static_cast<double>(snapshot.segments) * layers);
    return counts;
}

int WavefrontGeometry::idealHeight(int layers, bool windowed) {
    const int pitch = layers <= 8    ? 14
                      : layers <= 16 ? 9
                      : layers <= 24 ? 7
                                     : std::max(3, 170 / std::max(1, layers));
    return layers * pitch + (windowed ? overviewGap + overviewHeight + 2 : 0);
}

WavefrontGeometry WavefrontGeometry::fit(const QRect& area, std::int64_t segments, int layers) {
    WavefrontGeometry geometry;
    geometry.segments = segments;
    geometry.layers = layers;
    if (segments <= 0 || layers <= 0 || area.width() < smallestPitch)
        return geometry;
    int width = area.width();
    if (segments <= area.width() / smallestPitch) {
        geometry.pitchY = pitchFor(layers, area.height());
        geometry.columns = static_cast<int>(segments);
        width = std::min(width, geometry.columns * widestPitch);
    } else {
        geometry.pitchY = pitchFor(layers, area.height() - overviewGap - overviewHeight - 2);
        geometry.columns = area.width() / std::clamp(geometry.pitchY, smallestPitch, 14);
    }
    geometry.grid = QRect(area.left(), area.top(), width, layers * geometry.pitchY);
    if (geometry.windowed())
        geometry.overview =
            QRect(area.left(), geometry.grid.bottom() + 1 + overviewGap, width, overviewHeight);
    return geometry;
}

int WavefrontGeometry::columnLeft(std::int64_t column) const {
    return grid.left() + static_cast<int>(column * grid.width() / columns);
}

void WavefrontGeometry::lookAt(std::int64_t segment, double share) {
    const auto before = static_cast<std::int64_t>(std::floor(share * columns));
    first = std::clamp<std::int64_t>(segment - before, 0, std::max<std::int64_t>(0, segments - columns));
}

void WavefrontGeometry::reveal(std::int64_t segment) {
    if (segment < first)
        lookAt(segment, 0);
    else if (segment >= first + columns)
        first = segment - columns + 1;
}

QRect WavefrontGeometry::cell(std::int64_t segment, int layer) const {
    if (segment < first || segment >= first + columns || layer < 0 || layer >= layers)
        return {};
    const int left = columnLeft(segment - first);
    const int width = columnLeft(segment - first + 1) - left;
    const int gap = width > 4 && pitchY > 4 ? 1 : 0;
    return {left, grid.top() + layer * pitchY, width - gap, pitchY - gap};
}

std::optional<WavefrontCell> WavefrontGeometry::cellAt(QPoint point) const {
    if (columns == 0 || !grid.contains(point))
        return std::nullopt;
    const std::int64_t guess = static_cast<std::int64_t>(point.x() - grid.left()) * columns / grid.width();
    const std::int64_t column = guess + 1 < columns && columnLeft(guess + 1) <= point.x() ? guess + 1 : guess;
    return WavefrontCell{first + column, (point.y() - grid.top()) / pitchY};
}

std::optional<std::int64_t> WavefrontGeometry::overviewSegmentAt(QPoint point) const {
    if (overview.isEmpty() || !overview.adjusted(0, -4, 0, 4).contains(point))
        return std::nullopt;
    const double share = (point.x() - overview.left()) / static_cast<double>(overview.width());
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(share * static_cast<double>(segments)), 0,
                                    segments - 1);
}

QRect WavefrontGeometry::overviewOf(double begin, double end) const {
    const double scale = overview.width() / static_cast<double>(std::max<std::int64_t>(1, segments));
    const int left = overview.left() + static_cast<int>(std::lround(begin * scale));
    const int right = overview.left() + static_cast<int>(std::lround(end * scale));
    return {left, overview.top(), right - left, overview.height()};
}

} // namespace longview::ui
