// cache list, cache remove, cache path.

#include "app/cli/commands.h"
#include "app/cli/library.h"
#include "app/core/locations.h"
#include "inference/values/error.h"
#include "storage/memory_store.h"

namespace longview::cli {

namespace {

std::string count_text(std::int64_t memories) {
    return grouped(memories) + (memories == 1 ? " memory" : " memories");
}

} // namespace

int run_cache_list(Context& context) {
    std::vector<storage::StateRecord> states;
    if (auto library = open_existing_library(context.options, storage::Database::Mode::read_only))
        states = storage::MemoryStore(*library).list();

    Json list = Json::array();
    std::vector<std::vector<std::string>> rows{{"DOCUMENT", "SEGMENTS", "SIZE", "MODEL", "LAST USED"}};
    std::int64_t bytes = 0;
    for (const storage::StateRecord& state : states) {
        list.push_back({{"key", state.key.hex()},
                        {"document", state.document_title},
                        {"segments", state.segments},
                        {"bytes", state.stored_bytes},
                        {"model", state.model},
                        {"numerics", state.numerics},
                        {"created_at", state.created_at},
                        {"used_at", state.used_at}});
        rows.push_back({state.document_title, grouped(state.segments), human_bytes(state.stored_bytes),
                        state.model, state.used_at});
        bytes += state.stored_bytes;
    }
    if (context.options.json)
        context.output.json(list);
    else if (states.empty())
        context.output.write("No memory is stored.\n");
    else
        context.output.write(table(rows, false) + count_text(static_cast<std::int64_t>(states.size())) +
                             ", " + human_bytes(bytes) + ".\n");
    return exit_code::ok;
}

int run_cache_remove(Context& context) {
    const Options& options = context.options;
    std::int64_t removed = 0;
    auto library = open_existing_library(options, storage::Database::Mode::read_write);
    if (!library && !options.all)
        throw Error(ErrorKind::input, options.file + " has no memory: there is no library " +
                                          app::database_file(options.database).string() + " yet.");
    if (library) {
        storage::MemoryStore memories(*library);
        removed = options.all
                      ? memories.remove_all()
                      : memories.remove_of_document(find_document(context, *library, options.file).id);
    }
    if (options.json)
        context.output.json({{"removed", removed}});
    else
        context.output.write(count_text(removed) + " removed.\n");
    return exit_code::ok;
}

int run_cache_path(Context& context) {
    const std::string file = app::database_file(context.options.database).string();
    if (context.options.json)
        context.output.json({{"database", file}});
    else
        context.output.write(file + "\n");
    return exit_code::ok;
}

} // namespace longview::cli
