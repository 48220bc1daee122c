#pragma once
// Time of every operation of one full diagonal, and its fraction of the ceilings measured in the same run.

#include "inference/values/model_config.h"
#include "table.h"

namespace longview::bench {

/// `repeats` passes per operation; medians are printed.
Table run_kernel_benchmark(const ModelConfig& config, int threads, int repeats);

} // namespace longview::bench
