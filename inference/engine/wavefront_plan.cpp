#include "inference/engine/wavefront_plan.h"

#include <algorithm>
#include <stdexcept>

namespace longview {

WavefrontPlan::WavefrontPlan(std::int64_t segments, int layers, Schedule schedule)
    : segments_(segments), layers_(layers), schedule_(schedule) {
    if (segments < 0 || layers < 1)
        throw std::invalid_argument("WavefrontPlan: segments must be >= 0 and layers >= 1");
    steps_ = WavefrontSnapshot{.segments = segments, .layers = layers, .schedule = schedule}.steps();
}

Step WavefrontPlan::step(std::int64_t index) const {
    if (index < 0 || index >= steps_)
        throw std::out_of_range("WavefrontPlan: no such step");
    if (schedule_ == Schedule::sequential) {
        const auto layer = static_cast<int>(index % layers_);
        return {index, layer, 1, index / layers_ + layer};
    }
    const auto first = std::max<std::int64_t>(0, index - segments_ + 1);
    const auto last = std::min<std::int64_t>(index, layers_ - 1);
    return {index, static_cast<int>(first), static_cast<int>(last - first + 1), index};
}

} // namespace longview
