#include "storage/conversation_store.h"

#include <array>
#include <limits>
#include <sstream>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/failures.h"
#include "storage/sql.h"

namespace longview::storage {

namespace {

StopReason stop_reason_of(const std::filesystem::path& file, const std::string& name) {
    constexpr std::array reasons{StopReason::stop_token, StopReason::max_tokens, StopReason::segment_full,
                                 StopReason::cancelled};
    for (const StopReason reason : reasons)
        if (name_of(reason) == name)
            return reason;
    fail(file, "Listing the answers", "an answer ended for the unknown reason \"" + name + "\"",
         "Restore the file from a backup, or remove the document from the library");
}

/// SQLite keeps not-a-number as NULL.
double number_of(const SQLite::Column& column) {
    return column.isNull() ? std::numeric_limits<double>::quiet_NaN() : column.getDouble();
}

bool is_known(SQLite::Database& database, std::int64_t document_id) {
    SQLite::Statement query(database, "SELECT 1 FROM documents WHERE id = ?1");
    query.bind(1, document_id);
    return query.executeStep();
}

void insert(SQLite::Database& database, std::int64_t document_id, const Exchange& exchange) {
    SQLite::Statement statement(database, R"sql(
        INSERT INTO exchanges (document_id, question, answer, asked_at, model, device, stopped_because,
            answer_tokens, document_tokens, segments_total, segments_computed, segments_reused,
            time_to_first_token_ms, tokens_per_second, total_ms, as_of, confidence)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17))sql");
    statement.bind(1, document_id);
    statement.bind(2, exchange.question);
    statement.bind(3, exchange.answer);
    statement.bind(4, exchange.asked_at);
    statement.bind(5, exchange.model);
    statement.bind(6, exchange.device);
    statement.bind(7, std::string(name_of(exchange.stopped_because)));
    statement.bind(8, exchange.answer_tokens);
    statement.bind(9, exchange.document_tokens);
    statement.bind(10, exchange.segments_total);
    statement.bind(11, exchange.segments_computed);
    statement.bind(12, exchange.segments_reused);
    statement.bind(13, exchange.time_to_first_token_ms);
    statement.bind(14, exchange.tokens_per_second);
    statement.bind(15, exchange.total_ms);
    statement.bind(16, exchange.as_of);
    if (exchange.confidence)
        statement.bind(17, *exchange.confidence);
    statement.exec();
}

void index_words(SQLite::Database& database, std::int64_t id, const Exchange& exchange) {
    SQLite::Statement statement(database,
                                "INSERT INTO exchange_words (rowid, question, answer) VALUES (?1, ?2, ?3)");
    statement.bind(1, id);
    statement.bind(2, exchange.question);
    statement.bind(3, exchange.answer);
    statement.exec();
}

void insert_mentions(SQLite::Database& database, std::int64_t id, const std::vector<Mention>& mentions) {
    SQLite::Statement statement(database, "INSERT INTO mentions VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    std::int64_t position = 0;
    for (const Mention& mention : mentions) {
        statement.bind(1, id);
        statement.bind(2, position++);
        statement.bind(3, static_cast<std::int64_t>(mention.begin));
        statement.bind(4, static_cast<std::int64_t>(mention.end));
        statement.bind(5, mention.location);
        statement.bind(6, mention.quote);
        statement.exec();
        statement.reset();
    }
}

constexpr const char* mentions_in_order =
    "SELECT begin, end, location, quote FROM mentions WHERE exchange_id = ?1 ORDER BY position";

std::vector<Mention> mentions_of(SQLite::Statement& query, std::int64_t exchange_id) {
    std::vector<Mention> mentions;
    query.bind(1, exchange_id);
    while (query.executeStep())
        mentions.push_back({size_of(query.getColumn(0)), size_of(query.getColumn(1)),
                            query.getColumn(2).getString(), query.getColumn(3).getString()});
    query.reset();
    return mentions;
}

Exchange exchange_of(const std::filesystem::path& file, SQLite::Statement& row) {
    Exchange exchange;
    exchange.question = row.getColumn(0).getString();
    exchange.answer = row.getColumn(1).getString();
    exchange.asked_at = row.getColumn(2).getString();
    exchange.model = row.getColumn(3).getString();
    exchange.device = row.getColumn(4).getString();
    exchange.stopped_because = stop_reason_of(file, row.getColumn(5).getString());
    exchange.answer_tokens = row.getColumn(6).getInt64();
    exchange.document_tokens = row.getColumn(7).getInt64();
    exchange.segments_total = row.getColumn(8).getInt64();
    exchange.segments_computed = row.getColumn(9).getInt64();
    exchange.segments_reused = row.getColumn(10).getInt64();
    exchange.time_to_first_token_ms = number_of(row.getColumn(11));
    exchange.tokens_per_second = number_of(row.getColumn(12));
    exchange.total_ms = number_of(row.getColumn(13));
    exchange.as_of = row.getColumn(14).getString();
    if (!row.getColumn(15).isNull())
        exchange.confidence = row.getColumn(15).getDouble();
    return exchange;
}

/// Each word quoted, so that nothing in it is an operator; the last one may be cut short.
std::string pattern_of(const std::string& words) {
    std::string pattern, word;
    std::istringstream stream(words);
    while (stream >> word) {
        pattern += pattern.empty() ? "\"" : " \"";
        for (const char c : word)
            pattern += c == '"' ? std::string("\"\"") : std::string(1, c);
        pattern += '"';
    }
    return pattern.empty() ? pattern : pattern + " *";
}

} // namespace

std::int64_t ConversationStore::add(std::int64_t document_id, const Exchange& exchange) {
    const std::string what = "Storing an answer";
    std::int64_t id = 0;
    guarded(database_.file(), what, [&] {
        in_transaction(database_.handle(), [&] {
            if (!is_known(database_.handle(), document_id))
                fail(database_.file(), what, "its document is not in the library", "Open the document again");
            insert(database_.handle(), document_id, exchange);
            id = database_.handle().getLastInsertRowid();
            index_words(database_.handle(), id, exchange);
            insert_mentions(database_.handle(), id, exchange.mentions);
        });
    });
    return id;
}

std::vector<Exchange> ConversationStore::list(std::int64_t document_id) {
    std::vector<Exchange> exchanges;
    guarded(database_.file(), "Listing the answers", [&] {
        in_snapshot(database_.handle(), [&] {
            SQLite::Statement mentions(database_.handle(), mentions_in_order);
            SQLite::Statement query(database_.handle(), R"sql(
                SELECT question, answer, asked_at, model, device, stopped_because, answer_tokens,
                    document_tokens, segments_total, segments_computed, segments_reused,
                    time_to_first_token_ms, tokens_per_second, total_ms, as_of, confidence, id
                FROM exchanges WHERE document_id = ?1 ORDER BY id)sql");
            query.bind(1, document_id);
            while (query.executeStep()) {
                exchanges.push_back(exchange_of(database_.file(), query));
                exchanges.back().mentions = mentions_of(mentions, query.getColumn(16).getInt64());
            }
        });
    });
    return exchanges;
}

std::vector<FoundExchange> ConversationStore::search(const std::string& words, std::int64_t limit,
                                                     std::optional<std::int64_t> document_id) {
    std::vector<FoundExchange> found;
    const std::string pattern = pattern_of(words);
    if (pattern.empty())
        return found;
    guarded(database_.file(), "Searching the answers", [&] {
        in_snapshot(database_.handle(), [&] {
            SQLite::Statement mentions(database_.handle(), mentions_in_order);
            SQLite::Statement query(database_.handle(), R"sql(
                SELECT e.question, e.answer, e.asked_at, e.model, e.device, e.stopped_because,
                    e.answer_tokens, e.document_tokens, e.segments_total, e.segments_computed,
                    e.segments_reused, e.time_to_first_token_ms, e.tokens_per_second, e.total_ms, e.as_of,
                    e.confidence, e.document_id, d.title, d.path, e.id
                FROM (SELECT rowid FROM exchange_words WHERE exchange_words MATCH ?1
                        AND (?3 IS NULL OR rowid IN (SELECT id FROM exchanges WHERE document_id = ?3))
                    ORDER BY rowid DESC LIMIT ?2) w
                    JOIN exchanges e ON e.id = w.rowid JOIN documents d ON d.id = e.document_id
                ORDER BY e.id DESC)sql");
            query.bind(1, pattern);
            query.bind(2, limit);
            if (document_id)
                query.bind(3, *document_id);
            while (query.executeStep()) {
                found.push_back({query.getColumn(16).getInt64(), query.getColumn(17).getString(),
                                 query.getColumn(18).getString(), exchange_of(database_.file(), query)});
                found.back().exchange.mentions = mentions_of(mentions, query.getColumn(19).getInt64());
            }
        });
    });
    return found;
}

std::int64_t ConversationStore::remove_of_document(std::int64_t document_id) {
    std::int64_t removed = 0;
    guarded(database_.file(), "Removing a document's answers", [&] {
        in_transaction(database_.handle(),
                       [&] { removed = remove_exchanges(database_.handle(), document_id); });
    });
    return removed;
}

std::int64_t remove_exchanges(SQLite::Database& database, std::int64_t document_id) {
    SQLite::Statement words(database, R"sql(
        INSERT INTO exchange_words (exchange_words, rowid, question, answer)
        SELECT 'delete', id, question, answer FROM exchanges WHERE document_id = ?1)sql");
    words.bind(1, document_id);
    words.exec();
    SQLite::Statement statement(database, "DELETE FROM exchanges WHERE document_id = ?1");
    statement.bind(1, document_id);
    return statement.exec();
}

} // namespace longview::storage
