#pragma once
// The parts of an EPUB that say what is in it. Internal to this folder.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace longview::app {

struct EpubItem {
    std::string path; ///< in the archive
    std::string media_type;
    std::string properties;
};

struct EpubPackage {
    std::string title;
    std::map<std::string, EpubItem> items; ///< by id
    std::vector<std::string> spine;        ///< ids in reading order
    std::string ncx;                       ///< id of EPUB 2's table of contents; may be empty
    std::string problem;                   ///< why it could not be read to its end
};

/// The package's path in META-INF/container.xml; empty when it names none.
std::string epub_package_path(std::string_view container_xml);
/// The package document that lies at `path` in the archive.
EpubPackage parse_epub_package(std::string_view opf, const std::string& path);

struct EpubChapter {
    std::string title, path, fragment;
    int level = 1;
};
std::vector<EpubChapter> parse_epub_ncx(std::string_view ncx, const std::string& path);
std::vector<EpubChapter> parse_epub_nav(std::string_view nav, const std::string& path);

/// The paths that META-INF/encryption.xml says are encrypted; fonts that are only obfuscated do not count.
std::set<std::string, std::less<>> epub_encrypted(std::string_view encryption_xml);

/// A reference in the file at `base`, as a path in the archive without its fragment; empty when it leads out
/// of it.
std::string resolve_reference(const std::string& base, std::string_view reference);

} // namespace longview::app
