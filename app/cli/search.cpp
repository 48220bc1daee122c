// search: words in the documents of the library, or in what was asked about them.

#include <unistd.h>

#include "app/cli/commands.h"
#include "app/cli/library.h"
#include "app/core/locations.h"
#include "inference/values/error.h"
#include "storage/conversation_store.h"
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

Json json_of(const storage::FoundExchange& found) {
    const Exchange& exchange = found.exchange;
    return {
        {"document", found.document_path}, {"title", found.document_title},
        {"question", exchange.question},   {"answer", exchange.answer},
        {"asked_at", exchange.asked_at},   {"as_of", exchange.as_of.empty() ? Json() : Json(exchange.as_of)},
        {"model", exchange.model}};
}

std::string text_of(const storage::FoundExchange& found) {
    const Exchange& exchange = found.exchange;
    return found.document_title + ", " + exchange.asked_at +
           (exchange.as_of.empty() ? "" : ", as of " + exchange.as_of) + "\n    " + exchange.question +
           "\n    " + exchange.answer + "\n";
}

std::string text_of(const storage::SearchHit& hit) {
    return hit.title + ", " + hit.location + "\n    " + marked(hit, isatty(STDOUT_FILENO) == 1) + "\n";
}

template <class Hit>
void print(Context& context, const std::vector<Hit>& hits, const char* nothing) {
    Json list = Json::array();
    std::string text;
    for (const Hit& hit : hits) {
        list.push_back(json_of(hit));
        text += text_of(hit);
    }
    if (context.options.json)
        context.output.json(list);
    else
        context.output.write(hits.empty() ? nothing : text);
}

} // namespace

int run_search(Context& context) {
    const Options& options = context.options;
    std::vector<storage::SearchHit> passages;
    std::vector<storage::FoundExchange> exchanges;
    if (auto library = open_existing_library(options, storage::Database::Mode::read_only)) {
        std::optional<std::int64_t> document;
        if (!options.file.empty())
            document = find_document(context, *library, options.file).id;
        if (options.answers)
            exchanges =
                storage::ConversationStore(*library).search(options.question, options.limit, document);
        else
            passages = storage::SourceStore(*library).search(options.question, document, options.limit);
    } else if (!options.file.empty()) {
        throw Error(ErrorKind::input, options.file + " is not in the library: there is no library " +
                                          app::database_file(options.database).string() + " yet.");
    }
    if (options.answers)
        print(context, exchanges, "Nothing was found in the questions and answers of the library.\n");
    else
        print(context, passages, "Nothing was found in the documents of the library.\n");
    return exit_code::ok;
}

} // namespace longview::cli
