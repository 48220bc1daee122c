// cache export, cache import.

#include "app/cli/commands.h"
#include "app/cli/library.h"
#include "app/core/locations.h"
#include "app/core/model.h"
#include "app/core/report.h"
#include "inference/values/error.h"
#include "storage/memory_file.h"
#include "storage/memory_store.h"

namespace longview::cli {

namespace {

/// The longest memory of the document that the model used last read, or the named one.
storage::StateRecord memory_to_export(storage::Database& library, const Options& options,
                                      const storage::DocumentRecord& document) {
    std::optional<storage::StateRecord> best;
    for (const storage::StateRecord& state : storage::MemoryStore(library).list(document.id)) {
        if (options.model && std::filesystem::path(*options.model).filename() != state.model)
            continue;
        const bool same = !best || (best->model == state.model && best->numerics == state.numerics);
        if (same && (!best || state.segments > best->segments))
            best = state;
    }
    if (!best)
        throw Error(ErrorKind::input, document.title + " has no memory" +
                                          (options.model ? " of the model " + *options.model : "") +
                                          " in the library; read it first.");
    return *best;
}

} // namespace

int run_cache_export(Context& context) {
    const Options& options = context.options;
    std::optional<storage::Database> library =
        open_existing_library(options, storage::Database::Mode::read_write);
    if (!library)
        throw Error(ErrorKind::input, options.file + " has no memory: there is no library " +
                                          app::database_file(options.database).string() + " yet.");
    const storage::DocumentRecord document = find_document(context, *library, options.file);
    const storage::MemoryFile memory =
        storage::export_memory(*library, memory_to_export(*library, options, document).key);
    const std::string bytes = storage::to_bytes(memory);
    app::write_file(options.output, bytes);
    if (options.json)
        context.output.json({{"document", memory.title},
                             {"model", memory.model},
                             {"numerics", memory.fingerprint.numerics},
                             {"segments", memory.segments},
                             {"bytes", bytes.size()},
                             {"file", options.output}});
    else
        context.output.write("Wrote the memory of " + memory.title + " after " + grouped(memory.segments) +
                             " segments to " + options.output + ", " +
                             human_bytes(static_cast<std::int64_t>(bytes.size())) + ".\n");
    if (!options.quiet)
        complain("Note: A memory can tell what its document says: give the file only to people who may read "
                 "the document.");
    return exit_code::ok;
}

int run_cache_import(Context& context) {
    const Options& options = context.options;
    const storage::MemoryFile memory = storage::read_memory_file(options.file);
    const app::Model model =
        app::open_model(app::model_directory(options.model), options.device, options.threads);
    if (const std::string difference = storage::mismatch(memory, model.fingerprint); !difference.empty())
        throw Error(ErrorKind::input,
                    options.file + " cannot be imported: " + difference +
                        "; name the same model and device with --model and --device, or read "
                        "the document here.");
    storage::Database library(app::database_file(options.database));
    storage::import_memory(library, memory);
    if (options.json)
        context.output.json({{"document", memory.title},
                             {"content_hash", memory.content_hash},
                             {"model", memory.model},
                             {"segments", memory.segments}});
    else
        context.output.write(
            "Imported the memory of " + memory.title + " after " + grouped(memory.segments) +
            " segments. The document itself is not in the file: read or ask the same text with "
            "this model, and it is known at once.\n");
    return exit_code::ok;
}

} // namespace longview::cli
