#include "gpu_benchmark.h"

#include <algorithm>
#include <cmath>

#include "blas_alone.h"
#include "inference/values/error.h"
#include "kernels/cost.h"
#include "store_benchmark.h"
#ifdef LONGVIEW_HAVE_CUDA
#include "full_attention.h"
#include "kernels/cuda/ceilings.h"
#endif

namespace longview::bench {

namespace {

struct Ceiling {
    double copy_bytes_per_second = 0, gemm_flops_per_second = 0, sustained_gemm_flops_per_second = 0;
};

Ceiling measure_ceiling() {
#ifdef LONGVIEW_HAVE_CUDA
    kernels::cuda::Ceilings ceilings;
    if (const auto status = kernels::cuda::measure_ceilings(ceilings); !status.ok())
        throw Error(ErrorKind::device,
                    std::string("The GPU's ceilings could not be measured: ") + status.message + ".");
    return {ceilings.copy_bytes_per_second, ceilings.gemm_flops_per_second,
            ceilings.sustained_gemm_flops_per_second};
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

/// Median seconds of each schedule.
std::vector<double> time_schedules(Engine& engine, const ReadBenchmark& benchmark,
                                   std::span<const TokenId> tokens) {
    std::vector<std::vector<double>> seconds(benchmark.schedules.size());
    for (int round = -2; round < benchmark.rounds; ++round) // two to warm up: launches, then graphs
        for (std::size_t i = 0; i < seconds.size(); ++i) {
            const ReadResult result = engine.read({.tokens = tokens, .schedule = benchmark.schedules[i]});
            require_finite(result.state);
            if (round >= 0)
                seconds[i].push_back(result.ms / 1000);
        }
    std::vector<double> medians;
    medians.reserve(seconds.size());
    for (auto& times : seconds)
        medians.push_back(median(std::move(times)));
    return medians;
}

struct FullAttentionTimes {
    std::vector<double> seconds; ///< of each length
    std::int64_t bytes = 0;
};

FullAttentionTimes time_full_attention([[maybe_unused]] Engine& engine,
                                       [[maybe_unused]] const ReadBenchmark& benchmark,
                                       const WeightSource* weights) {
    FullAttentionTimes times;
    if (weights == nullptr)
        return times;
#ifdef LONGVIEW_HAVE_CUDA
    const auto& config = engine.config();
    const auto longest = *std::max_element(benchmark.lengths.begin(), benchmark.lengths.end());
    FullAttention full(config, *weights, gpu_number(engine.device()), whole_segments(config, longest));
    times.bytes = full.bytes();
    for (const auto length : benchmark.lengths)
        times.seconds.push_back(full.seconds(whole_segments(config, length), benchmark.rounds));
#endif
    return times;
}

} // namespace

int gpu_number(const DeviceInfo& device) {
    return device.id.starts_with("cuda:") ? std::stoi(device.id.substr(5)) : 0;
}

double flops_per_cell(const ModelConfig& c) {
    double flops = kernels::attention_cost(c.segment_rows(), 0, c.heads, c.kv_heads, c.head_dim).flops;
    for (const auto& shape : gemm_shapes(c))
        flops += shape.flops();
    return flops;
}

Table run_gpu_read_benchmark(Engine& engine, const ReadBenchmark& benchmark, const WeightSource* full) {
    const auto& config = engine.config();
    const Ceiling ceiling = measure_ceiling();
    Table table({"tokens", "schedule", "ms", "tokens/s", "TFLOP/s", "GEMM ceiling", "of the ceiling",
                 "sustained ceiling", "of sustained", "x sequential", "x full attention", "GPU GiB"});
    const auto full_attention = time_full_attention(engine, benchmark, full);
    for (std::size_t l = 0; l < benchmark.lengths.size(); ++l) {
        const auto tokens = random_tokens(whole_segments(config, benchmark.lengths[l]), config.vocab_size);
        const auto seconds = time_schedules(engine, benchmark, tokens);
        double sequential = 0;
        for (std::size_t i = 0; i < seconds.size(); ++i)
            if (benchmark.schedules[i] == Schedule::sequential)
                sequential = seconds[i];
        const auto add = [&](const char* schedule, double s, double cells, std::int64_t bytes) {
            const double rate = cells * flops_per_cell(config) / s;
            const double against = full_attention.seconds.empty() ? 0 : full_attention.seconds[l];
            table.add({std::to_string(tokens.size()), schedule, number(s * 1000, 2),
                       number(static_cast<double>(tokens.size()) / s, 0),
                       cells > 0 ? number(rate / 1e12, 1) : "",
                       number(ceiling.gemm_flops_per_second / 1e12, 1),
                       cells > 0 ? number(rate / ceiling.gemm_flops_per_second, 3) : "",
                       number(ceiling.sustained_gemm_flops_per_second / 1e12, 1),
                       cells > 0 ? number(rate / ceiling.sustained_gemm_flops_per_second, 3) : "",
                       sequential > 0 && cells > 0 ? number(sequential / s, 2) : "",
                       against > 0 ? number(against / s, 2) : "",
                       number(static_cast<double>(bytes) / (1 << 30), 2)});
        };
        const double cells = static_cast<double>(tokens.size()) / config.segment_size * config.layers;
        for (std::size_t i = 0; i < seconds.size(); ++i)
            add(name_of(benchmark.schedules[i]), seconds[i], cells, engine.device().memory_bytes);
        if (full != nullptr)
            add("full attention", full_attention.seconds[l], 0, full_attention.bytes);
    }
    return table;
}

Table run_decode_benchmark(Engine& engine, const DecodeBenchmark& benchmark) {
    const auto& config = engine.config();
    const Ceiling ceiling = measure_ceiling();
    const auto text = random_tokens(std::int64_t{2} * config.segment_size, config.vocab_size);
    const StoredState stored(benchmark.directory / "longview-bench.sqlite",
                             engine.read({.tokens = text}).state);
    const auto prompt = std::span(text).first(static_cast<std::size_t>(benchmark.prompt));
    const double bytes = decoded_bytes(config);
    Table table({"prompt", "choice", "from SQLite ms", "to first token ms", "both ms", "ms per token",
                 "tokens/s", "TB/s of weights", "copy ceiling TB/s", "of the ceiling"});
    const std::pair<const char*, SamplingOptions> choices[] = {
        {"greedy", {}}, {"temperature 0.7, top-p 0.95", {.temperature = 0.7, .top_p = 0.95, .seed = 1}}};
    for (const auto& [name, sampling] : choices) {
        std::vector<double> load, first, both, each;
        for (int round = -1; round < benchmark.rounds; ++round) {
            double seconds = 0;
            const MemoryState memory = stored.load(seconds);
            const Generation answer = engine.generate(
                {.memory = &memory, .prompt = prompt, .sampling = sampling, .max_tokens = benchmark.tokens});
            if (round < 0)
                continue;
            load.push_back(1000 * seconds);
            first.push_back(answer.prefill_ms);
            both.push_back(load.back() + first.back());
            each.push_back(answer.decode_ms / static_cast<double>(answer.tokens.size() - 1));
        }
        const double ms = median(std::move(each));
        table.add({std::to_string(benchmark.prompt), name, number(median(std::move(load)), 1),
                   number(median(std::move(first)), 2), number(median(std::move(both)), 1), number(ms, 3),
                   number(1000 / ms, 1), number(bytes / ms / 1e9, 2),
                   number(ceiling.copy_bytes_per_second / 1e12, 2),
                   number(bytes / ms * 1000 / ceiling.copy_bytes_per_second, 3)});
    }
    return table;
}

} // namespace longview::bench
