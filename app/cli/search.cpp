// search: words in the documents of the library.

#include <unistd.h>

#include "app/cli/commands.h"
#include "app/cli/library.h"
#include "app/core/locations.h"
#include "inference/values/error.h"
#include "storage/source_store.h"

namespace longview::cli {

namespace {

Json json_of(const storage::SearchHit& hit) {
    Json matches = Json::array();
    for (const auto& [begin, end] : hit.matches)
        matches.push_back({begin, end});
    return {{"document", hit.path}, {"title", hit.title}, {"location", hit.location},
            {"begin", hit.begin},   {"end", hit.end},     {"snippet", hit.snippet},
            {"matches", matches}};
}

/// What matched in bold on a terminal.
std::string marked(const storage::SearchHit& hit, bool terminal) {
    std::string text;
    std::size_t at = 0;
    for (const auto& [begin, end] : hit.matches) {
        text += hit.snippet.substr(at, begin - at) + (terminal ? "\033[1m" : "") +
                hit.snippet.substr(begin, end - begin) + (terminal ? "\033[0m" : "");
        at = end;
    }
    return text + hit.snippet.substr(at);
}

} // namespace

int run_search(Context& context) {
    const Options& options = context.options;
    std::vector<storage::SearchHit> hits;
    if (auto library = open_existing_library(options, storage::Database::Mode::read_only)) {
        std::optional<std::int64_t> document;
        if (!options.file.empty())
            document = find_document(context, *library, options.file).id;
        hits = storage::SourceStore(*library).search(options.question, document, options.limit);
    } else if (!options.file.empty()) {
        throw Error(ErrorKind::input, options.file + " is not in the library: there is no library " +
                                          app::database_file(options.database).string() + " yet.");
    }
    Json list = Json::array();
    std::string text;
    const bool terminal = isatty(STDOUT_FILENO) == 1;
    for (const storage::SearchHit& hit : hits) {
        list.push_back(json_of(hit));
        text += hit.title + ", " + hit.location + "\n    " + marked(hit, terminal) + "\n";
    }
    if (options.json)
        context.output.json(list);
    else
        context.output.write(hits.empty() ? "Nothing was found in the documents of the library.\n" : text);
    return exit_code::ok;
}

} // namespace longview::cli
