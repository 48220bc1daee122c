#include "app/importers/extraction.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <xxhash.h>

#include "app/importers/refusal.h"
#include "inference/text/utf8.h"

namespace longview::app {
namespace {

bool is_blank(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto point = code_point_at(text, at);
        if (!is_white_space(point.value) && point.value != 0xFEFF)
            return false;
        at += point.length;
    }
    return true;
}

std::string hex(const XXH128_canonical_t& canonical) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : canonical.digest) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

/// Plain text is what it is under every extractor, so its identity is that of its bytes alone.
std::string identity_of(const std::string& text, const std::string& extractor) {
    const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                                &XXH3_freeState);
    XXH3_128bits_reset(state.get());
    XXH3_128bits_update(state.get(), text.data(), text.size());
    if (extractor != extractor::text)
        XXH3_128bits_update(state.get(), extractor.c_str(),
                            extractor.size() + 1); // its final zero ends no text
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state.get()));
    return hex(canonical);
}

std::string title_of(const Extraction& extraction, const std::string& name) {
    if (!extraction.title.empty())
        return extraction.title;
    const auto named =
        std::find_if(extraction.sections.begin(), extraction.sections.end(), [](const Section& section) {
            return section.kind == SectionKind::heading || section.kind == SectionKind::chapter;
        });
    if (named != extraction.sections.end() && extraction.extractor.find("tree") == std::string::npos)
        return named->title;
    if (name == "-")
        return "Standard input";
    auto file = std::filesystem::path(name).lexically_normal();
    if (!file.has_filename())
        file = file.parent_path();
    return repair_utf8(file.has_filename() ? file.filename().string() : name).text;
}

} // namespace

Document document_of(Extraction extraction, const std::string& name) {
    if (is_blank(extraction.text))
        refuse(name, "holds white space only: there is nothing to read.");
    Document document;
    document.path = name;
    document.title = title_of(extraction, name);
    document.content_hash = identity_of(extraction.text, extraction.extractor);
    document.text = std::move(extraction.text);
    document.encoding = std::move(extraction.encoding);
    document.extractor = std::move(extraction.extractor);
    document.notes = std::move(extraction.notes);
    document.sections = std::move(extraction.sections);
    document.line_starts = line_starts_of(document.text);
    return document;
}

} // namespace longview::app
