#pragma once
// Chooses the next token from logits: greedy, or temperature with nucleus sampling (arXiv 1904.09751),
// reproducible by seed.

#include <functional>
#include <random>
#include <span>

#include "inference/values/generation.h"

namespace longview {

/// How one token is chosen from logits.
struct TokenChoice {
    double temperature = 0; ///< 0: greedy, and nothing below matters
    double top_p = 1;
    double uniform = 0; ///< in [0, 1): the random number that decides
};

/// The token chosen from `logits` [vocab]; -1 when none of them is finite. Greedy takes the lowest id among
/// the greatest; otherwise a token is drawn from the fewest most likely ones whose probabilities sum to
/// top_p, ties in the order of ids.
TokenId choose_token(std::span<const float> logits, const TokenChoice& choice);
/// ln Σ exp over the finite ones: ln p(token) is its logit less this.
double log_of_sum(std::span<const float> logits);
/// Greedy: the likeliest token that `allowed` takes. Otherwise draws as `next` says, each time anew without
/// the tokens refused before (which go from `logits` [vocab]), until `allowed` takes one. -1 when it takes
/// none. Throws Error(model) as require_token does when no logit was finite to begin with.
TokenId choose_allowed_token(std::span<float> logits, const std::function<TokenChoice()>& next,
                             const std::function<bool(TokenId)>& allowed);
/// `token` itself, unless it is -1: then Error(model), for no answer can come of such a model.
TokenId require_token(TokenId token);

class Sampler {
public:
    /// Throws Error(usage) for a negative or non-finite temperature, or top_p outside (0, 1].
    explicit Sampler(const SamplingOptions& options);

    /// How to choose the next token.
    TokenChoice next();

private:
    SamplingOptions options_;
    std::mt19937_64
        random_; ///< its sequence is fixed by the standard: a seed means the same on every machine
};

} // namespace longview
