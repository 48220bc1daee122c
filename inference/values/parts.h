#pragma once
// The parts of a document that people name: its pages and chapters, and where a byte lies among them.

#include <cstddef>
#include <string>
#include <vector>

#include "inference/values/document.h"

namespace longview {

std::vector<Section> sections_of(const Document& document, SectionKind kind);

/// Sections of that kind, or, where there is none, the headings of the outermost level of which there are
/// several: a book's title is a heading of its own. A chapter ends where the next one begins.
std::vector<Section> chapters_of(const Document& document);

/// Where the text before byte `end` ends, for people: "page 40, chapter 3 of 17"; empty when the document
/// has neither pages nor chapters before it.
std::string place_before(const Document& document, std::size_t end);

} // namespace longview
