#pragma once
// What an importer hands over, and the one place that makes a Document of it. Internal to this folder.

#include <string>
#include <string_view>
#include <vector>

#include "inference/values/document.h"

namespace longview::app {

/// The extractors' names and versions. Raise the version when the same bytes may give another text or other
/// sections: the document then has a new identity, and what was read of the old one is read again.
namespace extractor {
inline constexpr std::string_view text = "text 1";
inline constexpr std::string_view html = "html 2";
inline constexpr std::string_view epub = "epub 2";
inline constexpr std::string_view docx = "docx 1";
inline constexpr std::string_view odt = "odt 1";
inline constexpr std::string_view pdf = "pdf 1";
inline constexpr std::string_view tree = "tree 1";
} // namespace extractor

struct Extraction {
    std::string extractor;
    std::string text; ///< valid UTF-8, line ends "\n"
    std::vector<Section> sections;
    std::string title;    ///< as the document calls itself; may be empty
    std::string encoding; ///< of the source
    std::vector<std::string> notes;
};

/// Adds what follows from the text. Refuses one without anything to read.
Document document_of(Extraction extraction, const std::string& name);

} // namespace longview::app
