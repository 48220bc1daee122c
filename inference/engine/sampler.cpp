#include "inference/engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "inference/values/error.h"

namespace longview {

namespace {

/// The lowest id among the greatest finite ones; -1 when none is finite.
TokenId greedy_token(std::span<const float> logits) {
    // A NaN never compares greater, so it is never chosen over a number.
    std::ptrdiff_t best = -1;
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (std::isfinite(logits[i]) && (best < 0 || logits[i] > logits[static_cast<std::size_t>(best)]))
            best = static_cast<std::ptrdiff_t>(i);
    return static_cast<TokenId>(best);
}

TokenId draw(std::span<const float> logits, double top, const TokenChoice& choice) {
    std::vector<double> probability(logits.size());
    for (std::size_t i = 0; i < logits.size(); ++i)
        probability[i] = std::isfinite(logits[i])
                             ? std::exp((static_cast<double>(logits[i]) - top) / choice.temperature)
                             : 0.0;
    const auto p = [&](TokenId id) { return probability[static_cast<std::size_t>(id)]; };
    const double total = std::accumulate(probability.begin(), probability.end(), 0.0);

    // All tokens below this together lack more than top_p leaves: none is in the nucleus, and few remain to
    // sort.
    const double least = (1 - choice.top_p) * total / static_cast<double>(logits.size());
    std::vector<TokenId> order;
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (probability[i] > 0 && probability[i] >= least)
            order.push_back(static_cast<TokenId>(i));
    std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) { return p(a) > p(b); });
    double nucleus = 0;
    std::size_t size = 0;
    while (size < order.size() && (size == 0 || nucleus < choice.top_p * total))
        nucleus += p(order[size++]);

    double left = choice.uniform * nucleus;
    for (std::size_t i = 0; i < size; ++i)
        if ((left -= p(order[i])) < 0)
            return order[i];
    return order[size - 1];
}

/// Without the likeliest of all, which was refused already. One sort, however many are.
TokenId next_likeliest_allowed(std::span<const float> logits, const std::function<bool(TokenId)>& allowed) {
    std::vector<TokenId> order;
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (std::isfinite(logits[i]))
            order.push_back(static_cast<TokenId>(i));
    std::ranges::stable_sort(order, std::greater(),
                             [&](TokenId id) { return logits[static_cast<std::size_t>(id)]; });
    const auto found = std::find_if(order.begin() + 1, order.end(), allowed);
    return found == order.end() ? -1 : *found;
}

} // namespace

TokenId choose_token(std::span<const float> logits, const TokenChoice& choice) {
    const TokenId best = greedy_token(logits);
    if (best < 0 || choice.temperature == 0)
        return best;
    return draw(logits, logits[static_cast<std::size_t>(best)], choice);
}

double log_of_sum(std::span<const float> logits) {
    const TokenId best = greedy_token(logits);
    if (best < 0)
        return -std::numeric_limits<double>::infinity();
    const double top = logits[static_cast<std::size_t>(best)];
    double sum = 0;
    for (const float logit : logits)
        sum += std::isfinite(logit) ? std::exp(static_cast<double>(logit) - top) : 0.0;
    return top + std::log(sum);
}

TokenId choose_allowed_token(std::span<float> logits, const std::function<TokenChoice()>& next,
                             const std::function<bool(TokenId)>& allowed) {
    const TokenChoice how = next();
    TokenId token = require_token(choose_token(logits, how));
    if (how.temperature == 0)
        return allowed(token) ? token : next_likeliest_allowed(logits, allowed);
    while (token >= 0 && !allowed(token)) {
        logits[static_cast<std::size_t>(token)] = -std::numeric_limits<float>::infinity();
        token = choose_token(logits, next());
    }
    return token;
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

TokenChoice Sampler::next() {
    if (options_.temperature == 0)
        return {};
    constexpr double two_to_minus_53 = 0x1p-53;
    return {options_.temperature, options_.top_p, static_cast<double>(random_() >> 11) * two_to_minus_53};
}

} // namespace longview
