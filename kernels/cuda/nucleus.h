#pragma once
// Drawing a token on the device: temperature and nucleus sampling (arXiv 1904.09751, section 3.1).

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/ops.h"

namespace longview::kernels::cuda {

struct NucleusDraw {
    float temperature = 1; ///< > 0
    double top_p = 1;      ///< in (0, 1]
    double uniform = 0;    ///< in [0, 1): the random number that decides
};

/// Bytes of scratch that nucleus() needs, 8-byte aligned.
std::size_t nucleus_scratch_bytes();

/// `logits` [vocab] is 16-byte aligned. `chosen` [1] holds the greatest logit's id (see greedy), or -1, which
/// stays; it becomes the token drawn from the fewest most likely ones whose probabilities sum to top_p, ties
/// in the order of ids. Logits that are not finite are never chosen. Probabilities are whole multiples of
/// 2⁻⁴⁰ of the greatest and sums are exact, so equal logits and numbers give equal tokens whatever the
/// device's order of work.
Status nucleus(Stream stream, const float* logits, int vocab, const NucleusDraw& draw, std::byte* scratch,
               std::int32_t* chosen);

} // namespace longview::kernels::cuda
