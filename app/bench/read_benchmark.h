#pragma once
// Reading speed: whole readings, against what the BLAS alone would need for the same matrix products in the
// same run.

#include <cstdint>
#include <vector>

#include "inference/engine/engine.h"
#include "table.h"

namespace longview::bench {

struct ReadBenchmark {
    std::vector<std::int64_t> lengths; ///< document tokens; cut down to whole segments
    std::vector<Schedule> schedules;
    int rounds = 3; ///< readings of each kind, alternating with the BLAS; medians are printed
};

/// `length` cut down to whole segments, at least one.
std::int64_t whole_segments(const ModelConfig& config, std::int64_t length);
/// Seeded: the same on every machine.
std::vector<TokenId> random_tokens(std::int64_t count, int vocab);
double median(std::vector<double> values);
const char* name_of(Schedule schedule);

Table run_read_benchmark(Engine& engine, int threads, const ReadBenchmark& benchmark);

/// Largest resident memory of this process so far, in bytes.
std::int64_t peak_memory();

} // namespace longview::bench
