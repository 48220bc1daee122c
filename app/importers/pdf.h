#pragma once
// PDF, taken apart by a helper program: the library that reads it may crash on a damaged file. Internal to
// this folder.

#include <string>
#include <string_view>

#include "app/importers/extraction.h"
#include "app/importers/import.h"

namespace longview::app {

/// Needs the helper longview-pdf-text, which is built together with the window. Refuses scans without text,
/// encrypted files without their password, and whatever the helper does not survive.
Extraction extract_pdf(std::string_view bytes, const std::string& name, const ImportOptions& options);

} // namespace longview::app
