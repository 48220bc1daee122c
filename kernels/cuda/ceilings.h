#pragma once
// What the current device can do at most, measured: the two numbers that every benchmark is a fraction of.

#include "kernels/status.h"

namespace longview::kernels::cuda {

struct Ceilings {
    double copy_bytes_per_second = 0; ///< of a large copy on the device, read and write counted
    double gemm_flops_per_second = 0; ///< of an 8192³ bfloat16 product through cuBLASLt, random values
    /// The same over a second of such products without a pause: what the device's power limit leaves of it.
    double sustained_gemm_flops_per_second = 0;
};

/// Takes about 4 GiB of the device for three seconds.
Status measure_ceilings(Ceilings& ceilings);

} // namespace longview::kernels::cuda
