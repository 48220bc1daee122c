// No sort: a token is found by its rank in probability mass. Logits become keys that order as they do,
// likeliest first; three digits of the key are settled one after the other, each by a histogram of mass over
// the tokens that share the digits before. Many blocks make the first histogram, one block does the rest.

#include "kernels/cuda/nucleus.h"

#include <algorithm>
#include <limits>

#include "kernels/cuda/launch.cuh"

namespace longview::kernels::cuda {
namespace {

using Mass = unsigned long long;

constexpr int kBins = 2048;
constexpr int kFirstBlocks = 64, kFirstThreads = 256;
constexpr int kThreads = 1024;
constexpr int kWarps = kThreads / 32;
constexpr unsigned kAll = 0xffffffffU;

/// Bits below a digit of the key: the digits are 11, 11 and 10 bits wide.
__device__ constexpr int shift_of(int digit) {
    return digit == 0 ? 21 : digit == 1 ? 10 : 0;
}

struct Logits {
    const float* values;
    int vocab;
    float scale; ///< log2(e) / temperature
};

/// Smaller for the likelier; +0 and −0 are one.
__device__ unsigned key_of(float logit) {
    const unsigned bits = __float_as_uint(logit + 0.0F);
    return (bits & 0x80000000U) != 0 ? bits : ~(bits ^ 0x80000000U);
}
__device__ float logit_of(unsigned key) {
    return __uint_as_float((key & 0x80000000U) != 0 ? key : ~key ^ 0x80000000U);
}

/// In units of 2⁻⁴⁰ of the greatest; 0 for what is not finite.
__device__ Mass mass_of(const Logits& in, float logit, float greatest) {
    constexpr float unit = 1099511627776.0F;
    return isfinite(logit) ? static_cast<Mass>(exp2f((logit - greatest) * in.scale) * unit) : 0;
}

/// Adds up over the lanes with the same bin first: most tokens share few bins. Called by whole warps.
__device__ void add(Mass* bins, int bin, Mass mass) {
    const unsigned active = __ballot_sync(kAll, mass > 0);
    if (mass == 0)
        return;
    const unsigned peers = __match_any_sync(active, bin);
    const Mass low = __reduce_add_sync(peers, static_cast<unsigned>(mass & 0xffffffU));
    const Mass high = __reduce_add_sync(peers, static_cast<unsigned>(mass >> 24));
    if (static_cast<int>(threadIdx.x) % 32 == __ffs(static_cast<int>(peers)) - 1)
        atomicAdd(bins + bin, (high << 24) + low);
}

/// visit(id, logit) for every logit that thread `thread` of `threads` has to see; whole warps go through it
/// together, past the end with logits that are not finite. Four at a time, or each would wait for its own
/// load.
template <class Visit>
__device__ void for_each(const Logits& in, int thread, int threads, const Visit& visit) {
    constexpr int each = 4;
#pragma unroll 2
    for (int base = 0; base < in.vocab; base += each * threads) {
        const int first = base + each * thread;
        float logits[each];
        if (first + each <= in.vocab) {
            const float4 four = *reinterpret_cast<const float4*>(in.values + first);
            logits[0] = four.x, logits[1] = four.y, logits[2] = four.z, logits[3] = four.w;
        } else {
#pragma unroll
            for (int j = 0; j < each; ++j)
                logits[j] = first + j < in.vocab ? in.values[first + j] : -INFINITY;
        }
#pragma unroll
        for (int j = 0; j < each; ++j)
            visit(first + j, logits[j]);
    }
}

__global__ void __launch_bounds__(kFirstThreads)
    first_digit_kernel(Logits in, const std::int32_t* best, Mass* histogram) {
    __shared__ Mass bins[kBins];
    if (*best < 0)
        return;
    const float greatest = in.values[*best];
    for (int i = static_cast<int>(threadIdx.x); i < kBins; i += kFirstThreads)
        bins[i] = 0;
    __syncthreads();
    for_each(in, static_cast<int>(blockIdx.x) * kFirstThreads + static_cast<int>(threadIdx.x),
             kFirstBlocks * kFirstThreads, [&](int, float logit) {
                 add(bins, static_cast<int>(key_of(logit) >> shift_of(0)), mass_of(in, logit, greatest));
             });
    __syncthreads();
    for (int i = static_cast<int>(threadIdx.x); i < kBins; i += kFirstThreads)
        if (bins[i] > 0)
            atomicAdd(histogram + i, bins[i]);
}

struct Search {
    const Logits& in;
    float greatest;
    const Mass* first;  ///< the first digit's histogram
    Mass* bins;         ///< [kBins], shared
    Mass* warp_sums;    ///< [kWarps + 1], shared
    Mass* found_before; ///< shared
    int* found;         ///< shared
};

/// Finds the bin in which the running sum passes `target`, and the sum before it; returns the sum of all.
__device__ Mass find_bin(const Search& s, Mass target, int& bin, Mass& before) {
    const int t = static_cast<int>(threadIdx.x), lane = t % 32, warp = t / 32;
    const Mass left = s.bins[2 * t], right = s.bins[2 * t + 1];
    Mass running = left + right;
    for (int step = 1; step < 32; step *= 2) {
        const Mass lower = __shfl_up_sync(kAll, running, static_cast<unsigned>(step));
        running += lane >= step ? lower : 0;
    }
    if (lane == 31)
        s.warp_sums[warp] = running;
    __syncthreads();
    Mass start = running - left - right, total = 0;
    for (int w = 0; w < kWarps; ++w) {
        start += w < warp ? s.warp_sums[w] : 0;
        total += s.warp_sums[w];
    }
    const bool in_left = start <= target && target < start + left;
    const bool in_right = start + left <= target && target < start + left + right;
    if (in_left || in_right) { // of one thread only
        *s.found = 2 * t + (in_right ? 1 : 0);
        *s.found_before = start + (in_right ? left : 0);
    }
    __syncthreads();
    bin = *s.found;
    before = *s.found_before;
    return total;
}

/// The key of the token that covers `target` when all stand in a row, and the mass before all tokens with it.
__device__ unsigned find_key(const Search& s, Mass target, Mass& before) {
    for (int i = static_cast<int>(threadIdx.x); i < kBins; i += kThreads)
        s.bins[i] = s.first[i];
    __syncthreads();
    int bin = 0;
    find_bin(s, target, bin, before);
    auto prefix = static_cast<unsigned>(bin);
    for (int digit = 1; digit < 3; ++digit) {
        const int width = shift_of(digit - 1) - shift_of(digit);
        __syncthreads();
        for (int i = static_cast<int>(threadIdx.x); i < kBins; i += kThreads)
            s.bins[i] = 0;
        __syncthreads();
        for_each(s.in, static_cast<int>(threadIdx.x), kThreads, [&](int, float logit) {
            const unsigned key = key_of(logit);
            const bool shares = key >> shift_of(digit - 1) == prefix;
            add(s.bins, static_cast<int>(key >> shift_of(digit) & ((1U << width) - 1)),
                shares ? mass_of(s.in, logit, s.greatest) : 0);
        });
        __syncthreads();
        Mass inside = 0;
        find_bin(s, target - before, bin, inside);
        before += inside;
        prefix = prefix << width | static_cast<unsigned>(bin);
    }
    return prefix;
}

/// The id of token number `rank` among those with this key, in the order of ids.
__device__ void find_id(const Logits& in, unsigned key, Mass rank, std::int32_t* chosen) {
    __shared__ int count, only;
    if (threadIdx.x == 0)
        count = 0;
    __syncthreads();
    const auto matches = [&](float logit) { return isfinite(logit) && key_of(logit) == key; };
    for_each(in, static_cast<int>(threadIdx.x), kThreads, [&](int i, float logit) {
        if (matches(logit)) {
            atomicAdd(&count, 1);
            only = i;
        }
    });
    __syncthreads();
    if (count == 1) { // nearly always
        if (threadIdx.x == 0)
            *chosen = only;
        return;
    }
    for (int base = 0; base < in.vocab; base += kThreads) {
        const int i = base + static_cast<int>(threadIdx.x);
        const bool match = i < in.vocab && matches(in.values[i]);
        const auto here = static_cast<Mass>(__syncthreads_count(match));
        if (rank < here) {
            __shared__ bool all[kThreads];
            all[threadIdx.x] = match;
            __syncthreads();
            if (threadIdx.x == 0) {
                int at = 0;
                for (Mass left = rank + 1; left > 0; ++at)
                    left -= all[at] ? 1 : 0;
                *chosen = base + at - 1;
            }
            return;
        }
        rank -= here;
    }
}

__global__ void __launch_bounds__(kThreads)
    draw_kernel(Logits in, double top_p, double uniform, const Mass* histogram, std::int32_t* chosen) {
    __shared__ Mass bins[kBins], warp_sums[kWarps], found_before;
    __shared__ int found;
    if (*chosen < 0)
        return;
    const Search search{in, in.values[*chosen], histogram, bins, warp_sums, &found_before, &found};
    __syncthreads(); // `chosen` was read by all
    for (int i = static_cast<int>(threadIdx.x); i < kBins; i += kThreads)
        bins[i] = histogram[i];
    __syncthreads();
    int bin = 0;
    Mass before = 0;
    const Mass total = find_bin(search, 0, bin, before);
    __syncthreads();

    // The nucleus ends with the token that brings its sum to top_p.
    const auto wanted = static_cast<Mass>(ceil(top_p * static_cast<double>(total)));
    const Mass last = min(max(wanted, Mass{1}), total) - 1;
    unsigned key = find_key(search, last, before);
    Mass each = mass_of(in, logit_of(key), search.greatest);
    const Mass nucleus = before + ((last - before) / each + 1) * each;

    __syncthreads();
    const Mass target = min(static_cast<Mass>(uniform * static_cast<double>(nucleus)), nucleus - 1);
    key = find_key(search, target, before);
    each = mass_of(in, logit_of(key), search.greatest);
    find_id(in, key, (target - before) / each, chosen);
}

} // namespace

std::size_t nucleus_scratch_bytes() {
    return kBins * sizeof(Mass);
}

Status nucleus(Stream stream, const float* logits, int vocab, const NucleusDraw& draw, std::byte* scratch,
               std::int32_t* chosen) {
    if (logits == nullptr || reinterpret_cast<std::uintptr_t>(logits) % sizeof(float4) != 0 ||
        scratch == nullptr || chosen == nullptr || vocab <= 0)
        return {"nucleus: nothing to choose from, or not aligned, or no place for the result"};
    if (!(draw.temperature > 0) || !(draw.top_p > 0 && draw.top_p <= 1) ||
        !(draw.uniform >= 0 && draw.uniform < 1))
        return {"nucleus: the temperature, top_p or the random number is out of range"};
    auto* histogram = reinterpret_cast<Mass*>(scratch);
    if (cudaMemsetAsync(histogram, 0, nucleus_scratch_bytes(), stream) != cudaSuccess)
        return {"nucleus: its scratch could not be cleared"};
    constexpr float log2_of_e = 1.44269504F;
    // Finite, or nothing times it would not be nothing.
    const float scale = std::min(log2_of_e / draw.temperature, std::numeric_limits<float>::max());
    const Logits in{logits, vocab, scale};
    first_digit_kernel<<<kFirstBlocks, kFirstThreads, 0, stream>>>(in, chosen, histogram);
    if (const Status status = launched("nucleus: the histogram did not start"); !status.ok())
        return status;
    draw_kernel<<<1, kThreads, 0, stream>>>(in, draw.top_p, draw.uniform, histogram, chosen);
    return launched("nucleus: the draw did not start");
}

} // namespace longview::kernels::cuda
