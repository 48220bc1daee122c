#pragma once
// Chooses the next token from logits: greedy, or temperature with nucleus sampling (arXiv 1904.09751),
// reproducible by seed.

#include <random>
#include <span>
#include <vector>

#include "inference/values/generation.h"

namespace longview {

/// What greedy decoding takes of `logits` [vocab]: the lowest id among the greatest finite ones; -1 when none
/// is finite.
TokenId greedy_token(std::span<const float> logits);
/// `token` itself, unless it is -1: then Error(model), for no answer can come of such a model.
TokenId require_token(TokenId token);

class Sampler {
public:
    /// Throws Error(usage) for a negative or non-finite temperature, or top_p outside (0, 1].
    explicit Sampler(const SamplingOptions& options);

    /// `logits` [vocab]. Greedy takes the lowest id among equals. Throws Error(model) when no logit is
    /// finite.
    TokenId next(std::span<const float> logits);

private:
    SamplingOptions options_;
    std::mt19937_64
        random_; ///< its sequence is fixed by the standard: a seed means the same on every machine
    std::vector<TokenId> order_; ///< scratch
    std::vector<double> probability_;
};

} // namespace longview
