#pragma once
// HTML and XHTML: the text that a browser shows, headings as chapters. Internal to this folder.

#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "app/importers/extraction.h"
#include "app/importers/text_builder.h"

namespace longview::app {

Extraction extract_html(std::string_view bytes, const std::string& name, const std::stop_token& stop = {});

struct HtmlPage {
    std::string title;
    std::map<std::string, TextBuilder::Mark, std::less<>> anchors; ///< by id
};

/// Adds the text of a page to `out`. `utf8` in any state of repair; headings become sections when
/// `with_headings`.
HtmlPage add_html(std::string_view utf8, TextBuilder& out, bool with_headings,
                  const std::stop_token& stop = {});

/// The page's bytes as UTF-8, by byte-order mark, declaration and statistics, with notes about it.
std::string decode_html(std::string_view bytes, const std::string& name, Extraction& into);

struct HtmlLink {
    std::string title, target;
    int level = 1; ///< depth of the lists around it
};
/// The links of an EPUB 3 navigation document's table of contents.
std::vector<HtmlLink> html_contents(std::string_view utf8);

} // namespace longview::app
