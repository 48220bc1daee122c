#include "app/importers/epub_package.h"

#include <cctype>
#include <filesystem>
#include <utility>

#include "app/importers/html.h"
#include "app/importers/text_builder.h"
#include "app/importers/xml_events.h"

namespace longview::app {
namespace {

int hex_digit(char digit) {
    const auto lower = std::tolower(static_cast<unsigned char>(digit));
    return std::isdigit(lower) != 0 ? lower - '0' : std::isxdigit(lower) != 0 ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool escaped = text[at] == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 &&
                             hex_digit(text[at + 2]) >= 0;
        plain +=
            escaped ? static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2])) : text[at];
        at += escaped ? 2 : 0;
    }
    return plain;
}

std::string fragment_of(std::string_view reference) {
    const auto at = reference.find('#');
    return at == std::string_view::npos ? std::string() : percent_decoded(reference.substr(at + 1));
}

EpubChapter chapter(std::string_view title, const std::string& base, std::string_view reference, int level) {
    return {single_line(title), resolve_reference(base, reference), fragment_of(reference), level};
}

} // namespace

std::string resolve_reference(const std::string& base, std::string_view reference) {
    const auto target = percent_decoded(reference.substr(0, reference.find('#')));
    if (target.empty())
        return base;
    if (target.find("://") != std::string::npos)
        return {};
    const auto path =
        (std::filesystem::path(base).parent_path() / target).lexically_normal().generic_string();
    return path.starts_with("../") || path.starts_with('/') || path == ".." ? std::string() : path;
}

std::string epub_package_path(std::string_view container_xml) {
    std::string path;
    XmlEvents events;
    events.start = [&](std::string_view element, const XmlElement& attributes) {
        if (element == "rootfile" && path.empty())
            path = resolve_reference("", attributes.attribute("full-path"));
    };
    parse_xml(container_xml, events);
    return path;
}

EpubPackage parse_epub_package(std::string_view opf, const std::string& path) {
    EpubPackage package;
    bool in_title = false;
    XmlEvents events;
    events.start = [&](std::string_view element, const XmlElement& of) {
        if (element == "item")
            package.items.emplace(of.attribute("id"),
                                  EpubItem{resolve_reference(path, of.attribute("href")),
                                           of.attribute("media-type"), of.attribute("properties")});
        else if (element == "itemref")
            package.spine.push_back(of.attribute("idref"));
        else if (element == "spine")
            package.ncx = of.attribute("toc");
        in_title = element == "title" && package.title.empty();
    };
    events.end = [&](std::string_view) { in_title = false; };
    events.characters = [&](std::string_view utf8) {
        if (in_title)
            package.title += utf8;
    };
    package.problem = parse_xml(opf, events);
    package.title = single_line(package.title);
    return package;
}

std::vector<EpubChapter> parse_epub_ncx(std::string_view ncx, const std::string& path) {
    std::vector<EpubChapter> chapters;
    std::string title;
    int level = 0;
    bool in_map = false, in_text = false;
    XmlEvents events;
    events.start = [&](std::string_view element, const XmlElement& of) {
        if (element == "navMap")
            in_map = true;
        else if (element == "navPoint") {
            ++level;
            title.clear();
        } else if (element == "text")
            in_text = in_map;
        else if (element == "content" && in_map && level > 0)
            chapters.push_back(chapter(title, path, of.attribute("src"), level));
    };
    events.end = [&](std::string_view element) {
        if (element == "navMap")
            in_map = false;
        else if (element == "navPoint")
            --level;
        else if (element == "text")
            in_text = false;
    };
    events.characters = [&](std::string_view utf8) {
        if (in_text)
            title += utf8;
    };
    parse_xml(ncx, events);
    return chapters;
}

std::vector<EpubChapter> parse_epub_nav(std::string_view nav, const std::string& path) {
    std::vector<EpubChapter> chapters;
    for (const auto& link : html_contents(nav))
        chapters.push_back(chapter(link.title, path, link.target, link.level));
    return chapters;
}

std::set<std::string, std::less<>> epub_encrypted(std::string_view encryption_xml) {
    std::set<std::string, std::less<>> paths;
    std::string algorithm;
    bool in_key = false;
    XmlEvents events;
    events.start = [&](std::string_view element, const XmlElement& of) {
        in_key = in_key || element == "KeyInfo";
        if (element == "EncryptedData")
            algorithm.clear();
        else if (element == "EncryptionMethod" && !in_key)
            algorithm = of.attribute("Algorithm");
        else if (element == "CipherReference" && algorithm != "http://www.idpf.org/2008/embedding" &&
                 algorithm != "http://ns.adobe.com/pdf/enc#RC")
            paths.insert(resolve_reference("", of.attribute("URI")));
    };
    events.end = [&](std::string_view element) { in_key = in_key && element != "KeyInfo"; };
    parse_xml(encryption_xml, events);
    return paths;
}

} // namespace longview::app
