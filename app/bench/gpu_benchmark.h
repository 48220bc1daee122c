#pragma once
// Reading and decoding on a GPU, against what its arithmetic and its memory allow at most, measured in the
// same run.

#include "inference/engine/weight_source.h"
#include "read_benchmark.h"

namespace longview::bench {

/// N of "cuda:N".
int gpu_number(const DeviceInfo& device);

/// What `config` must compute for one cell: matrix products and causal attention, in operations.
double flops_per_cell(const ModelConfig& config);

/// The engine's device must be a GPU, and the calling thread's current one. With `full` it is also compared
/// with full attention over the same tokens and weights. Throws Error(device).
Table run_gpu_read_benchmark(Engine& engine, const ReadBenchmark& benchmark,
                             const WeightSource* full = nullptr);

/// Tokens decoded one by one behind a final segment of `prompt` tokens and a memory of two segments.
Table run_decode_benchmark(Engine& engine, int prompt, int tokens, int rounds);

} // namespace longview::bench
