// cache: what is stored, and the room it takes.

#include <algorithm>
#include <limits>

#include "app/cli/commands.h"
#include "app/cli/library.h"
#include "app/core/locations.h"
#include "inference/values/error.h"
#include "storage/memory_store.h"
#include "storage/memory_upkeep.h"
#include "storage/open_document.h"

namespace longview::cli {

namespace {

constexpr std::uint64_t most_bytes = std::numeric_limits<std::int64_t>::max();

std::string count_text(std::int64_t memories) {
    return grouped(memories) + (memories == 1 ? " memory" : " memories");
}

} // namespace

int run_cache_list(Context& context) {
    std::vector<storage::StateRecord> states;
    auto library = open_existing_library(context.options, storage::Database::Mode::read_only);
    if (library)
        states = storage::MemoryStore(*library).list();

    Json list = Json::array();
    std::vector<std::vector<std::string>> rows{
        {"DOCUMENT", "SEGMENTS", "SIZE", "MODEL", "LAST USED", "KEPT"}};
    std::int64_t bytes = 0;
    for (const storage::StateRecord& state : states) {
        const bool open = storage::is_open(*library, state.document_id);
        list.push_back({{"key", state.key.hex()},
                        {"document", state.document_title},
                        {"segments", state.segments},
                        {"bytes", state.stored_bytes},
                        {"model", state.model},
                        {"numerics", state.numerics},
                        {"created_at", state.created_at},
                        {"used_at", state.used_at},
                        {"pinned", state.pinned},
                        {"open", open}});
        rows.push_back({state.document_title, grouped(state.segments), human_bytes(state.stored_bytes),
                        state.model, state.used_at,
                        state.pinned ? "pinned"
                        : open       ? "open"
                                     : ""});
        bytes += state.stored_bytes;
    }
    if (context.options.json)
        context.output.json(list);
    else if (states.empty())
        context.output.write("No memory is stored.\n");
    else
        context.output.write(table(rows, false) + count_text(static_cast<std::int64_t>(states.size())) +
                             ", " + human_bytes(bytes) + " of " +
                             human_bytes(storage::MemoryUpkeep(*library).budget()) + ".\n");
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

int run_cache_budget(Context& context) {
    const Options& options = context.options;
    storage::Database library(app::database_file(options.database));
    storage::MemoryUpkeep upkeep(library);
    if (options.bytes)
        upkeep.set_budget(static_cast<std::int64_t>(std::min<std::uint64_t>(*options.bytes, most_bytes)));
    const std::int64_t budget = upkeep.budget(), used = upkeep.usage().bytes;
    if (options.json)
        context.output.json({{"budget_bytes", budget}, {"used_bytes", used}});
    else
        context.output.write(
            "Memories may take " + human_bytes(budget) + "; they take " + human_bytes(used) +
            (used > budget ? ": longview-cli cache prune removes what exceeds it.\n" : ".\n"));
    return exit_code::ok;
}

int run_cache_prune(Context& context) {
    const Options& options = context.options;
    storage::Pruned pruned;
    storage::Usage usage;
    if (auto library = open_existing_library(options, storage::Database::Mode::read_write)) {
        storage::MemoryUpkeep upkeep(*library);
        std::optional<std::int64_t> to;
        if (options.bytes)
            to = static_cast<std::int64_t>(std::min<std::uint64_t>(*options.bytes, most_bytes));
        pruned = upkeep.prune(to);
        usage = upkeep.usage();
    }
    if (options.json)
        context.output.json({{"removed", pruned.memories},
                             {"removed_bytes", pruned.bytes},
                             {"memories", usage.memories},
                             {"bytes", usage.bytes}});
    else
        context.output.write(count_text(pruned.memories) + " removed, " + human_bytes(pruned.bytes) + "; " +
                             count_text(usage.memories) + " left, " + human_bytes(usage.bytes) + ".\n");
    return exit_code::ok;
}

int run_cache_verify(Context& context) {
    storage::Verification result;
    if (auto library = open_existing_library(context.options, storage::Database::Mode::read_write))
        result = storage::MemoryUpkeep(*library).verify(
            [&](std::int64_t, std::int64_t) { return !context.interrupt.requested(); });
    if (context.options.json) {
        context.output.json({{"sound", result.sound},
                             {"damaged", result.damaged},
                             {"set_aside_before", result.set_aside},
                             {"file_problems", result.structure}});
    } else {
        std::string text;
        for (const std::string& sentence : result.set_aside)
            text += sentence + "\n";
        for (const std::string& sentence : result.damaged)
            text += sentence + "\n";
        for (const std::string& problem : result.structure)
            text += "The library's file is damaged: " + problem + ".\n";
        context.output.write(text + count_text(result.sound) + " sound, " +
                             grouped(static_cast<std::int64_t>(result.damaged.size())) + " damaged.\n");
    }
    return result.good() ? exit_code::ok : exit_code::storage;
}

int run_cache_vacuum(Context& context) {
    storage::Usage before, after;
    if (auto library = open_existing_library(context.options, storage::Database::Mode::read_write)) {
        storage::MemoryUpkeep upkeep(*library);
        before = upkeep.usage();
        upkeep.vacuum();
        after = upkeep.usage();
    }
    if (context.options.json)
        context.output.json({{"bytes_before", before.file_bytes}, {"bytes", after.file_bytes}});
    else
        context.output.write("The library took " + human_bytes(before.file_bytes) + " and takes " +
                             human_bytes(after.file_bytes) + " now.\n");
    return exit_code::ok;
}

int run_cache_pin(Context& context, bool pinned) {
    const Options& options = context.options;
    storage::Database library(app::database_file(options.database));
    const storage::DocumentRecord document = find_document(context, library, options.file);
    storage::DocumentStore(library).pin(document.id, pinned);
    if (options.json)
        context.output.json({{"document", document.title}, {"pinned", pinned}});
    else
        context.output.write(document.title + (pinned ? " is pinned: its memories are never pruned.\n"
                                                      : " is not pinned any more.\n"));
    return exit_code::ok;
}

} // namespace longview::cli
