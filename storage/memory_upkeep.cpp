#include "storage/memory_upkeep.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/open_document.h"
#include "storage/pruning.h"
#include "storage/sql.h"
#include "storage/state_links.h"

namespace longview::storage {

namespace {

std::vector<std::string> texts_of(SQLite::Database& database, const char* statement) {
    std::vector<std::string> texts;
    SQLite::Statement query(database, statement);
    while (query.executeStep())
        texts.push_back(query.getColumn(0).getString());
    return texts;
}

std::vector<Hash128> sound_keys(SQLite::Database& database) {
    std::vector<Hash128> keys;
    SQLite::Statement query(database, "SELECT key FROM memory_states WHERE damaged IS NULL ORDER BY id");
    while (query.executeStep())
        keys.push_back(hash_of(query.getColumn(0)));
    return keys;
}

std::vector<std::string> structure_of(SQLite::Database& database) {
    std::vector<std::string> problems = texts_of(database, "PRAGMA integrity_check(20)");
    if (problems.size() == 1 && problems.front() == "ok")
        problems.clear();
    for (const std::string& table :
         texts_of(database, "SELECT DISTINCT \"table\" FROM pragma_foreign_key_check"))
        problems.push_back("rows of " + table + " belong to nothing");
    return problems;
}

} // namespace

Usage MemoryUpkeep::usage() {
    Usage usage;
    guarded(database_.file(), "Measuring the library", [&] {
        SQLite::Database& database = database_.handle();
        in_snapshot(database, [&] {
            SQLite::Statement query(database, R"sql(
                SELECT count(*), coalesce(sum(stored_bytes), 0), count(damaged),
                    coalesce(sum(stored_bytes) FILTER (WHERE damaged IS NOT NULL), 0) FROM memory_states)sql");
            query.executeStep();
            const std::int64_t page = integer_of(database, "PRAGMA page_size");
            usage = {query.getColumn(0).getInt64(),
                     query.getColumn(1).getInt64(),
                     query.getColumn(2).getInt64(),
                     query.getColumn(3).getInt64(),
                     page * integer_of(database, "PRAGMA page_count"),
                     page * integer_of(database, "PRAGMA freelist_count")};
        });
    });
    return usage;
}

std::int64_t MemoryUpkeep::budget() {
    std::int64_t bytes = 0;
    guarded(database_.file(), "Looking up the budget", [&] { bytes = budget_of(database_.handle()); });
    return bytes;
}

void MemoryUpkeep::set_budget(std::int64_t bytes) {
    guarded(database_.file(), "Setting the budget", [&] {
        SQLite::Statement statement(database_.handle(), R"sql(
            INSERT INTO settings (name, value) VALUES ('memory_budget', ?1)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value)sql");
        statement.bind(1, bytes);
        statement.exec();
    });
}

Pruned MemoryUpkeep::prune(std::optional<std::int64_t> bytes) {
    Pruned pruned;
    guarded(database_.file(), "Pruning the memories", [&] {
        SQLite::Database& database = database_.handle();
        DocumentClaims claims(database_.file());
        in_transaction(database, [&] {
            pruned = storage::prune(database, claims, bytes ? *bytes : budget_of(database), 0);
        });
    });
    return pruned;
}

Verification MemoryUpkeep::verify(const std::function<bool(std::int64_t, std::int64_t)>& go_on) {
    Verification result;
    guarded(database_.file(), "Verifying the library", [&] {
        SQLite::Database& database = database_.handle();
        result.set_aside = texts_of(database, R"sql(
            SELECT 'The memory of "' || d.title || '" after segment ' || s.segments ||
                ' was set aside before (' || s.damaged || ').'
            FROM memory_states s JOIN documents d ON d.id = s.document_id WHERE s.damaged IS NOT NULL)sql");
        result.structure = structure_of(database);
        MemoryStore memories(database_);
        const std::vector<Hash128> keys = sound_keys(database);
        std::int64_t done = 0;
        for (const Hash128& key : keys) {
            std::string damaged;
            if (memories.verify(key, &damaged))
                ++result.sound;
            else if (!damaged.empty()) // otherwise another process removed it
                result.damaged.push_back(damaged);
            if (go_on && !go_on(++done, static_cast<std::int64_t>(keys.size())))
                break;
        }
    });
    return result;
}

void MemoryUpkeep::vacuum() {
    guarded(database_.file(), "Compacting the library", [&] {
        database_.handle().exec("VACUUM");
        SQLite::Statement checkpoint(database_.handle(), "PRAGMA wal_checkpoint(TRUNCATE)");
        checkpoint.executeStep();
    });
}

} // namespace longview::storage
