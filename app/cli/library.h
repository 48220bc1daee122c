#pragma once
// The library and the documents that commands name.

#include <memory>
#include <optional>
#include <string>

#include "app/cli/options.h"
#include "inference/values/document.h"
#include "storage/database.h"
#include "storage/document_store.h"

namespace longview::cli {

/// The library if there is one: looking does not create it.
std::optional<storage::Database> open_existing_library(const Options& options, storage::Database::Mode mode);

/// The known document with the content of `file`, or else the one last opened from that path. Throws
/// Error(input).
storage::DocumentRecord find_document(storage::Database& library, const std::string& file);

/// Throws Error(input).
std::shared_ptr<const Document> import_document(const std::string& file);

} // namespace longview::cli
