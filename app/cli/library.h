#pragma once
// The library and the documents that commands name.

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "app/cli/commands.h"
#include "app/importers/import.h"
#include "storage/database.h"
#include "storage/document_store.h"

namespace longview::cli {

/// The library if there is one: looking does not create it.
std::optional<storage::Database> open_existing_library(const Options& options, storage::Database::Mode mode);

/// The known document with the content of `file`, or else the one last opened from that path. Throws
/// Error(input).
storage::DocumentRecord find_document(const Context& context, storage::Database& library,
                                      const std::string& file);

/// What the command line says about importing.
app::ImportOptions import_options(const Context& context);

/// The file, folder or standard input as a document, with the options of the command line. Throws
/// Error(input), Error(cancelled).
app::Import import_source(const Context& context, const std::string& file);

Json file_json(const app::FileResult& file);

/// Runs `work` for each document named; what goes wrong with one is told, and the others go on. `work` gives
/// the JSON and the exit code; with --json, one document prints its object and several an array in which a
/// failure is an object with "document" and "error". Returns the first exit code that is not ok.
int for_each_document(Context& context,
                      const std::function<std::pair<Json, int>(const std::string& file)>& work);

} // namespace longview::cli
