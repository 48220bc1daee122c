#pragma once
// Runs a golden case (computed by the authors' code) and measures how far the engine is from it.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "inference/engine/engine.h"
#include "inference/model/identity.h"

namespace longview::app {

/// The authors' own float32 run differs from float64 by up to 1.6e-5.
inline constexpr double float32_bound = 5e-5;
/// A plain bfloat16 run of the golden cases in PyTorch differs from their float32 by up to 0.137.
inline constexpr double bfloat16_bound = 0.137;

struct Verification {
    /// ‖out − ref‖ / ‖ref‖ with float64 sums, per key: for "A" and "z" the greatest of all segments, for
    /// "logits" and "generated_logits" of all rows together. Only the keys that the case holds.
    std::map<std::string, double> errors;
    bool tokens_equal = false;
    std::optional<bool> schedules_bit_identical; ///< when both schedules ran
    /// Hash of every state and logit that was computed, in order: equal if and only if all of it is equal bit
    /// for bit.
    Hash128 digest;
    std::string device;
    double ms = 0;
    double bound = 0; ///< what errors may be: float32_bound or bfloat16_bound
    bool passed() const;
};

enum class VerifySchedule { diagonal, sequential, both };

/// `expected`: the two runs of the reference's fixtures (every segment with memory tokens, the last and
/// shorter one too; then the whole input as a prompt and greedy tokens), or the default model's layout, where
/// `memory.{s}` belongs to full segments and `logits` to a final one without memory tokens. Throws
/// Error(model) for a file that is neither.
Verification verify(const std::filesystem::path& model_directory, const std::filesystem::path& expected,
                    VerifySchedule schedule, std::string_view device, int threads);

} // namespace longview::app
