#pragma once
// EPUB 2 and 3: the pages in reading order, the table of contents as chapters. Internal to this folder.

#include <string>
#include <string_view>

#include "app/importers/extraction.h"
#include "app/importers/import.h"

namespace longview::app {

/// Refuses a book with copy protection by that protection's name, and one without a reading order.
Extraction extract_epub(std::string_view bytes, const std::string& name, const ImportOptions& options);

} // namespace longview::app
