#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <utility>

#include "app/importers/office.h"
#include "app/importers/refusal.h"
#include "app/importers/text_builder.h"
#include "app/importers/xml_events.h"

namespace longview::app {
namespace {

using namespace std::string_view_literals;

class ContentReader {
public:
    explicit ContentReader(TextBuilder& out) : out_(out) {}

    std::string read(const std::string& xml, const std::stop_token& stop) {
        XmlEvents events;
        events.start = [this](std::string_view element, const XmlElement& of) { start(element, of); };
        events.end = [this](std::string_view element) { end(element); };
        events.characters = [this](std::string_view utf8) {
            if (skipped_ == 0 && paragraphs_ > 0)
                code_ ? target().verbatim(utf8) : target().text(utf8);
        };
        auto problem = parse_xml(xml, events, stop);
        out_.paragraph_break();
        out_.verbatim(notes_.take_text());
        return problem;
    }

private:
    /// Deleted text, comments, and lists that are made from the text itself.
    static bool is_skipped(std::string_view element) {
        static constexpr std::array names{"tracked-changes"sv,
                                          "annotation"sv,
                                          "table-of-content"sv,
                                          "alphabetical-index"sv,
                                          "illustration-index"sv,
                                          "sequence-decls"sv,
                                          "forms"sv,
                                          "desc"sv};
        return std::find(names.begin(), names.end(), element) != names.end();
    }

    TextBuilder& target() { return in_note_ ? notes_ : out_; }

    void start(std::string_view element, const XmlElement& of) {
        if (skipped_ > 0 || is_skipped(element)) {
            ++skipped_;
            return;
        }
        if (element == "p" || element == "h")
            paragraph(of.attribute("style-name"),
                      element == "h" ? std::max(1, std::atoi(of.attribute("outline-level").c_str())) : 0);
        else if (element == "style")
            learn_style(of);
        else if (element == "s" || element == "tab")
            space(of.attribute("c"));
        else if (element == "line-break")
            target().line_break();
        else if (element == "note-citation")
            target().text("[");
        else if (element == "note-body")
            begin_note();
        else if (element == "list")
            begin_list();
        else if (element == "list-item")
            list_item();
        else
            table(element);
    }

    static bool is_code(std::string_view style) {
        return style == "Preformatted_20_Text" || style == "Source_20_Code" || style == "Code";
    }

    /// Automatic styles stand before the text that uses them.
    void learn_style(const XmlElement& of) {
        if (is_code(of.attribute("parent-style-name")))
            code_styles_.insert(of.attribute("name"));
    }

    void space(const std::string& count) {
        constexpr int most = 200;
        if (code_)
            target().verbatim(
                std::string(static_cast<std::size_t>(std::clamp(std::atoi(count.c_str()), 1, most)), ' '));
        else
            target().text(" ");
    }

    void paragraph(const std::string& style, int level) {
        ++paragraphs_;
        const bool after_code = code_;
        code_ = is_code(style) || code_styles_.contains(style);
        if (code_ && after_code)
            target().line_break();
        else if (!joined_ && tables_ > 0)
            target().separator(" ");
        else if (!joined_)
            target().paragraph_break();
        joined_ = false;
        if (level > 0 && tables_ == 0 && !in_note_)
            out_.open_heading(level);
    }

    void begin_note() {
        in_note_ = true;
        notes_.paragraph_break();
        notes_.text("[" + std::to_string(++note_) + "] ");
        joined_ = true;
    }

    void begin_list() {
        if (lists_++ == 0 && tables_ == 0)
            target().paragraph_break();
    }

    void list_item() {
        target().line_break();
        target().text("- ");
        joined_ = true;
    }

    void table(std::string_view element) {
        if (element == "table") {
            ++tables_;
            target().paragraph_break();
        } else if (element == "table-row") {
            target().line_break();
            first_cell_ = true;
        } else if (element == "table-cell") {
            if (!first_cell_)
                target().separator(" | ");
            first_cell_ = false;
            joined_ = true;
        }
    }

    void end(std::string_view element) {
        if (skipped_ > 0) {
            --skipped_;
            return;
        }
        if (element == "p" || element == "h")
            --paragraphs_;
        if (element == "h" && !in_note_)
            out_.close_heading();
        else if (element == "note-citation")
            target().text("]");
        else if (element == "note-body")
            in_note_ = false;
        else if (element == "list") {
            if (--lists_ == 0 && tables_ == 0)
                target().paragraph_break();
        } else if (element == "table") {
            --tables_;
            target().paragraph_break();
        }
    }

    TextBuilder& out_;
    TextBuilder notes_;
    int skipped_ = 0, tables_ = 0, paragraphs_ = 0, lists_ = 0, note_ = 0;
    bool code_ = false; ///< the paragraph is code
    std::set<std::string, std::less<>> code_styles_;
    bool in_note_ = false, first_cell_ = true;
    bool joined_ = false; ///< the next paragraph goes on in the line that a mark began
};

} // namespace

std::string element_title(const std::string& xml) {
    std::string title;
    bool in_title = false;
    XmlEvents events;
    events.start = [&](std::string_view element, const XmlElement&) { in_title = element == "title"; };
    events.end = [&](std::string_view) { in_title = false; };
    events.characters = [&](std::string_view utf8) {
        if (in_title)
            title += utf8;
    };
    parse_xml(xml, events);
    return single_line(title);
}

Extraction extract_odt(ZipArchive& archive, const std::string& name, const ImportOptions& options) {
    TextBuilder out;
    const auto problem = ContentReader(out).read(archive.read_one("content.xml"), options.stop);
    if (!problem.empty())
        refuse(name, "is a damaged OpenDocument text (" + problem +
                         "): open it in a word processor and save it again.");
    Extraction extraction;
    extraction.extractor = extractor::odt;
    extraction.title = element_title(archive.read_one("meta.xml"));
    extraction.encoding = "UTF-8";
    extraction.sections = out.take_sections();
    extraction.text = out.take_text();
    return extraction;
}

Extraction extract_office(std::string_view bytes, const std::string& name, const ImportOptions& options) {
    ZipArchive archive(bytes, name, options);
    if (archive.has("word/document.xml"))
        return extract_docx(archive, name, options);
    if (archive.has("content.xml")) {
        const auto kind = archive.read_one("mimetype");
        if (!kind.starts_with("application/vnd.oasis.opendocument.text"))
            refuse(name, "is an OpenDocument file, but no text document: export it as text or PDF.");
        if (archive.read_one("META-INF/manifest.xml").find("encryption-data") != std::string::npos)
            refuse(name, "is an OpenDocument text with a password: save it without one.");
        return extract_odt(archive, name, options);
    }
    if (archive.has("xl/workbook.xml") || archive.has("ppt/presentation.xml"))
        refuse(name, "is an Office document, but no text document: export it as text or PDF.");
    refuse(name, "is a ZIP archive: unpack it, then read the folder.");
}

} // namespace longview::app
