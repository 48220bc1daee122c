#include "app/cli/library.h"

#include <filesystem>

#include "app/core/locations.h"
#include "app/importers/text_importer.h"
#include "inference/values/error.h"

namespace longview::cli {

namespace fs = std::filesystem;

std::optional<storage::Database> open_existing_library(const Options& options, storage::Database::Mode mode) {
    const fs::path file = app::database_file(options.database);
    std::error_code absent; // what cannot be looked at is left to the database to complain about
    if (!fs::exists(file, absent) && !absent)
        return {};
    return storage::Database(file, mode);
}

storage::DocumentRecord find_document(storage::Database& library, const std::string& file) {
    storage::DocumentStore documents(library);
    const std::string path = file == "-" ? file : fs::absolute(file).lexically_normal().string();
    std::error_code ignored; // a document that was moved away is still known by its path
    if (file == "-" || fs::exists(file, ignored)) {
        if (auto record = documents.find(import_document(file)->content_hash))
            return *std::move(record);
    }
    if (auto record = documents.find_path(path))
        return *std::move(record);
    throw Error(ErrorKind::input, file + " is not in the library " + library.file().string() +
                                      "; read it or ask it first, or name another library with --database.");
}

std::shared_ptr<const Document> import_document(const std::string& file) {
    return std::make_shared<const Document>(app::import_text(file));
}

} // namespace longview::cli
