#include "kernels/cuda/vector.cuh"

namespace longview::kernels::cuda {
namespace {

constexpr int kThreads = 128;

__global__ void embed_kernel(const std::int32_t* ids, int count, const __nv_bfloat16* table,
                             const __nv_bfloat16* memory, int d, __nv_bfloat16* x) {
    const int row = static_cast<int>(blockIdx.x);
    const auto width = static_cast<std::size_t>(d);
    const __nv_bfloat16* from = row < count ? table + static_cast<std::size_t>(ids[row]) * width
                                            : memory + static_cast<std::size_t>(row - count) * width;
    const auto* source = reinterpret_cast<const uint4*>(from);
    auto* target = reinterpret_cast<uint4*>(x + static_cast<std::size_t>(row) * width);
    for (int i = threadIdx.x; i < d / kVector; i += kThreads)
        target[i] = source[i];
}

} // namespace

Status embed(Stream stream, const std::int32_t* ids, int count, const Bf16* table, const Bf16* memory,
             int memory_rows, int d, Bf16* x) {
    if (count < 0 || memory_rows < 0 || count + memory_rows <= 0 || d <= 0 || d % kVector != 0)
        return {"embed: there must be rows, of a multiple of 8 columns"};
    if (!ids || !table || !x || (memory_rows > 0 && !memory))
        return {"embed: a matrix is missing"};
    embed_kernel<<<static_cast<unsigned>(count + memory_rows), kThreads, 0, stream>>>(ids, count, raw(table),
                                                                                      raw(memory), d, raw(x));
    return launched("embed did not start");
}

} // namespace longview::kernels::cuda
