#pragma once
// Answers and timings of a document, as Markdown or JSON.

#include <filesystem>
#include <string>
#include <vector>

#include "inference/values/exchange.h"
#include "storage/document_store.h"

namespace longview::app {

std::string markdown_report(const storage::DocumentRecord& document, const std::vector<Exchange>& exchanges);
std::string json_report(const storage::DocumentRecord& document, const std::vector<Exchange>& exchanges);

/// Writes to a temporary file beside `file` and renames it, so that a failure never leaves half a report.
/// Throws Error(storage).
void write_file(const std::filesystem::path& file, const std::string& content);

} // namespace longview::app
