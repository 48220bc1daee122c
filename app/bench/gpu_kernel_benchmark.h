#pragma once
// Time of every operation of one full diagonal on a GPU, and its fraction of what bounds it.

#include "inference/values/model_config.h"
#include "table.h"

namespace longview::bench {

/// On the calling thread's current device, number `device`: each operation alone, on random values, `repeats`
/// times in a row between two events; medians of 5 such rows. Ceilings are measured in the same run; an
/// operation's bound is the longer of its arithmetic at the GEMM ceiling and its compulsory traffic at the
/// copy ceiling. Throws Error(device).
Table run_gpu_kernel_benchmark(const ModelConfig& config, int device, int repeats);

} // namespace longview::bench
