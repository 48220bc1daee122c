#include "app/core/verification.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "inference/engine/devices.h"
#include "inference/model/checkpoint.h"
#include "inference/model/config_file.h"
#include "inference/model/safetensors.h"
#include "inference/values/error.h"

namespace longview::app {

namespace {

/// The tensors of `expected`, checked against the model's shape when they are asked for.
class GoldenCase {
public:
    GoldenCase(const std::filesystem::path& path, const ModelConfig& config) : file_(path), config_(config) {
        input_ = integers("input_ids");
        generated_ = integers("generated");
        const auto n = static_cast<std::size_t>(config.segment_size);
        if (input_.empty() || generated_.empty())
            fail("input_ids and generated must not be empty");
        full_ = (input_.size() - 1) / n;
        const TensorView& logits = need("logits");
        const auto rows = logits.shape.empty() ? 0 : static_cast<std::size_t>(logits.shape.front());
        whole_input_ = rows == input_.size();
        if (!whole_input_ && rows != input_.size() - full_ * n)
            fail("logits has " + std::to_string(rows) + " rows, expected one per input token (" +
                 std::to_string(input_.size()) + ") or one per token of the final segment (" +
                 std::to_string(input_.size() - full_ * n) + ")");
        logits_ = floats("logits", rows * vocab());
    }

    const std::vector<TokenId>& input() const { return input_; }
    const std::vector<TokenId>& generated() const { return generated_; }
    /// `logits` belongs to every input token of a run with memory tokens in every segment; otherwise to the
    /// final segment without memory tokens.
    bool whole_input() const { return whole_input_; }
    std::size_t full_segments() const { return full_; } ///< before the final one
    std::size_t vocab() const { return static_cast<std::size_t>(config_.vocab_size); }

    std::span<const float> logits() const { return logits_; }
    std::vector<float> memory(std::int64_t segment, const char* part, std::size_t elements) const {
        return floats("memory." + std::to_string(segment) + "." + part, elements);
    }
    /// Empty when the case has none.
    std::vector<float> generated_logits() const {
        return file_.find("generated_logits") == nullptr
                   ? std::vector<float>()
                   : floats("generated_logits", generated_.size() * vocab());
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorKind::model,
                    file_.path().string() + " is no golden case for this model: " + what + ".");
    }
    const TensorView& need(const std::string& name) const {
        const TensorView* tensor = file_.find(name);
        if (tensor == nullptr)
            fail(name + " is missing");
        return *tensor;
    }
    std::vector<float> floats(const std::string& name, std::size_t elements) const {
        const TensorView& tensor = need(name);
        if (tensor.dtype == DType::i32 || tensor.dtype == DType::i64)
            fail(name + " has dtype " + std::string(name_of(tensor.dtype)) + ", expected a float");
        if (tensor.elements() != elements)
            fail(name + " has " + std::to_string(tensor.elements()) + " elements, expected " +
                 std::to_string(elements));
        std::vector<float> values(elements);
        tensor.copy_to(values);
        return values;
    }
    std::vector<TokenId> integers(const std::string& name) const {
        const TensorView& tensor = need(name);
        if (tensor.dtype != DType::i32 && tensor.dtype != DType::i64)
            fail(name + " has dtype " + std::string(name_of(tensor.dtype)) + ", expected I32 or I64");
        const std::size_t size = size_of(tensor.dtype);
        std::vector<TokenId> values(tensor.elements());
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::int64_t value =
                0; // little-endian, as the format says: a shorter integer fills the low bytes
            std::memcpy(&value, tensor.data.data() + i * size, size);
            if (value < 0 || value >= config_.vocab_size)
                fail(name + "[" + std::to_string(i) + "] is outside the vocabulary");
            values[i] = static_cast<TokenId>(value);
        }
        return values;
    }

    SafetensorsFile file_;
    const ModelConfig& config_;
    std::vector<TokenId> input_, generated_;
    std::vector<float> logits_;
    std::size_t full_ = 0;
    bool whole_input_ = false;
};

double relative_error(std::span<const float> out, std::span<const float> reference) {
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double r = reference[i], d = out[i] - r;
        difference += d * d;
        norm += r * r;
    }
    if (norm == 0)
        return difference == 0 ? 0 : std::numeric_limits<double>::infinity();
    return std::sqrt(difference / norm);
}

/// The greater one; a NaN, which passes no bound, is never replaced.
double greater(double one, double other) {
    return std::isnan(one) || other <= one ? one : other;
}

/// One schedule's runs against a golden case.
class Runs {
public:
    Runs(Engine& engine, const GoldenCase& golden, Schedule schedule)
        : engine_(engine), golden_(golden), schedule_(schedule) {}

    void run() {
        const std::size_t read =
            golden_.full_segments() * static_cast<std::size_t>(engine_.config().segment_size);
        if (golden_.whole_input())
            read_and_compare(golden_.input(), true);
        const MemoryState memory = read_and_compare(std::span(golden_.input()).first(read), false);
        const auto prompt = std::span(golden_.input()).subspan(read);
        if (!golden_.whole_input())
            compare_final_segment(memory, prompt);
        generate(memory, prompt);
    }

    const std::map<std::string, double>& errors() const { return errors_; }
    bool tokens_equal() const { return tokens_equal_; }
    Hash128 digest() const { return hash_text(digests_); }

private:
    void compare(const std::string& key, std::span<const float> out, std::span<const float> reference) {
        const double error = relative_error(out, reference);
        double& greatest = errors_.try_emplace(key, 0.0).first->second;
        greatest = greater(greatest, error);
        add_to_digest(out);
    }
    void add_to_digest(std::span<const float> out) { digests_ += hash_bytes(std::as_bytes(out)).hex(); }

    /// Every state and, when asked, every logit of reading `tokens`. The memory of full segments is the same
    /// in both of a golden case's runs, so each reading is compared.
    MemoryState read_and_compare(std::span<const TokenId> tokens, bool with_logits) {
        ReadObserver observer;
        observer.on_snapshot = [&](MemoryState&& state) {
            compare("A", state.A, golden_.memory(state.segments - 1, "A", state.A.size()));
            compare("z", state.z, golden_.memory(state.segments - 1, "z", state.z.size()));
        };
        std::vector<float> rows;
        if (with_logits) {
            observer.on_logits = [&](std::int64_t, std::span<const float> logits) {
                rows.insert(rows.end(), logits.begin(), logits.end());
            };
        }
        ReadResult result =
            engine_.read({tokens, nullptr, schedule_, [](std::int64_t) { return true; }}, observer);
        if (with_logits)
            compare("logits", rows, golden_.logits());
        return std::move(result.state);
    }

    /// Row r of the final segment's logits is what a prompt of its first r + 1 tokens ends in.
    void compare_final_segment(const MemoryState& memory, std::span<const TokenId> prompt) {
        std::vector<float> rows;
        for (std::size_t length = 1; length <= prompt.size(); ++length) {
            GenerateObserver observer;
            observer.on_logits = [&](std::span<const float> logits) {
                rows.insert(rows.end(), logits.begin(), logits.end());
            };
            engine_.generate({&memory, prompt.first(length), {}, 1, {}}, observer);
        }
        compare("logits", rows, golden_.logits());
    }

    void generate(const MemoryState& memory, std::span<const TokenId> prompt) {
        std::vector<float> rows;
        GenerateObserver observer;
        observer.on_logits = [&](std::span<const float> logits) {
            rows.insert(rows.end(), logits.begin(), logits.end());
        };
        const int count = static_cast<int>(golden_.generated().size());
        const Generation generation = engine_.generate({&memory, prompt, {}, count, {}}, observer);
        tokens_equal_ = generation.tokens == golden_.generated();
        const std::vector<float> reference = golden_.generated_logits();
        if (reference.empty()) {
            add_to_digest(rows);
        } else {
            // Fewer rows than expected would mean a stopped generation: what is missing counts as zeros.
            rows.resize(reference.size());
            compare("generated_logits", rows, reference);
        }
    }

    Engine& engine_;
    const GoldenCase& golden_;
    Schedule schedule_;
    std::map<std::string, double> errors_;
    std::string digests_;
    bool tokens_equal_ = false;
};

void merge(Verification& verification, const Runs& runs, bool first) {
    for (const auto& [key, error] : runs.errors()) {
        double& greatest = verification.errors.try_emplace(key, 0.0).first->second;
        greatest = greater(greatest, error);
    }
    verification.tokens_equal = runs.tokens_equal() && (first || verification.tokens_equal);
    if (!first)
        verification.schedules_bit_identical = verification.digest == runs.digest();
    verification.digest = runs.digest();
}

} // namespace

bool Verification::passed() const {
    const auto holds = [this](const auto& entry) { return entry.second <= bound; };
    return tokens_equal && schedules_bit_identical.value_or(true) && !errors.empty() &&
           std::all_of(errors.begin(), errors.end(), holds);
}

Verification verify(const std::filesystem::path& model_directory, const std::filesystem::path& expected,
                    VerifySchedule schedule, std::string_view device, int threads) {
    const auto start = std::chrono::steady_clock::now();
    const ModelConfig config = load_config(model_directory);
    const GoldenCase golden(expected, config);
    Engine engine(make_backend(device, config, Checkpoint(model_directory, config), threads));

    std::vector<Schedule> schedules;
    if (schedule != VerifySchedule::sequential)
        schedules.push_back(Schedule::diagonal);
    if (schedule != VerifySchedule::diagonal)
        schedules.push_back(Schedule::sequential);
    Verification verification;
    for (const Schedule one : schedules) {
        Runs runs(engine, golden, one);
        runs.run();
        merge(verification, runs, one == schedules.front());
    }
    verification.device = engine.device().name;
    verification.bound = engine.device().id == "cpu" ? float32_bound : bfloat16_bound;
    verification.ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return verification;
}

} // namespace longview::app
