#include "app/importers/html.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <system_error>
#include <utility>

#include "app/importers/encoding.h"
#include "app/importers/html_events.h"
#include "app/importers/refusal.h"
#include "inference/text/utf8.h"

namespace longview::app {
namespace {

using namespace std::string_view_literals;

template <std::size_t Size>
bool is_one_of(std::string_view name, const std::array<std::string_view, Size>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Not shown, or the fallback of something that is.
bool is_dropped(std::string_view element) {
    static constexpr std::array names{"script"sv, "style"sv,    "template"sv, "noscript"sv, "iframe"sv,
                                      "object"sv, "svg"sv,      "canvas"sv,   "audio"sv,    "video"sv,
                                      "select"sv, "datalist"sv, "rp"sv};
    return is_one_of(element, names);
}

bool is_void(std::string_view element) {
    static constexpr std::array names{"area"sv,  "base"sv,   "br"sv,    "col"sv,  "embed"sv,
                                      "hr"sv,    "img"sv,    "input"sv, "link"sv, "meta"sv,
                                      "param"sv, "source"sv, "track"sv, "wbr"sv};
    return is_one_of(element, names);
}

bool is_paragraph(std::string_view element) {
    static constexpr std::array names{
        "p"sv,      "blockquote"sv, "ul"sv,       "ol"sv,    "dl"sv,      "table"sv,   "pre"sv,
        "figure"sv, "section"sv,    "article"sv,  "aside"sv, "header"sv,  "footer"sv,  "nav"sv,
        "main"sv,   "form"sv,       "fieldset"sv, "hr"sv,    "address"sv, "details"sv, "body"sv};
    return is_one_of(element, names);
}

bool is_line(std::string_view element) {
    static constexpr std::array names{"div"sv,    "li"sv,      "dt"sv,         "dd"sv,
                                      "tr"sv,     "caption"sv, "figcaption"sv, "br"sv,
                                      "legend"sv, "summary"sv, "center"sv,     "option"sv};
    return is_one_of(element, names);
}

int heading_level(std::string_view element) {
    return element.size() == 2 && element[0] == 'h' && element[1] >= '1' && element[1] <= '6'
               ? element[1] - '0'
               : 0;
}

class PageReader : public HtmlEvents {
public:
    PageReader(TextBuilder& out, bool with_headings) : out_(out), with_headings_(with_headings) {}

    void start(std::string_view element, const Attributes& attributes) override {
        // The way back from a footnote is no text.
        const bool hidden = std::any_of(attributes.begin(), attributes.end(), [](const auto& attribute) {
            return attribute.first == "hidden" ||
                   (attribute.first == "role" && attribute.second == "doc-backlink");
        });
        if (!dropped_.empty() || is_dropped(element) || (hidden && !is_void(element))) {
            if (dropped_.empty() || dropped_ == element)
                ++drop_depth_;
            if (dropped_.empty())
                dropped_ = element;
            return;
        }
        anchor(attributes);
        if (element == "title")
            in_title_ = true;
        else if (element == "img")
            image(attribute(attributes, "alt"));
        else
            layout(element, attributes);
    }

    void end(std::string_view element) override {
        if (!dropped_.empty()) {
            if (dropped_ == element && --drop_depth_ == 0)
                dropped_.clear();
            return;
        }
        if (element == "title")
            in_title_ = false;
        else if (element == "pre" && pre_depth_ > 0)
            --pre_depth_;
        else if ((element == "ul" || element == "ol") && !lists_.empty())
            lists_.pop_back();
        else if (element == "rt")
            out_.text(")");
        if (heading_level(element) > 0 && with_headings_)
            out_.close_heading();
        break_around(element);
    }

    void characters(std::string_view utf8) override {
        if (!dropped_.empty())
            return;
        if (in_title_)
            page.title += utf8;
        else if (pre_depth_ > 0)
            out_.verbatim(utf8);
        else
            out_.text(utf8);
    }

    HtmlPage page;

private:
    void anchor(const Attributes& attributes) {
        for (const auto& [name, value] : attributes)
            if (name == "id" || name == "name" || name == "xml:id")
                page.anchors.emplace(value, out_.mark());
    }

    void layout(std::string_view element, const Attributes& attributes) {
        break_around(element);
        if (const auto level = heading_level(element); level > 0 && with_headings_)
            out_.open_heading(level);
        else if (element == "pre")
            ++pre_depth_;
        else if (element == "ul" || element == "ol")
            lists_.push_back(list_of(element, attributes));
        else if (element == "li")
            list_mark();
        else if (element == "tr")
            first_cell_ = true;
        else if (element == "td" || element == "th")
            cell();
        else if (element == "rt")
            out_.text("(");
    }

    /// The first paragraph of a list's item stands behind its mark.
    void break_around(std::string_view element) {
        if (out_.size() == list_mark_end_)
            return;
        if (is_paragraph(element) || heading_level(element) > 0)
            out_.paragraph_break();
        else if (is_line(element))
            out_.line_break();
    }

    struct List {
        int next = 0;    ///< number of the next item
        char letter = 0; ///< of the first item, where letters count
        bool numbered = false;

        std::string mark() {
            if (!numbered)
                return "-";
            const int number = next++;
            const bool in_letters = letter != 0 && number >= 1 && number <= 26;
            return (in_letters ? std::string(1, static_cast<char>(letter + number - 1))
                               : std::to_string(number)) +
                   ".";
        }
    };

    static List list_of(std::string_view element, const Attributes& attributes) {
        List list;
        list.numbered = element == "ol";
        const auto type = attribute(attributes, "type");
        list.letter = type == "a" || type == "A" ? type[0] : 0;
        const auto start = attribute(attributes, "start").substr(0, 6);
        const auto read = std::from_chars(start.data(), start.data() + start.size(), list.next);
        list.next = read.ec == std::errc() ? std::max(0, list.next) : 1;
        return list;
    }

    void list_mark() {
        out_.text(lists_.empty() ? std::string("-") : lists_.back().mark());
        out_.text(" ");
        list_mark_end_ = out_.size();
    }

    /// A drop cap belongs to the word behind it, two pictures side by side are two things.
    void image(std::string_view words) {
        if (out_.size() == image_end_)
            out_.text(" ");
        out_.text(words);
        image_end_ = words.empty() ? image_end_ : out_.size();
    }

    void cell() {
        if (!first_cell_)
            out_.separator(" | ");
        first_cell_ = false;
    }

    TextBuilder& out_;
    bool with_headings_;
    std::string dropped_; ///< the element that nothing is taken from until its end
    int drop_depth_ = 0;
    int pre_depth_ = 0;
    std::size_t list_mark_end_ = std::string::npos;
    std::size_t image_end_ = std::string::npos; ///< of the last one's words
    bool in_title_ = false;
    bool first_cell_ = true;
    std::vector<List> lists_; ///< those around
};

/// What the page says of its own encoding, within the first kilobytes as the HTML standard has it.
std::string declared_encoding(std::string_view bytes) {
    std::string head(bytes.substr(0, 4096));
    std::transform(head.begin(), head.end(), head.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    auto at = head.find("CHARSET=");
    at = at == std::string::npos ? head.find("ENCODING=") : at;
    if (at == std::string::npos)
        return {};
    at = head.find('=', at) + 1;
    at = std::min(head.find_first_not_of("\"' ", at), head.size());
    return head.substr(at, head.find_first_of("\"' />;?", at) - at);
}

class ContentsReader : public HtmlEvents {
public:
    void start(std::string_view element, const Attributes& attributes) override {
        if (element == "nav") {
            const auto type = attribute(attributes, "epub:type");
            const auto role = attribute(attributes, "role");
            in_contents_ = (type.empty() && role.empty()) || type.find("toc") != std::string_view::npos ||
                           role == "doc-toc";
        } else if (in_contents_ && element == "ol") {
            ++depth_;
        } else if (in_contents_ && element == "a") {
            links.push_back({{}, std::string(attribute(attributes, "href")), std::max(1, depth_)});
            in_link_ = true;
        }
    }
    void end(std::string_view element) override {
        if (element == "nav")
            in_contents_ = false;
        else if (element == "ol")
            --depth_;
        else if (element == "a")
            in_link_ = false;
    }
    void characters(std::string_view utf8) override {
        if (in_link_)
            links.back().title += utf8;
    }
    std::vector<HtmlLink> links;

private:
    bool in_contents_ = false, in_link_ = false;
    int depth_ = 0;
};

} // namespace

std::string decode_html(std::string_view bytes, const std::string& name, Extraction& into) {
    auto decoded = decode_text(bytes, declared_encoding(bytes));
    if (decoded.text.find('\0') != std::string::npos)
        refuse(name, "is not a page: it has zero bytes; get the file again from where it came.");
    if (decoded.undecodable > 0)
        into.notes.push_back(std::to_string(decoded.undecodable) + " bytes are not valid " +
                             decoded.encoding + " and shown as \uFFFD.");
    into.encoding = std::move(decoded.encoding);
    return std::move(decoded.text);
}

HtmlPage add_html(std::string_view utf8, TextBuilder& out, bool with_headings, const std::stop_token& stop) {
    PageReader reader(out, with_headings);
    out.paragraph_break();
    parse_html(utf8, reader, stop);
    out.paragraph_break();
    reader.page.title = single_line(reader.page.title);
    return std::move(reader.page);
}

std::vector<HtmlLink> html_contents(std::string_view utf8) {
    ContentsReader reader;
    parse_html(utf8, reader);
    for (auto& link : reader.links)
        link.title = single_line(link.title);
    return std::move(reader.links);
}

Extraction extract_html(std::string_view bytes, const std::string& name, const std::stop_token& stop) {
    Extraction extraction;
    extraction.extractor = extractor::html;
    const auto utf8 = decode_html(bytes, name, extraction);
    TextBuilder out;
    extraction.title = add_html(utf8, out, true, stop).title;
    extraction.sections = out.take_sections();
    extraction.text = out.take_text();
    return extraction;
}

} // namespace longview::app
