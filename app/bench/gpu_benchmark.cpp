#include "gpu_benchmark.h"

#include <algorithm>
#include <cmath>

#include "blas_alone.h"
#include "inference/values/error.h"
#include "kernels/cost.h"
#ifdef LONGVIEW_HAVE_CUDA
#include "kernels/cuda/ceilings.h"
#endif

namespace longview::bench {

namespace {

struct Ceiling {
    double copy_bytes_per_second = 0, gemm_flops_per_second = 0;
};

Ceiling measure_ceiling() {
#ifdef LONGVIEW_HAVE_CUDA
    kernels::cuda::Ceilings ceilings;
    if (const auto status = kernels::cuda::measure_ceilings(ceilings); !status.ok())
        throw Error(ErrorKind::device,
                    std::string("The GPU's ceilings could not be measured: ") + status.message + ".");
    return {ceilings.copy_bytes_per_second, ceilings.gemm_flops_per_second};
#else
    throw Error(ErrorKind::device, "Longview was built without CUDA.");
#endif
}

/// Numbers that are none would make the timing worthless.
void require_finite(const MemoryState& state) {
    if (!std::all_of(state.A.begin(), state.A.end(), [](float value) { return std::isfinite(value); }))
        throw Error(ErrorKind::device,
                    "The reading ended in a memory that is not finite: its timing means nothing.");
}

/// Bytes of weights that one decoded token reads: all layers and the output head, in bfloat16.
double decoded_bytes(const ModelConfig& c) {
    const auto d = static_cast<double>(c.hidden_size);
    const double layer =
        d * (c.qkv_width() + c.query_width() + 3.0 * c.intermediate_size + c.d_mem + c.keys());
    return 2 * (layer * c.layers + d * c.vocab_size);
}

} // namespace

double flops_per_cell(const ModelConfig& c) {
    double flops = kernels::attention_cost(c.segment_rows(), 0, c.heads, c.kv_heads, c.head_dim).flops;
    for (const auto& shape : gemm_shapes(c))
        flops += shape.flops();
    return flops;
}

Table run_gpu_read_benchmark(Engine& engine, const ReadBenchmark& benchmark) {
    const auto& config = engine.config();
    const Ceiling ceiling = measure_ceiling();
    Table table({"tokens", "schedule", "ms", "tokens/s", "TFLOP/s", "GEMM ceiling", "of the ceiling",
                 "x sequential", "GPU GiB"});
    for (const auto length : benchmark.lengths) {
        const auto tokens = random_tokens(whole_segments(config, length), config.vocab_size);
        std::vector<std::vector<double>> seconds(benchmark.schedules.size());
        for (int round = -2; round < benchmark.rounds; ++round) // two to warm up: launches, then graphs
            for (std::size_t i = 0; i < seconds.size(); ++i) {
                const ReadResult result = engine.read({.tokens = tokens, .schedule = benchmark.schedules[i]});
                require_finite(result.state);
                if (round >= 0)
                    seconds[i].push_back(result.ms / 1000);
            }
        const double cells = static_cast<double>(tokens.size()) / config.segment_size * config.layers;
        double sequential = 0;
        for (std::size_t i = 0; i < seconds.size(); ++i)
            if (benchmark.schedules[i] == Schedule::sequential)
                sequential = median(seconds[i]);
        for (std::size_t i = 0; i < seconds.size(); ++i) {
            const double s = median(seconds[i]), rate = cells * flops_per_cell(config) / s;
            table.add({std::to_string(tokens.size()), name_of(benchmark.schedules[i]), number(s * 1000, 2),
                       number(static_cast<double>(tokens.size()) / s, 0), number(rate / 1e12, 1),
                       number(ceiling.gemm_flops_per_second / 1e12, 1),
                       number(rate / ceiling.gemm_flops_per_second, 3),
                       sequential > 0 ? number(sequential / s, 2) : "",
                       number(static_cast<double>(engine.device().memory_bytes) / (1 << 30), 2)});
        }
    }
    return table;
}

Table run_decode_benchmark(Engine& engine, int prompt, int tokens, int rounds) {
    const auto& config = engine.config();
    const Ceiling ceiling = measure_ceiling();
    const auto text = random_tokens(std::int64_t{2} * config.segment_size, config.vocab_size);
    const MemoryState memory = engine.read({.tokens = text}).state;
    std::vector<double> first, each;
    for (int round = -1; round < rounds; ++round) {
        const Generation answer =
            engine.generate({.memory = &memory,
                             .prompt = std::span(text).first(static_cast<std::size_t>(prompt)),
                             .max_tokens = tokens});
        if (round < 0)
            continue;
        first.push_back(answer.prefill_ms);
        each.push_back(answer.decode_ms / static_cast<double>(answer.tokens.size() - 1));
    }
    const double ms = median(each), bytes = decoded_bytes(config);
    Table table({"prompt", "first token ms", "ms per token", "tokens/s", "TB/s of weights",
                 "copy ceiling TB/s", "of the ceiling"});
    table.add({std::to_string(prompt), number(median(first), 2), number(ms, 3), number(1000 / ms, 1),
               number(bytes / ms / 1e9, 2), number(ceiling.copy_bytes_per_second / 1e12, 2),
               number(bytes / ms * 1000 / ceiling.copy_bytes_per_second, 3)});
    return table;
}

} // namespace longview::bench
