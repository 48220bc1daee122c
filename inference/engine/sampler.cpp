#include "inference/engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "inference/values/error.h"

namespace longview {

TokenId greedy_token(std::span<const float> logits) {
    // A NaN never compares greater, so it is never chosen over a number.
    std::ptrdiff_t best = -1;
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (std::isfinite(logits[i]) && (best < 0 || logits[i] > logits[static_cast<std::size_t>(best)]))
            best = static_cast<std::ptrdiff_t>(i);
    return static_cast<TokenId>(best);
}

TokenId require_token(TokenId token) {
    if (token < 0)
        throw Error(ErrorKind::model,
                    "The model's output has no finite number: its weights are damaged, or the memory "
                    "does not belong to it. Re-read the document or choose another model.");
    return token;
}

Sampler::Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {
    if (!std::isfinite(options.temperature) || options.temperature < 0)
        throw Error(ErrorKind::usage, "The temperature must be 0 (greedy) or a positive number.");
    if (!(options.top_p > 0 && options.top_p <= 1))
        throw Error(ErrorKind::usage, "top-p must lie above 0 and at most at 1.");
}

TokenId Sampler::next(std::span<const float> logits) {
    const TokenId best = require_token(greedy_token(logits));
    if (options_.temperature == 0)
        return best;

    const double top = logits[static_cast<std::size_t>(best)];
    probability_.resize(logits.size());
    for (std::size_t i = 0; i < logits.size(); ++i)
        probability_[i] = std::isfinite(logits[i])
                              ? std::exp((static_cast<double>(logits[i]) - top) / options_.temperature)
                              : 0.0;

    // The nucleus: the fewest most likely tokens whose probabilities sum to top_p; ties keep the order of
    // ids.
    order_.resize(logits.size());
    std::iota(order_.begin(), order_.end(), TokenId{0});
    const auto p = [this](TokenId id) { return probability_[static_cast<std::size_t>(id)]; };
    std::stable_sort(order_.begin(), order_.end(), [&](TokenId a, TokenId b) { return p(a) > p(b); });
    const double total = std::accumulate(probability_.begin(), probability_.end(), 0.0);
    double nucleus = 0;
    std::size_t size = 0;
    while (size < order_.size() && (size == 0 || nucleus < options_.top_p * total))
        nucleus += p(order_[size++]);

    constexpr double two_to_minus_53 = 0x1p-53;
    double left = static_cast<double>(random_() >> 11) * two_to_minus_53 * nucleus;
    for (std::size_t i = 0; i < size; ++i)
        if ((left -= p(order_[i])) < 0)
            return order_[i];
    return order_[size - 1];
}

} // namespace longview
