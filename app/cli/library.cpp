#include "app/cli/library.h"

#include <filesystem>

#include "app/core/locations.h"
#include "app/importers/import.h"
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

storage::DocumentRecord find_document(const Context& context, storage::Database& library,
                                      const std::string& file) {
    storage::DocumentStore documents(library);
    const std::string path = file == "-" ? file : fs::absolute(file).lexically_normal().string();
    std::error_code ignored; // a document that was moved away is still known by its path
    if (file == "-" || fs::exists(file, ignored)) {
        if (auto record = documents.find(import_source(context, file).document.content_hash))
            return *std::move(record);
    }
    if (auto record = documents.find_path(path))
        return *std::move(record);
    throw Error(ErrorKind::input, file + " is not in the library " + library.file().string() +
                                      "; read it or ask it first, or name another library with --database.");
}

app::ImportOptions import_options(const Context& context) {
    app::ImportOptions options;
    options.exclude = context.options.exclude;
    options.password = context.options.password;
    options.stop = context.interrupt.token();
    return options;
}

app::Import import_source(const Context& context, const std::string& file) {
    const Interrupt::Keeping keeping(context.interrupt);
    return app::import_path(file, import_options(context));
}

Json file_json(const app::FileResult& file) {
    Json out{{"path", file.path},
             {"bytes", file.bytes},
             {"format", file.format},
             {"taken", file.left_out.empty()}};
    if (!file.left_out.empty())
        out["reason"] = file.left_out;
    return out;
}

int for_each_document(Context& context,
                      const std::function<std::pair<Json, int>(const std::string& file)>& work) {
    const std::vector<std::string>& files = context.options.files;
    Json list = Json::array();
    int code = exit_code::ok;
    for (const std::string& file : files) {
        try {
            auto [result, own_code] = work(file);
            list.push_back(std::move(result));
            code = code == exit_code::ok ? own_code : code;
        } catch (const Error& error) {
            // Only a document's own mistake leaves the others something to do.
            if (files.size() == 1 || error.kind() != ErrorKind::input)
                throw;
            complain(error.what());
            list.push_back({{"document", file}, {"error", error.what()}});
            code = code == exit_code::ok ? exit_code::input : code;
        }
        if (context.interrupt.requested())
            break;
    }
    if (context.options.json)
        context.output.json(files.size() == 1 ? list.front() : list);
    return code;
}

} // namespace longview::cli
