#include "inference/values/parts.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace longview {

std::vector<Section> sections_of(const Document& document, SectionKind kind) {
    std::vector<Section> found;
    std::ranges::copy_if(document.sections, std::back_inserter(found),
                         [kind](const Section& section) { return section.kind == kind; });
    return found;
}

std::vector<Section> chapters_of(const Document& document) {
    std::vector<Section> chapters = sections_of(document, SectionKind::chapter);
    if (chapters.empty())
        chapters = sections_of(document, SectionKind::heading);
    std::map<int, std::int64_t> of_level;
    for (const Section& section : chapters)
        ++of_level[section.level];
    const auto outermost = std::ranges::find_if(of_level, [](const auto& level) { return level.second > 1; });
    if (outermost != of_level.end())
        std::erase_if(chapters, [&](const Section& section) { return section.level != outermost->first; });
    return chapters;
}

std::string place_before(const Document& document, std::size_t end) {
    const std::size_t last = end == 0 ? 0 : end - 1;
    std::string place;
    const auto add = [&](const std::string& what, const std::vector<Section>& sections, bool titled) {
        const auto after = std::ranges::upper_bound(sections, last, {}, &Section::begin);
        if (after == sections.begin())
            return;
        place += (place.empty() ? "" : ", ") + what + " ";
        if (const std::string& title = std::prev(after)->title; titled && !title.empty())
            place += title;
        else
            place += std::to_string(after - sections.begin()) + " of " + std::to_string(sections.size());
    };
    add("page", sections_of(document, SectionKind::page), true);
    add("chapter", chapters_of(document), false);
    return place;
}

} // namespace longview
