#pragma once
// The pages of a PDF as running text: what the layout put in is taken out where that is safe. Internal to
// this folder.

#include <string>
#include <vector>

#include "app/importers/extraction.h"

namespace longview::app {

struct PdfPage {
    std::string label; ///< as printed: "iv", "12"
    std::string text;  ///< lines in reading order; U+FFFE where a hyphen at a line's end was taken out
};

struct PdfOutlineEntry {
    std::string title;
    int level = 1;
    std::size_t page = 0; ///< index
};

struct PdfContent {
    std::string title;
    std::vector<PdfPage> pages;
    std::vector<PdfOutlineEntry> outline;
};

/// Pages and outline become sections. A line at a page's edge that three near pages share, numbers aside, is
/// a running head and left out, which a note tells. A word that a hyphen divides becomes whole, unless the
/// document writes it with a hyphen elsewhere.
Extraction assemble_pages(PdfContent content);

} // namespace longview::app
