#include "kernels/cuda/ceilings.h"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "kernels/cuda/blas_lt.h"
#include "kernels/cuda/runtime.h"

namespace longview::kernels::cuda {

namespace {

constexpr int kSide = 8192;
constexpr std::size_t kElements = std::size_t{kSide} * kSide;
constexpr std::size_t kCopyBytes = std::size_t{1} << 30;
constexpr std::size_t kWorkspace = std::size_t{32} << 20;
constexpr int kRepeats = 11;

struct Bench {
    DeviceArena arena;
    OwnedStream stream;
    Event begin, end;
    BlasLt blas;
    Bf16 *x = nullptr, *w = nullptr, *y = nullptr;
    std::byte *from = nullptr, *to = nullptr, *workspace = nullptr;
    float* staging = nullptr;

    void lay_out() {
        x = arena.take<Bf16>(kElements);
        w = arena.take<Bf16>(kElements);
        y = arena.take<Bf16>(kElements);
        from = arena.take<std::byte>(kCopyBytes);
        to = arena.take<std::byte>(kCopyBytes);
        workspace = arena.take<std::byte>(kWorkspace);
        staging = arena.take<float>(kElements);
    }

    Status create() {
        lay_out();
        for (const Status status : {arena.allocate(), stream.create(), begin.create(true), end.create(true)})
            if (!status.ok())
                return status;
        lay_out();
        return blas.create(workspace, kWorkspace, 1);
    }

    /// Random values: a product of zeros runs faster than one of data.
    Status fill(Bf16* matrix, unsigned seed) {
        std::minstd_rand random(seed);
        std::vector<float> values(kElements);
        for (float& value : values)
            value = static_cast<float>(random() % 2048) / 1024.0F - 1.0F;
        if (const Status status =
                copy_to_device(stream.get(), staging, values.data(), kElements * sizeof(float));
            !status.ok())
            return status;
        return round_rows(stream.get(), staging, kSide, kSide, matrix, kSide);
    }

    /// Seconds of `count` times `work` in a row.
    template <class Work>
    Status time_row(const Work& work, int count, double& seconds) {
        if (const Status status = begin.record(stream.get()); !status.ok())
            return status;
        for (int i = 0; i < count; ++i)
            if (const Status status = work(); !status.ok())
                return status;
        float ms = 0;
        for (const Status status : {end.record(stream.get()), end.synchronize(), end.since(begin, ms)})
            if (!status.ok())
                return status;
        seconds = ms / 1000;
        return {};
    }

    /// Median seconds of `work`, after two rounds of warming up.
    template <class Work>
    Status time(const Work& work, double& seconds) {
        std::array<double, kRepeats> times{};
        for (int i = -2; i < kRepeats; ++i) {
            double once = 0;
            if (const Status status = time_row(work, 1, once); !status.ok())
                return status;
            if (i >= 0)
                times[static_cast<std::size_t>(i)] = once;
        }
        std::sort(times.begin(), times.end());
        seconds = times[kRepeats / 2];
        return {};
    }
};

} // namespace

Status measure_ceilings(Ceilings& ceilings) {
    Bench bench;
    double copy = 0, product = 0, products = 0;
    for (const Status status : {bench.create(), bench.fill(bench.x, 1), bench.fill(bench.w, 2)})
        if (!status.ok())
            return status;
    const auto move = [&] { return copy_on_device(bench.stream.get(), bench.to, bench.from, kCopyBytes); };
    const auto multiply = [&] {
        return bench.blas.multiply(bench.stream.get(), {1, kSide}, {kSide, kSide, kSide}, {bench.x, 0},
                                   {bench.w, 0}, {}, {bench.y, 0});
    };
    if (const Status status = bench.time(move, copy); !status.ok())
        return status;
    if (const Status status = bench.time(multiply, product); !status.ok())
        return status;
    const int second = std::clamp(static_cast<int>(1 / product), 1, 10'000);
    if (const Status status = bench.time_row(multiply, second, products); !status.ok())
        return status;
    ceilings.sustained_gemm_flops_per_second =
        2.0 * static_cast<double>(kElements) * kSide * second / products;
    ceilings.copy_bytes_per_second = 2.0 * static_cast<double>(kCopyBytes) / copy;
    ceilings.gemm_flops_per_second = 2.0 * static_cast<double>(kElements) * kSide / product;
    return {};
}

} // namespace longview::kernels::cuda
