#include <algorithm>

#include "kernels/cpu/row_blocks.h"
#include "kernels/ops.h"

namespace longview::kernels::cpu {

Status embed(std::span<const std::int32_t> ids, const float* table, int vocab, const float* memory,
             int memory_rows, int d, float* x) {
    if (vocab <= 0 || d <= 0 || memory_rows < 0)
        return {"embed: vocabulary and width must be positive"};
    if (!table || !x || (memory_rows > 0 && !memory))
        return {"embed: a matrix is missing"};
    if (std::any_of(ids.begin(), ids.end(), [vocab](std::int32_t id) { return id < 0 || id >= vocab; }))
        return {"embed: a token id lies outside the vocabulary"};
    const auto width = to_size(d);
    for (const auto id : ids)
        x = std::copy_n(table + to_size(id) * width, width, x);
    std::copy_n(memory, to_size(memory_rows) * width, x);
    return {};
}

} // namespace longview::kernels::cpu
