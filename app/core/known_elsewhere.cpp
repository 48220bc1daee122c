#include "app/core/known_elsewhere.h"

#include <map>

namespace longview::app {

namespace {

/// "cuda" of "cuda-bf16-1/9.0".
std::string device_of(const std::string& numerics) {
    return numerics.substr(0, numerics.find('-'));
}

std::string count_of(std::int64_t segments) {
    return std::to_string(segments) + (segments == 1 ? " segment" : " segments");
}

/// What of the model differs, when its name does not.
std::string changed(const storage::StateLabel& theirs, const storage::StateLabel& ours) {
    if (!theirs.fingerprint || !ours.fingerprint)
        return "weights, configuration or tokenizer";
    std::string parts;
    const auto add = [&](bool differs, const char* what) {
        if (differs)
            parts += (parts.empty() ? "" : " and ") + std::string(what);
    };
    add(theirs.fingerprint->weights != ours.fingerprint->weights, "weights");
    add(theirs.fingerprint->tokenizer != ours.fingerprint->tokenizer, "tokenizer");
    if (theirs.segment_size != ours.segment_size)
        add(true, "segment size");
    else
        add(theirs.fingerprint->config != ours.fingerprint->config, "configuration");
    return parts;
}

/// Empty when nothing differs but the text.
std::string sentence(const storage::LabelledState& theirs, std::int64_t known,
                     const storage::StateLabel& ours) {
    const storage::StateLabel& label = theirs.label;
    const std::string much = count_of(theirs.segments);
    const std::string start = "this one starts at segment " + std::to_string(known + 1) + ".";
    if (label.model != ours.model)
        return "Known to the model " + label.model + ": " + much + ". Models do not share memories: " + start;
    if (const std::string parts = changed(label, ours); !parts.empty() && label.numerics == ours.numerics)
        return "Needs re-reading: the model " + label.model + " knew " + much + " before its " + parts +
               " changed. It starts at segment " + std::to_string(known + 1) + ".";
    if (device_of(label.numerics) != device_of(ours.numerics))
        return "Known on " + device_of(label.numerics) + ": " + much +
               ". Its arithmetic differs from that of this device (" + device_of(ours.numerics) +
               "): " + start;
    if (label.numerics != ours.numerics)
        return "Needs re-reading: " + much + " were read with other arithmetic (" + label.numerics +
               "; here " + ours.numerics + "): " + start;
    return {};
}

} // namespace

std::vector<std::string> notes_on(const std::vector<storage::LabelledState>& states,
                                  std::span<const Hash128> chain, std::int64_t known,
                                  const storage::StateLabel& ours) {
    std::map<std::string, const storage::LabelledState*> longest; // of each kind
    for (const storage::LabelledState& state : states) {
        const bool of_chain = state.segments >= 1 &&
                              state.segments <= static_cast<std::int64_t>(chain.size()) &&
                              chain[static_cast<std::size_t>(state.segments) - 1] == state.key;
        if (of_chain || state.segments <= known || sentence(state, known, ours).empty())
            continue;
        auto& best = longest[state.label.model + '\n' + state.label.numerics];
        if (best == nullptr || best->segments < state.segments)
            best = &state;
    }
    std::vector<std::string> notes;
    notes.reserve(longest.size());
    for (const auto& [kind, state] : longest)
        notes.push_back(sentence(*state, known, ours));
    return notes;
}

} // namespace longview::app
