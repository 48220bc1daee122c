#include "read_benchmark.h"

#include <algorithm>
#include <random>
#include <sys/resource.h>

#include "blas_alone.h"

namespace longview::bench {

namespace {

/// Seconds the BLAS needs for the products of one cell, at the rate it reaches on a full diagonal of them.
/// All products of the recurrence count, also those that a backend can leave out: the last layer's but for
/// the memory rows, and the memory's of layers that have none.
class BlasFloor {
public:
    BlasFloor(const ModelConfig& config, int threads) : layers_(config.layers), threads_(threads) {
        for (const auto& shape : gemm_shapes(config)) {
            products_.emplace_back(shape, config.layers);
            flops_ += shape.flops();
        }
        measure(); // warm-up
        samples_.clear();
    }

    /// One more sample; called between readings, so that both see the same machine.
    void measure() {
        constexpr int passes = 8;
        double seconds = 0;
        for (int pass = 0; pass < passes; ++pass)
            for (auto& product : products_)
                seconds += product.run(threads_);
        samples_.push_back(seconds / passes / layers_);
    }
    double seconds_per_cell() const { return median(samples_); }
    double flops_per_cell() const { return flops_; }

private:
    int layers_;
    int threads_;
    double flops_ = 0;
    std::vector<BlasAlone> products_;
    std::vector<double> samples_;
};

} // namespace

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

std::int64_t whole_segments(const ModelConfig& config, std::int64_t length) {
    return std::max<std::int64_t>(1, length / config.segment_size) * config.segment_size;
}

std::vector<TokenId> random_tokens(std::int64_t count, int vocab) {
    std::minstd_rand random(1);
    std::vector<TokenId> tokens(static_cast<std::size_t>(count));
    for (auto& token : tokens)
        token = static_cast<TokenId>(random() % static_cast<unsigned>(vocab));
    return tokens;
}

const char* name_of(Schedule schedule) {
    return schedule == Schedule::diagonal ? "diagonal" : "sequential";
}

std::int64_t peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return std::int64_t{usage.ru_maxrss} * 1024;
}

Table run_read_benchmark(Engine& engine, int threads, const ReadBenchmark& benchmark) {
    const auto& config = engine.config();
    Table table({"tokens", "schedule", "ms", "tokens/s", "nominal GFLOP/s", "GFLOP/s of BLAS alone",
                 "fraction of BLAS", "peak MiB"});
    BlasFloor blas(config, threads);
    engine.read(
        {.tokens = random_tokens(std::int64_t{2} * config.segment_size, config.vocab_size)}); // warm-up
    for (const auto length : benchmark.lengths) {
        const auto tokens = random_tokens(whole_segments(config, length), config.vocab_size);
        const auto segments = static_cast<std::int64_t>(tokens.size()) / config.segment_size;
        std::vector<std::vector<double>> seconds(benchmark.schedules.size());
        for (int round = 0; round < benchmark.rounds; ++round) {
            for (std::size_t i = 0; i < seconds.size(); ++i) {
                blas.measure();
                seconds[i].push_back(engine.read({.tokens = tokens, .schedule = benchmark.schedules[i]}).ms /
                                     1000);
            }
        }
        const auto cells = static_cast<double>(segments * config.layers);
        for (std::size_t i = 0; i < seconds.size(); ++i) {
            const double s = median(seconds[i]);
            table.add({std::to_string(tokens.size()), name_of(benchmark.schedules[i]), number(s * 1000, 1),
                       number(static_cast<double>(tokens.size()) / s, 0),
                       number(cells * blas.flops_per_cell() / s / 1e9, 1),
                       number(blas.flops_per_cell() / blas.seconds_per_cell() / 1e9, 1),
                       number(cells * blas.seconds_per_cell() / s, 2),
                       number(static_cast<double>(peak_memory()) / (1 << 20), 0)});
        }
    }
    return table;
}

} // namespace longview::bench
