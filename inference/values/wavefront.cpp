#include "inference/values/wavefront.h"

#include <algorithm>

namespace longview {

std::int64_t WavefrontSnapshot::wave_segments() const {
    const std::int64_t following = computed_segments() - drained;
    return std::min(wave.value_or(following), following);
}

std::int64_t WavefrontSnapshot::steps() const {
    const auto count = wave_segments();
    if (count <= 0)
        return 0;
    return schedule == Schedule::diagonal ? count + layers - 1 : count * layers;
}

std::int64_t WavefrontSnapshot::cells_done() const {
    const auto count = wave_segments();
    if (schedule == Schedule::sequential)
        return drained * layers + std::min(steps_done, steps());
    // Layer l has finished segment s once diagonal s + l is done, so min(steps − l, count) of them.
    std::int64_t done = drained * layers;
    for (int layer = 0; layer < layers; ++layer)
        done += std::clamp<std::int64_t>(steps_done - layer, 0, count);
    return done;
}

CellStatus WavefrontSnapshot::status(std::int64_t segment, int layer) const {
    if (segment < restored)
        return CellStatus::restored;
    const auto s = segment - restored - drained;
    if (s < 0)
        return CellStatus::done;
    if (s >= wave_segments())
        return CellStatus::waiting;
    const auto step = schedule == Schedule::diagonal ? s + layer : s * layers + layer;
    if (step < steps_done)
        return CellStatus::done;
    return step == steps_done && running ? CellStatus::running : CellStatus::waiting;
}

} // namespace longview
