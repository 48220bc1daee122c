// The GPU as the engine uses it, on small random models: schedules, graphs, snapshots, stops and resumption
// must not change a bit, and the numbers must be close to those of the float32 reference. No Qt, so that it
// runs on a bare GPU server; without a usable GPU it says "skipped".

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "has_gpu.h"
#include "inference/engine/devices.h"
#include "inference/engine/engine.h"
#include "inference/values/error.h"
#include "random_weights.h"

using namespace longview;
using namespace longview::testing;

namespace {

constexpr const char* kDevice = "cuda";
constexpr double kBound = 0.137;       ///< what a verification of the golden cases allows bfloat16
constexpr double kDecodeBound = 0.05;  ///< between two ways through the same bfloat16 model
constexpr std::int64_t kNoStop = -1;   ///< for read(): let it run to the end
constexpr std::int64_t kSegments = 13; ///< more than the layers of any model here: a full wavefront repeats

int passed = 0, failed = 0;
std::string place; ///< the model and case under test, for what fails

void check(bool good, const char* what) {
    ++(good ? passed : failed);
    if (!good)
        std::printf("FAILED: %s: %s\n", place.c_str(), what);
}

// ---- Models

struct Model {
    const char* name;
    ModelConfig config;
};

/// Shapes that only the general kernels take.
Model narrow_model() {
    auto config = small_config();
    config.hidden_size = 40;
    config.intermediate_size = 56;
    config.head_dim = 16;
    config.d_mem = 8;
    return {"narrow", config};
}

/// Shapes for which there are kernels of compute capability 9.0, too.
Model wide_model() {
    return {"wide",
            {.vocab_size = 512,
             .hidden_size = 256,
             .intermediate_size = 512,
             .layers = 4,
             .heads = 6,
             .kv_heads = 2,
             .head_dim = 64,
             .tied_embeddings = false,
             .memory_tokens = 16,
             .segment_size = 48,
             .d_mem = 32}};
}

/// Values that bfloat16 holds exactly, so that every device computes with the same weights. Random memories
/// divide by sums near zero now and then: with small values in them and large embeddings, rounding does not
/// grow from segment to segment, in float32 either.
class RoundedWeights : public RandomWeights {
public:
    using RandomWeights::RandomWeights;

    void load(Weight weight, int layer, std::span<float> out) const override {
        RandomWeights::load(weight, layer, out);
        const bool entering = weight == Weight::embedding || weight == Weight::memory_tokens;
        const float scale = entering ? 8.0F : weight == Weight::memory_value ? 0.1F : 1.0F;
        for (float& x : out)
            x *= scale;
        for (float& x : out) {
            const auto bits = std::bit_cast<std::uint32_t>(x);
            x = std::bit_cast<float>((bits + 0x7FFFU + ((bits >> 16) & 1U)) & 0xFFFF0000U);
        }
    }
};

Engine make_engine(const Model& model, const char* device = kDevice) {
    return Engine(make_backend(device, model.config, RoundedWeights(model.config), 0));
}

std::size_t tokens_in(const Model& model, std::int64_t segments) {
    return static_cast<std::size_t>(segments * model.config.segment_size);
}

std::vector<TokenId> text_of(const Model& model, std::int64_t segments, int extra = 0) {
    return random_tokens(tokens_in(model, segments) + static_cast<std::size_t>(extra),
                         model.config.vocab_size, 11);
}

/// A prompt and the greatest answer that still leaves the key/value cache room.
std::vector<TokenId> prompt_of(const Model& model) {
    return random_tokens(static_cast<std::size_t>(model.config.segment_size / 2 + 1), model.config.vocab_size,
                         23);
}
int answer_length(const Model& model) {
    return std::min(24, model.config.final_capacity() - model.config.segment_size / 2 - 2);
}

// ---- Comparisons

bool same_bits(std::span<const float> a, std::span<const float> b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

bool same_bits(const MemoryState& a, const MemoryState& b) {
    return a.layers == b.layers && a.keys == b.keys && a.hidden == b.hidden && a.segments == b.segments &&
           same_bits(a.A, b.A) && same_bits(a.z, b.z);
}

bool same_bits(const std::vector<MemoryState>& a, const std::vector<MemoryState>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const MemoryState& x, const MemoryState& y) { return same_bits(x, y); });
}

using SegmentLogits = std::map<std::int64_t, std::vector<float>>;

bool same_bits(const SegmentLogits& a, const SegmentLogits& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.first == y.first && same_bits(x.second, y.second);
    });
}

double relative_error(std::span<const float> out, std::span<const float> reference) {
    if (out.size() != reference.size() || out.empty())
        return INFINITY;
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double r = reference[i], e = static_cast<double>(out[i]) - r;
        difference += e * e;
        norm += r * r;
    }
    return norm > 0 ? std::sqrt(difference / norm) : INFINITY;
}

// ---- Runs

struct Seen {
    ReadResult result;
    std::vector<MemoryState> snapshots;
    SegmentLogits logits;
};

struct Asked {
    bool logits = false;
    std::int64_t stop_after = kNoStop; ///< steps reported; 0: before the first
};

Seen read(Engine& engine, const ReadJob& job, const Asked& asked = {}) {
    Seen seen;
    std::stop_source stop;
    if (asked.stop_after == 0)
        stop.request_stop();
    ReadObserver observer{
        .on_step =
            [&](const ReadProgress& progress) {
                if (progress.wavefront.steps_done == asked.stop_after)
                    stop.request_stop();
            },
        .on_snapshot = [&](MemoryState&& state) { seen.snapshots.push_back(std::move(state)); }};
    if (asked.logits)
        observer.on_logits = [&](std::int64_t segment, std::span<const float> logits) {
            seen.logits[segment] = {logits.begin(), logits.end()};
        };
    seen.result = engine.read(job, observer, stop.get_token());
    return seen;
}

struct Answer {
    std::vector<TokenId> tokens;
    std::vector<float> logits; ///< [tokens, vocab]
};

/// With an observer of the logits the processor chooses the tokens.
Answer answer_with_logits(Engine& engine, const MemoryState* memory, std::span<const TokenId> prompt,
                          int max_tokens, const SamplingOptions& sampling = {}) {
    Answer answer;
    answer.tokens =
        engine
            .generate({.memory = memory, .prompt = prompt, .sampling = sampling, .max_tokens = max_tokens},
                      {.on_logits =
                           [&](std::span<const float> row) {
                               answer.logits.insert(answer.logits.end(), row.begin(), row.end());
                           }})
            .tokens;
    return answer;
}

std::vector<TokenId> answer_tokens(Engine& engine, const MemoryState* memory, std::span<const TokenId> prompt,
                                   int max_tokens, const SamplingOptions& sampling = {}) {
    return engine
        .generate({.memory = memory, .prompt = prompt, .sampling = sampling, .max_tokens = max_tokens})
        .tokens;
}

// ---- Reading

void diagonal_equals_sequential(const Model& model) {
    auto engine = make_engine(model);
    const int n = model.config.segment_size, L = model.config.layers;
    for (const std::int64_t segments : {std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, std::int64_t{3},
                                        std::int64_t{L}, std::int64_t{L} + 1, kSegments})
        for (const int extra : {0, 1, n - 1}) {
            if (segments == 0 && extra == 0)
                continue;
            place = std::string(model.name) + ", " + std::to_string(segments) + " segments and " +
                    std::to_string(extra) + " tokens";
            const auto text = text_of(model, segments, extra);
            const auto a =
                read(engine, {.tokens = text, .schedule = Schedule::diagonal, .snapshot_due = every(1)},
                     {.logits = true});
            const auto b =
                read(engine, {.tokens = text, .schedule = Schedule::sequential, .snapshot_due = every(1)},
                     {.logits = true});
            const auto whole = static_cast<std::size_t>(segments) + (extra > 0 ? 1 : 0);
            check(same_bits(a.result.state, b.result.state), "diagonal and sequential leave the same state");
            check(same_bits(a.snapshots, b.snapshots), "diagonal and sequential give the same snapshots");
            check(same_bits(a.logits, b.logits), "diagonal and sequential give the same logits");
            check(a.snapshots.size() == whole && a.logits.size() == whole, "nothing is left out");
            check(!a.snapshots.empty() && same_bits(a.snapshots.back(), a.result.state),
                  "the last snapshot is the state");
            const auto plain = read(engine, {.tokens = text});
            check(same_bits(plain.result.state, a.result.state), "watching changes no bit");
            const auto& A = a.result.state.A;
            check(std::all_of(A.begin(), A.end(), [](float x) { return std::isfinite(x); }),
                  "the memory is finite");
            check(std::any_of(A.begin(), A.end(), [](float x) { return x != 0; }), "something was written");
        }
}

void repeating_changes_no_bit(const Model& model) {
    // A step of one shape is launched at first, then recorded, then replayed. Steps alternate between two
    // halves of a buffer, so it takes twice three readings until every step is a replay.
    const auto text = text_of(model, kSegments, 1);
    const auto prompt = prompt_of(model);
    for (const Schedule schedule : {Schedule::diagonal, Schedule::sequential}) {
        auto engine = make_engine(model);
        const ReadJob job{.tokens = text, .schedule = schedule, .snapshot_due = every(1)};
        const auto first = read(engine, job, {.logits = true});
        for (int run = 2; run <= 6; ++run) {
            place = std::string(model.name) + ", reading number " + std::to_string(run) +
                    (schedule == Schedule::diagonal ? ", diagonal" : ", sequential");
            const auto again = read(engine, job, {.logits = true});
            check(same_bits(again.result.state, first.result.state), "the state is the same");
            check(same_bits(again.snapshots, first.snapshots), "the snapshots are the same");
            check(same_bits(again.logits, first.logits), "the logits are the same");
            if (run == 4) // what an answer leaves behind must not matter either
                answer_tokens(engine, &first.result.state, prompt, answer_length(model));
        }
        place = std::string(model.name) + ", another engine";
        auto other = make_engine(model);
        check(same_bits(read(other, job).result.state, first.result.state), "the state is the same");
        check(other.numerics() == engine.numerics(), "the numerics have the same name");
    }
}

void snapshots_are_the_states_of_shorter_readings(const Model& model) {
    auto engine = make_engine(model);
    const auto text = text_of(model, kSegments);
    for (const std::int64_t interval : {1, 2, 5}) {
        const auto whole = read(engine, {.tokens = text, .snapshot_due = every(interval)});
        place = std::string(model.name) + ", interval " + std::to_string(interval);
        check(whole.snapshots.size() == static_cast<std::size_t>(kSegments / interval),
              "as many snapshots as intervals");
        std::int64_t segments = 0;
        for (const auto& snapshot : whole.snapshots) {
            segments += interval;
            place = std::string(model.name) + ", interval " + std::to_string(interval) + ", segment " +
                    std::to_string(segments);
            const auto part = read(engine, {.tokens = std::span(text).first(tokens_in(model, segments))});
            check(snapshot.segments == segments, "a snapshot comes in its turn");
            check(same_bits(snapshot, part.result.state), "a snapshot is the state of the shorter reading");
        }
    }
}

void going_on_from_a_state_equals_one_reading(const Model& model) {
    auto engine = make_engine(model);
    const auto text = text_of(model, kSegments, 1);
    const auto whole = read(engine, {.tokens = text, .snapshot_due = every(1)}, {.logits = true});
    for (std::int64_t first = 0; first <= kSegments; ++first) {
        place = std::string(model.name) + ", going on after segment " + std::to_string(first);
        const auto at = tokens_in(model, first);
        const MemoryState saved = read(engine, {.tokens = std::span(text).first(at)}).result.state;
        auto other = make_engine(model); // as after a restart: nothing but the state is left
        const auto rest =
            read(other, {.tokens = std::span(text).subspan(at), .from = &saved, .snapshot_due = every(1)},
                 {.logits = true});
        check(same_bits(rest.result.state, whole.result.state), "the state is that of one reading");
        check(rest.result.segments_computed == kSegments + 1 - first, "only the rest is computed");
        const auto from = whole.snapshots.begin() + static_cast<std::ptrdiff_t>(first);
        check(same_bits(rest.snapshots, {from, whole.snapshots.end()}), "so are the snapshots");
        check(same_bits(rest.logits, {whole.logits.lower_bound(first), whole.logits.end()}),
              "so are the logits");
    }
}

void a_stop_keeps_whole_segments(const Model& model) {
    auto engine = make_engine(model);
    const auto text = text_of(model, kSegments);
    const auto whole = read(engine, {.tokens = text});
    for (const Schedule schedule : {Schedule::diagonal, Schedule::sequential})
        for (const std::int64_t stop_after : {0, 1, 2, 4, 5, 7, 9}) {
            const bool diagonal = schedule == Schedule::diagonal;
            place = std::string(model.name) + ", stop after step " + std::to_string(stop_after) +
                    (diagonal ? ", diagonal" : ", sequential");
            const auto stopped =
                read(engine, {.tokens = text, .schedule = schedule}, {.stop_after = stop_after});
            const MemoryState& state = stopped.result.state;
            check(stopped.result.cancelled, "the reading says that it was stopped");
            check(state.segments == stopped.result.segments_computed && state.segments < kSegments,
                  "it has not read everything");
            if (diagonal) // every segment that had entered is finished; a further step may be queued
                check(state.segments >= stop_after && state.segments <= stop_after + (stop_after > 0 ? 1 : 0),
                      "no segment enters after the stop");
            const auto at = tokens_in(model, state.segments);
            const auto part = read(engine, {.tokens = std::span(text).first(at)});
            check(same_bits(state, part.result.state), "the state is that of the shorter reading");
            const auto rest =
                read(engine, {.tokens = std::span(text).subspan(at), .from = &state, .schedule = schedule});
            check(same_bits(rest.result.state, whole.result.state), "going on ends at the same state");
        }
}

// ---- Against the reference

void errors_are_those_of_bfloat16(const Model& model) {
    auto engine = make_engine(model), reference = make_engine(model, "cpu");
    const auto text = text_of(model, 32);
    const ReadJob job{.tokens = text, .snapshot_due = every(1)};
    const auto ours = read(engine, job), exact = read(reference, job);
    const auto prompt = prompt_of(model);
    for (const std::size_t segments : {1U, 2U, 4U, 8U, 16U, 32U}) {
        place = std::string(model.name) + ", " + std::to_string(segments) + " segments";
        if (ours.snapshots.size() < segments || exact.snapshots.size() < segments) {
            check(false, "there is a snapshot");
            continue;
        }
        const MemoryState &a = ours.snapshots[segments - 1], &b = exact.snapshots[segments - 1];
        const double A_error = relative_error(a.A, b.A);
        const auto expected = answer_with_logits(reference, &b, prompt, 1).logits;
        const double logits_error =
            relative_error(answer_with_logits(engine, &a, prompt, 1).logits, expected);
        const double forgotten =
            relative_error(answer_with_logits(reference, nullptr, prompt, 1).logits, expected);
        std::printf("%s: error of A %.5f, of the first answer's logits %.5f (without the memory %.5f)\n",
                    place.c_str(), A_error, logits_error, forgotten);
        check(A_error <= kBound, "the state is close to the reference");
        check(logits_error <= kBound, "the answer's logits are close to the reference");
        check(logits_error < forgotten, "closer than without the memory");
    }
    place = std::string(model.name) + ", empty memory";
    const double error = relative_error(answer_with_logits(engine, nullptr, prompt, 1).logits,
                                        answer_with_logits(reference, nullptr, prompt, 1).logits);
    std::printf("%s: error of the first answer's logits %.5f\n", place.c_str(), error);
    check(error <= kBound, "the answer's logits are close to the reference");
}

// ---- Answers

void answers_hold_together(const Model& model) {
    auto engine = make_engine(model);
    const auto text = text_of(model, 6);
    const MemoryState memory = read(engine, {.tokens = text}).result.state;
    const auto vocab = static_cast<std::size_t>(model.config.vocab_size);
    const int length = answer_length(model);
    for (const MemoryState* state : {&memory, static_cast<const MemoryState*>(nullptr)}) {
        place = std::string(model.name) + (state == nullptr ? ", empty memory" : ", after 6 segments");
        auto prompt = prompt_of(model);
        const auto watched = answer_with_logits(engine, state, prompt, length);
        const auto tokens = answer_tokens(engine, state, prompt, length);
        check(tokens.size() == static_cast<std::size_t>(length), "the answer is as long as asked for");
        check(tokens == watched.tokens, "device and processor choose the same tokens");
        check(answer_tokens(engine, state, prompt, length) == tokens, "a second answer is the same");
        const auto again = answer_with_logits(engine, state, prompt, length);
        check(same_bits(again.logits, watched.logits), "its logits are the same");

        const SamplingOptions sampling{.temperature = 1, .top_p = 1, .seed = 7};
        const auto sampled = answer_tokens(engine, state, prompt, length, sampling);
        check(sampled.size() == static_cast<std::size_t>(length), "sampling gives an answer");
        check(std::all_of(sampled.begin(), sampled.end(),
                          [&](TokenId id) { return id >= 0 && id < model.config.vocab_size; }),
              "of tokens of the vocabulary");
        check(answer_tokens(engine, state, prompt, length, sampling) == sampled,
              "the same seed gives the same answer");
        check(answer_with_logits(engine, state, prompt, length, sampling).tokens == sampled,
              "watched or not");
        const auto hot = [&](std::uint64_t seed) { // all tokens about equally likely
            return answer_tokens(engine, state, prompt, length, {.temperature = 50, .seed = seed});
        };
        bool differs = false; // a short answer of a small vocabulary may meet another one's
        for (const std::uint64_t seed : {8, 9, 10, 11, 12, 13, 14, 15})
            differs = differs || hot(seed) != hot(7);
        check(differs, "another seed gives another answer");

        // A wrong position, mask or cache row would be off by far more than rounding.
        double worst = 0;
        for (std::size_t i = 0; i < watched.tokens.size(); ++i) {
            const auto longer = answer_with_logits(engine, state, prompt, 1);
            const double error =
                relative_error(std::span(watched.logits).subspan(i * vocab, vocab), longer.logits);
            check(error <= kDecodeBound, "decoding with the cache equals running the longer prompt");
            worst = std::max(worst, error);
            prompt.push_back(watched.tokens[i]);
        }
        std::printf("%s: decoding and running the longer prompt differ by up to %.5f\n", place.c_str(),
                    worst);
    }
    place = model.name;
    const auto prompt = prompt_of(model);
    check(!same_bits(answer_with_logits(engine, &memory, prompt, 1).logits,
                     answer_with_logits(engine, nullptr, prompt, 1).logits),
          "the memory changes the answer");
    const auto full = engine.generate({.prompt = prompt, .max_tokens = 1000});
    check(full.stopped_because == StopReason::segment_full, "an answer may fill the final segment");
    check(full.tokens.size() == static_cast<std::size_t>(model.config.final_capacity()) - prompt.size() + 1,
          "to its last row");
}

// ---- Devices

/// The sentence of the Error(device) with which making a backend is refused; empty when it is not.
std::string refusal(const char* device, const ModelConfig& config) {
    try {
        make_backend(device, config, RoundedWeights(config), 0);
    } catch (const Error& error) {
        return error.kind() == ErrorKind::device ? error.what() : "";
    }
    return {};
}

void models_and_devices_are_checked(const Model& model) {
    place = model.name;
    const auto chosen = make_engine(model, "auto").device();
    check(chosen.id.starts_with("cuda:") && chosen.usable, "auto takes a GPU");
    check(make_engine(model, chosen.id.c_str()).device().id == chosen.id, "a GPU can be named");

    auto huge = model.config;
    huge.vocab_size = 2'000'000'000;
    const std::string sentence = refusal(kDevice, huge);
    std::printf("%s\n", sentence.c_str());
    check(sentence.find("needs ") != std::string::npos && sentence.find(" are free") != std::string::npos,
          "a model that is too large is refused with what it needs and what is free");
    check(!refusal("cuda:99", model.config).empty(), "a GPU that is not there is refused");

    auto odd = model.config;
    odd.head_dim = 24;
    check(!refusal(kDevice, odd).empty(), "a head size that no kernel takes is refused");
    auto engine = make_engine(model);
    check(read(engine, {.tokens = text_of(model, 2)}).result.state.segments == 2,
          "the GPU is usable after that");
}

void run(void (*test)(const Model&), const Model& model) {
    place = model.name;
    try {
        test(model);
    } catch (const std::exception& error) {
        check(false, error.what());
    }
}

} // namespace

int main() {
    if (!has_gpu()) {
        std::printf("No usable CUDA device.\n0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    for (const Model& model : {narrow_model(), wide_model()}) {
        run(diagonal_equals_sequential, model);
        run(repeating_changes_no_bit, model);
        run(snapshots_are_the_states_of_shorter_readings, model);
        run(going_on_from_a_state_equals_one_reading, model);
        run(a_stop_keeps_whole_segments, model);
        run(errors_are_those_of_bfloat16, model);
        run(answers_hold_together, model);
        run(models_and_devices_are_checked, model);
    }
    std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
