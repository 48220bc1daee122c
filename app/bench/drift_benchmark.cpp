#include "drift_benchmark.h"

#include <bit>
#include <cmath>

#include "read_benchmark.h"

namespace longview::bench {

namespace {

/// To the nearest bfloat16, ties to even; weights are finite.
float rounded(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return std::bit_cast<float>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) & 0xFFFF0000U);
}

class RelativeError {
public:
    void add(std::span<const float> values, std::span<const float> reference) {
        for (std::size_t i = 0; i < reference.size(); ++i) {
            const double r = reference[i], d = values[i] - r;
            difference_ += d * d;
            norm_ += r * r;
        }
    }
    std::string text() const { return number(100 * std::sqrt(difference_ / norm_), 2) + " %"; }

private:
    double difference_ = 0, norm_ = 0;
};

std::string error_of(std::span<const float> values, std::span<const float> reference) {
    RelativeError error;
    error.add(values, reference);
    return error.text();
}

/// Reads on from its own memory, so that each segment is read once.
class Reader {
public:
    Reader(Engine& engine, std::span<const TokenId> tokens)
        : engine_(engine), tokens_(tokens), state_(MemoryState::empty(engine.config())) {}

    const MemoryState& state() const { return state_; }
    /// The segment that is read last gives its logits, [n, vocab].
    std::vector<float> read_to(std::int64_t segments) {
        advance(segments - 1, {});
        std::vector<float> logits;
        advance(segments, {.on_logits = [&](std::int64_t, std::span<const float> rows) {
                    logits.insert(logits.end(), rows.begin(), rows.end());
                }});
        return logits;
    }

private:
    void advance(std::int64_t segments, const ReadObserver& observer) {
        const auto n = static_cast<std::size_t>(engine_.config().segment_size);
        const auto done = static_cast<std::size_t>(state_.segments), end = static_cast<std::size_t>(segments);
        if (end <= done)
            return;
        const auto part = tokens_.subspan(done * n, (end - done) * n);
        state_ = engine_.read({.tokens = part, .from = &state_}, observer).state;
    }

    Engine& engine_;
    std::span<const TokenId> tokens_;
    MemoryState state_;
};

} // namespace

void RoundedWeights::load(Weight weight, int layer, std::span<float> out) const {
    source_.load(weight, layer, out);
    for (float& value : out)
        value = rounded(value);
}

Table run_drift_benchmark(Engine& engine, Engine& reference, const std::vector<std::int64_t>& segments) {
    const auto& config = engine.config();
    const auto tokens = random_tokens(segments.back() * config.segment_size, config.vocab_size);
    Reader ours(engine, tokens), exact(reference, tokens);
    Table table({"segments", "logits", "A", "z"});
    for (const std::int64_t count : segments) {
        const auto logits = ours.read_to(count), expected = exact.read_to(count);
        table.add({std::to_string(count), error_of(logits, expected),
                   error_of(ours.state().A, exact.state().A), error_of(ours.state().z, exact.state().z)});
    }
    return table;
}

} // namespace longview::bench
