#pragma once
// Reading and decoding on a GPU, against what its arithmetic and its memory allow at most, measured in the
// same run.

#include <filesystem>

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

struct DecodeBenchmark {
    int prompt = 512;                ///< tokens of the final segment
    int tokens = 128;                ///< to decode
    int rounds = 3;                  ///< medians are printed
    std::filesystem::path directory; ///< for a library with the memory in it
};

/// A memory of two segments is loaded from a library (not from the page cache, where the system can drop
/// that), put onto the GPU with the prompt behind it, and tokens are decoded one by one. Throws
/// Error(device), Error(storage).
Table run_decode_benchmark(Engine& engine, const DecodeBenchmark& benchmark);

} // namespace longview::bench
