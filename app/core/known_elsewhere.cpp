#include "app/core/known_elsewhere.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace longview::app {

namespace {

/// "cuda" of "cuda-bf16-1/9.0".
std::string device_of(const std::string& numerics) {
    return numerics.substr(0, numerics.find('-'));
}

std::string count_of(std::int64_t segments) {
    return std::to_string(segments) + (segments == 1 ? " segment" : " segments");
}

std::string sentence(const std::string& model, const std::string& numerics, std::int64_t segments,
                     std::int64_t known, const storage::StateLabel& ours) {
    const std::string rest = "this one starts at segment " + std::to_string(known + 1) + ".";
    if (model != ours.model)
        return "Known to the model " + model + ": " + count_of(segments) +
               ". Models do not share memories: " + rest;
    if (device_of(numerics) != device_of(ours.numerics))
        return "Known on " + device_of(numerics) + ": " + count_of(segments) +
               ". Arithmetic differs between devices: " + rest;
    if (numerics != ours.numerics)
        return "Known to another version of Longview's arithmetic (" + numerics + "; here " + ours.numerics +
               "): " + count_of(segments) + ", and needs re-reading: " + rest;
    return "Known to another state of the model " + model + ": " + count_of(segments) +
           ". Its weights, configuration or tokenizer changed, so it needs re-reading: " + rest;
}

} // namespace

std::vector<std::string> notes_on(const std::vector<storage::StateRecord>& states,
                                  std::span<const Hash128> chain, std::int64_t known,
                                  const storage::StateLabel& ours) {
    std::map<std::pair<std::string, std::string>, std::int64_t> longest;
    for (const storage::StateRecord& state : states) {
        const bool of_chain = state.segments >= 1 &&
                              state.segments <= static_cast<std::int64_t>(chain.size()) &&
                              chain[static_cast<std::size_t>(state.segments) - 1] == state.key;
        if (!of_chain) {
            std::int64_t& segments = longest[{state.model, state.numerics}];
            segments = std::max(segments, state.segments);
        }
    }
    std::vector<std::string> notes;
    for (const auto& [who, segments] : longest)
        if (segments > known)
            notes.push_back(sentence(who.first, who.second, segments, known, ours));
    return notes;
}

} // namespace longview::app
