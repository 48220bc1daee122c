#include "storage/state_links.h"

#include <algorithm>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

namespace longview::storage {

namespace {

std::int64_t fingerprint_id(SQLite::Database& database, const StateLabel& label) {
    const Hash128 root = label.fingerprint->root();
    SQLite::Statement known(database, "SELECT id FROM fingerprints WHERE root = ?1");
    bind_hash(known, 1, root);
    if (known.executeStep())
        return known.getColumn(0).getInt64();
    SQLite::Statement insert(database, R"sql(
        INSERT INTO fingerprints (root, weights, config, tokenizer, numerics, segment_size)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6))sql");
    bind_hash(insert, 1, root);
    bind_hash(insert, 2, label.fingerprint->weights);
    insert.bind(3, label.fingerprint->config);
    bind_hash(insert, 4, label.fingerprint->tokenizer);
    insert.bind(5, label.fingerprint->numerics);
    insert.bind(6, label.segment_size);
    insert.exec();
    return database.getLastInsertRowid();
}

} // namespace

void bind_hash(SQLite::Statement& statement, int index, const Hash128& hash) {
    statement.bind(index, hash.bytes.data(), static_cast<int>(hash.bytes.size()));
}

Hash128 hash_of(const SQLite::Column& column) {
    Hash128 hash;
    const auto* bytes = static_cast<const std::uint8_t*>(column.getBlob());
    if (bytes != nullptr && static_cast<std::size_t>(column.getBytes()) == hash.bytes.size())
        std::copy_n(bytes, hash.bytes.size(), hash.bytes.begin());
    return hash;
}

std::span<const std::byte> bytes_of(const SQLite::Column& column) {
    return {static_cast<const std::byte*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

void link(SQLite::Database& database, std::int64_t state, const StateLabel& label) {
    SQLite::Statement use(database, "INSERT OR IGNORE INTO state_documents (document_id, state_id) "
                                    "SELECT id, ?2 FROM documents WHERE id = ?1");
    use.bind(1, label.document_id);
    use.bind(2, state);
    use.exec();
    if (!label.fingerprint)
        return;
    SQLite::Statement unknown(database,
                              "SELECT 1 FROM memory_states WHERE id = ?1 AND fingerprint_id IS NULL");
    unknown.bind(1, state);
    if (!unknown.executeStep())
        return;
    SQLite::Statement note(database, "UPDATE memory_states SET fingerprint_id = ?2 WHERE id = ?1");
    note.bind(1, state);
    note.bind(2, fingerprint_id(database, label));
    note.exec();
}

bool unlink(SQLite::Database& database, std::int64_t state, std::int64_t document) {
    SQLite::Statement stop(database, "DELETE FROM state_documents WHERE document_id = ?1 AND state_id = ?2");
    stop.bind(1, document);
    stop.bind(2, state);
    stop.exec();
    SQLite::Statement remove(database, "DELETE FROM memory_states WHERE id = ?1 AND NOT EXISTS "
                                       "(SELECT 1 FROM state_documents WHERE state_id = ?1)");
    remove.bind(1, state);
    if (remove.exec() > 0)
        return true;
    SQLite::Statement hand_on(database, R"sql(
        UPDATE memory_states SET document_id = (SELECT min(document_id) FROM state_documents WHERE state_id = ?1)
        WHERE id = ?1 AND document_id = ?2)sql");
    hand_on.bind(1, state);
    hand_on.bind(2, document);
    hand_on.exec();
    return false;
}

std::int64_t unlink_all(SQLite::Database& database, std::int64_t document) {
    std::vector<std::int64_t> states;
    SQLite::Statement used(database, "SELECT state_id FROM state_documents WHERE document_id = ?1");
    used.bind(1, document);
    while (used.executeStep())
        states.push_back(used.getColumn(0).getInt64());
    return std::count_if(states.begin(), states.end(),
                         [&](std::int64_t state) { return unlink(database, state, document); });
}

} // namespace longview::storage
