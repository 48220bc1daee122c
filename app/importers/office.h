#pragma once
// Word processors' documents, DOCX and ODT: paragraphs, headings as chapters, tables as lines, notes at the
// end. Internal to this folder.

#include <string>
#include <string_view>

#include "app/importers/archive.h"
#include "app/importers/extraction.h"

namespace longview::app {

/// Which of the two it is, its content tells. Refuses what is neither, and a document with a password.
Extraction extract_office(std::string_view bytes, const std::string& name, const ImportOptions& options);

/// The text of the element "title" on one line; empty where there is none.
std::string element_title(const std::string& xml);

Extraction extract_docx(ZipArchive& archive, const std::string& name, const ImportOptions& options);
Extraction extract_odt(ZipArchive& archive, const std::string& name, const ImportOptions& options);

} // namespace longview::app
