#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <utility>

#include "app/importers/office.h"
#include "app/importers/refusal.h"
#include "app/importers/text_builder.h"
#include "app/importers/xml_events.h"

namespace longview::app {
namespace {

using namespace std::string_view_literals;

constexpr int no_level = 0;

struct Style {
    int level = no_level; ///< of a heading
    bool code = false;
    std::string based_on;
};
using Styles = std::map<std::string, Style>;

/// "heading 2" in every language's Word; 0 for anything else.
int level_of_name(std::string_view name) {
    constexpr auto prefix = "heading "sv;
    if (name == "Title")
        return 1;
    return name.size() == prefix.size() + 1 && name.starts_with(prefix) && name.back() >= '1' &&
                   name.back() <= '9'
               ? name.back() - '0'
               : no_level;
}

bool is_code_name(std::string_view name) {
    return name == "Source Code" || name == "HTML Preformatted" || name == "Preformatted Text" ||
           name == "Code";
}

/// w:outlineLvl counts from 0, and 9 is body text.
int level_of_outline(const std::string& value) {
    const int level = value.empty() ? 9 : std::atoi(value.c_str());
    return level >= 0 && level < 9 ? level + 1 : no_level;
}

Styles parse_styles(const std::string& xml) {
    Styles styles;
    std::string id;
    XmlEvents events;
    events.start = [&](std::string_view element, const XmlElement& of) {
        if (element == "style")
            styles[id = of.attribute("styleId")];
        else if (element == "name" && !id.empty()) {
            styles[id].level = std::max(styles[id].level, level_of_name(of.attribute("val")));
            styles[id].code = is_code_name(of.attribute("val"));
        } else if (element == "basedOn" && !id.empty())
            styles[id].based_on = of.attribute("val");
        else if (element == "outlineLvl" && !id.empty())
            styles[id].level = std::max(styles[id].level, level_of_outline(of.attribute("val")));
    };
    events.end = [&](std::string_view element) {
        if (element == "style")
            id.clear();
    };
    parse_xml(xml, events);
    return styles;
}

int level_of_style(const Styles& styles, std::string id) {
    for (int depth = 0; depth < 10; ++depth) { // a damaged file may have a circle
        const auto style = styles.find(id);
        if (style == styles.end())
            return no_level;
        if (style->second.level != no_level)
            return style->second.level;
        id = style->second.based_on;
    }
    return no_level;
}

/// The body of document.xml, or of its notes.
class BodyReader {
public:
    BodyReader(const Styles& styles, TextBuilder& out) : styles_(styles), out_(out) {}

    std::string read(const std::string& xml, const std::stop_token& stop) {
        XmlEvents events;
        events.start = [this](std::string_view element, const XmlElement& of) { start(element, of); };
        events.end = [this](std::string_view element) { end(element); };
        events.characters = [this](std::string_view utf8) {
            if (in_text_ && skipped_ == 0)
                code_ ? out_.verbatim(utf8) : out_.text(utf8);
        };
        return parse_xml(xml, events, stop);
    }

private:
    static bool is_skipped(std::string_view element) {
        static constexpr std::array names{"del"sv, "moveFrom"sv, "Fallback"sv, "pict"sv};
        return std::find(names.begin(), names.end(), element) != names.end();
    }

    void start(std::string_view element, const XmlElement& of) {
        if (skipped_ > 0 || is_skipped(element)) {
            ++skipped_;
            return;
        }
        if (element == "p")
            paragraph();
        else if (element == "pStyle")
            style(of.attribute("val"));
        else if (element == "numId" && in_properties_)
            listed_ = of.attribute("val") != "0";
        else if (element == "outlineLvl" && in_properties_)
            level_ = std::max(level_, level_of_outline(of.attribute("val")));
        else if (element == "pPr")
            in_properties_ = true;
        else if (element == "r")
            begin_paragraph();
        else if (element == "t")
            in_text_ = true;
        else if (element == "tab" && !in_properties_)
            out_.text(" ");
        else if (element == "br" || element == "cr")
            out_.line_break();
        else if (element == "noBreakHyphen")
            out_.text("-");
        else if (element == "footnoteReference" || element == "endnoteReference")
            note_number(of.attribute("id"));
        else
            table(element, of);
    }

    void table(std::string_view element, const XmlElement& of) {
        if (element == "tbl") {
            ++tables_;
            out_.paragraph_break();
        } else if (element == "tr") {
            out_.line_break();
            first_cell_ = true;
        } else if (element == "tc") {
            if (!first_cell_)
                out_.separator(" | ");
            first_cell_ = false;
            new_cell_ = true;
        } else if (element == "footnote" || element == "endnote") {
            const bool separator = !of.attribute("type").empty();
            skipped_ = separator ? 1 : 0;
            if (!separator) {
                out_.paragraph_break();
                note_number(of.attribute("id"));
                out_.text(" ");
                new_cell_ = true;
            }
        } else if (element == "docPartGallery" && of.attribute("val") == "Table of Contents") {
            contents_ = true;
        } else if (element == "sdtContent" && contents_) {
            skipped_ = 1;
            contents_ = false;
        }
    }

    void style(const std::string& id) {
        level_ = std::max(level_, level_of_style(styles_, id));
        const auto known = styles_.find(id);
        code_ = known != styles_.end() && known->second.code;
    }

    void note_number(const std::string& id) {
        out_.text("[");
        out_.text(id);
        out_.text("]");
    }

    /// In a cell the line goes on; the first paragraph of a note stands behind its number.
    void paragraph() {
        level_ = no_level;
        after_item_ = listed_;
        code_ = listed_ = false;
        due_ = true;
    }

    /// Its properties are known: what stands between it and the text before.
    void begin_paragraph() {
        if (!due_)
            return;
        due_ = false;
        if (new_cell_)
            new_cell_ = false;
        else if (tables_ > 0)
            out_.separator(" ");
        else if (listed_ && after_item_)
            out_.line_break();
        else
            out_.paragraph_break();
    }

    void end(std::string_view element) {
        if (skipped_ > 0) {
            --skipped_;
            return;
        }
        if (element == "pPr") {
            in_properties_ = false;
            begin_paragraph();
            if (level_ != no_level && tables_ == 0)
                out_.open_heading(level_);
            else if (listed_ && tables_ == 0)
                out_.text("- ");
        } else if (element == "t") {
            in_text_ = false;
        } else if (element == "p" && level_ != no_level) {
            out_.close_heading();
            level_ = no_level;
        } else if (element == "tbl") {
            --tables_;
            out_.paragraph_break();
        }
    }

    const Styles& styles_;
    TextBuilder& out_;
    int skipped_ = 0, tables_ = 0, level_ = no_level;
    bool in_text_ = false, in_properties_ = false, first_cell_ = true, new_cell_ = false, contents_ = false;
    bool due_ = false; ///< the paragraph's beginning
    bool after_item_ = false;
    bool code_ = false, listed_ = false; ///< the paragraph is code, a list's item
};

} // namespace

Extraction extract_docx(ZipArchive& archive, const std::string& name, const ImportOptions& options) {
    const auto body = archive.read_one("word/document.xml");
    const auto styles = parse_styles(archive.read_one("word/styles.xml"));
    TextBuilder out;
    if (const auto problem = BodyReader(styles, out).read(body, options.stop); !problem.empty())
        refuse(name, "is a damaged Word document (" + problem +
                         "): open it in a word processor and save it again.");
    for (const auto* notes : {"word/footnotes.xml", "word/endnotes.xml"})
        if (archive.has(notes))
            BodyReader(styles, out).read(archive.read_one(notes), options.stop);
    Extraction extraction;
    extraction.extractor = extractor::docx;
    extraction.title = element_title(archive.read_one("docProps/core.xml"));
    extraction.encoding = "UTF-8";
    extraction.sections = out.take_sections();
    extraction.text = out.take_text();
    return extraction;
}

} // namespace longview::app
