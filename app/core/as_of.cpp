#include "app/core/as_of.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <vector>

#include "inference/values/error.h"
#include "inference/values/parts.h"

namespace longview::app {

namespace {

constexpr std::string_view forms = "segment:12, page:40, chapter:3 or 50%";

/// All of `digits` as a number; nothing else is one.
template <class Number>
std::optional<Number> number_of(std::string_view digits) {
    Number number{};
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (problem != std::errc() || end != digits.data() + digits.size())
        return {};
    return number;
}

std::string_view name_of(AsOf::Unit unit) {
    switch (unit) {
    case AsOf::Unit::segment:
        return "segment";
    case AsOf::Unit::page:
        return "page";
    case AsOf::Unit::chapter:
        return "chapter";
    case AsOf::Unit::percent:
        break;
    }
    return "percent";
}

/// Which of the sections the point names: pages go by their own numbers where they have any.
std::optional<std::size_t> index_of(const AsOf& point, const std::vector<Section>& sections) {
    const auto number = static_cast<std::size_t>(point.number);
    const bool numbered =
        point.unit == AsOf::Unit::page &&
        std::ranges::any_of(sections, [](const Section& section) { return !section.title.empty(); });
    if (!numbered)
        return number <= sections.size() ? std::optional(number - 1) : std::nullopt;
    const auto found = std::ranges::find(sections, std::to_string(number), &Section::title);
    return found == sections.end()
               ? std::nullopt
               : std::optional(static_cast<std::size_t>(std::distance(sections.begin(), found)));
}

/// The byte at which the section that the point names ends.
std::size_t end_of(const AsOf& point, const std::vector<Section>& sections, const Document& document) {
    const std::string unit(name_of(point.unit));
    if (sections.empty())
        throw Error(ErrorKind::input, document.path + " has no " + unit +
                                          "s that Longview knows of; name a share of it, as in 50%, or a "
                                          "segment, as in segment:12.");
    const std::optional<std::size_t> index = index_of(point, sections);
    if (!index)
        throw Error(ErrorKind::input, document.path + " has " + std::to_string(sections.size()) + " " + unit +
                                          (sections.size() == 1 ? "" : "s") + ", but no " + unit + " " +
                                          std::to_string(static_cast<std::int64_t>(point.number)) + ".");
    return *index + 1 < sections.size() ? sections[*index + 1].begin : document.text.size();
}

std::size_t tokens_of_segments(const AsOf& point, const Document& document, const TokenizedText& tokens,
                               int segment_size) {
    const auto n = static_cast<std::size_t>(segment_size);
    const auto wanted = static_cast<std::size_t>(point.number);
    if (wanted > tokens.ids.size() / n)
        throw Error(ErrorKind::input, document.path + " has " + std::to_string(tokens.ids.size() / n) +
                                          " full segments, no segment " + std::to_string(wanted) + ".");
    return wanted * n;
}

} // namespace

AsOf parse_as_of(std::string_view text) {
    if (text.ends_with('%')) {
        const auto share = number_of<double>(text.substr(0, text.size() - 1));
        if (share && *share > 0 && *share <= 100)
            return {AsOf::Unit::percent, *share};
    }
    for (const AsOf::Unit unit : {AsOf::Unit::segment, AsOf::Unit::page, AsOf::Unit::chapter}) {
        const std::string_view name = name_of(unit);
        if (!text.starts_with(name) || text.substr(name.size(), 1) != ":")
            continue;
        const auto number = number_of<std::int32_t>(text.substr(name.size() + 1));
        if (number && *number > 0)
            return {unit, static_cast<double>(*number)};
    }
    throw Error(ErrorKind::usage, "\"" + std::string(text) + "\" names no point in a document: write " +
                                      std::string(forms) + ".");
}

std::size_t tokens_before_byte(const TokenizedText& tokens, std::size_t byte) {
    return static_cast<std::size_t>(std::ranges::upper_bound(tokens.end, byte) - tokens.end.begin());
}

std::size_t tokens_before(const AsOf& point, const Document& document, const TokenizedText& tokens,
                          int segment_size) {
    switch (point.unit) {
    case AsOf::Unit::segment:
        return tokens_of_segments(point, document, tokens, segment_size);
    case AsOf::Unit::page:
        return tokens_before_byte(tokens, end_of(point, sections_of(document, SectionKind::page), document));
    case AsOf::Unit::chapter:
        return tokens_before_byte(tokens, end_of(point, chapters_of(document), document));
    case AsOf::Unit::percent:
        break;
    }
    return static_cast<std::size_t>(std::floor(static_cast<double>(tokens.ids.size()) * point.number / 100));
}

std::string place_after(const Document& document, const TokenizedText& tokens, std::size_t count) {
    const std::size_t end = count == 0 ? 0 : tokens.end.at(count - 1);
    const std::string place = place_before(document, end);
    return place.empty() ? "line " + std::to_string(document.line_at(end == 0 ? 0 : end - 1)) : place;
}

} // namespace longview::app
