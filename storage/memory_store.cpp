#include "storage/memory_store.h"

#include <algorithm>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "storage/failures.h"
#include "storage/sql.h"
#include "storage/state_codec.h"

namespace longview::storage {

namespace {

void bind_hash(SQLite::Statement& statement, int index, const Hash128& hash) {
    statement.bind(index, hash.bytes.data(), static_cast<int>(hash.bytes.size()));
}

/// All zero when the column does not hold 16 bytes; no checksum and no key of ours is that.
Hash128 hash_of(const SQLite::Column& column) {
    Hash128 hash;
    const auto* bytes = static_cast<const std::uint8_t*>(column.getBlob());
    if (bytes != nullptr && static_cast<std::size_t>(column.getBytes()) == hash.bytes.size())
        std::copy_n(bytes, hash.bytes.size(), hash.bytes.begin());
    return hash;
}

/// True when the state is there.
bool touch(SQLite::Database& database, const Hash128& key) {
    SQLite::Statement statement(database,
                                "UPDATE memory_states SET used_at = ?2 WHERE key = ?1 AND damaged IS NULL");
    bind_hash(statement, 1, key);
    statement.bind(2, now_utc());
    return statement.exec() > 0;
}

bool contains(SQLite::Database& database, const Hash128& key) {
    SQLite::Statement query(database, "SELECT 1 FROM memory_states WHERE key = ?1 AND damaged IS NULL");
    bind_hash(query, 1, key);
    return query.executeStep();
}

void require_document(Database& database, std::int64_t id) {
    SQLite::Statement query(database.handle(), "SELECT 1 FROM documents WHERE id = ?1");
    query.bind(1, id);
    if (!query.executeStep())
        fail(database.file(), "Storing a memory", "its document is not in the library",
             "Open the document again");
}

void insert_row(SQLite::Database& database, const Hash128& key, const MemoryState& state,
                const StateLabel& label, const EncodedState& encoded) {
    SQLite::Statement statement(database, R"sql(
        INSERT INTO memory_states (key, document_id, model, numerics, layers, keys, hidden, segments, codec, checksum,
            stored_bytes, created_at, used_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12))sql");
    bind_hash(statement, 1, key);
    statement.bind(2, label.document_id);
    statement.bind(3, label.model);
    statement.bind(4, label.numerics);
    statement.bind(5, state.layers);
    statement.bind(6, state.keys);
    statement.bind(7, state.hidden);
    statement.bind(8, state.segments);
    statement.bind(9, codec_shuffled_zstd);
    bind_hash(statement, 10, encoded.checksum);
    statement.bind(11, static_cast<std::int64_t>(encoded.data.size()));
    statement.bind(12, now_utc());
    statement.exec();
}

void insert_blob(SQLite::Database& database, std::int64_t state_id, const EncodedState& encoded) {
    const int limit = sqlite3_limit(database.getHandle(), SQLITE_LIMIT_LENGTH, -1);
    if (encoded.data.size() > static_cast<std::size_t>(limit))
        throw SQLite::Exception("the memory is too large", SQLITE_TOOBIG);
    SQLite::Statement statement(database, "INSERT INTO memory_blobs (state_id, data) VALUES (?1, ?2)");
    statement.bind(1, state_id);
    statement.bindNoCopy(2, encoded.data.data(), static_cast<int>(encoded.data.size()));
    statement.exec();
}

struct Loaded {
    bool found = false;
    std::optional<MemoryState> state;
    std::int64_t row = 0;
    std::string title;
    std::int64_t segments = 0;
    std::string damage; ///< why there is no state
};

Loaded read_state(SQLite::Database& database, const Hash128& key) {
    SQLite::Statement query(database, R"sql(
        SELECT s.layers, s.keys, s.hidden, s.segments, s.codec, s.checksum, s.id, d.title, b.data
        FROM memory_states s
        LEFT JOIN documents d ON d.id = s.document_id
        LEFT JOIN memory_blobs b ON b.state_id = s.id
        WHERE s.key = ?1 AND s.damaged IS NULL)sql");
    bind_hash(query, 1, key);
    Loaded loaded;
    loaded.found = query.executeStep();
    if (!loaded.found)
        return loaded;
    const StateShape shape{query.getColumn(0).getInt64(), query.getColumn(1).getInt64(),
                           query.getColumn(2).getInt64(), query.getColumn(3).getInt64(),
                           query.getColumn(4).getInt64()};
    loaded.segments = shape.segments;
    loaded.row = query.getColumn(6).getInt64();
    loaded.title = query.getColumn(7).getString();
    const SQLite::Column data = query.getColumn(8);
    const std::span blob(static_cast<const std::byte*>(data.getBlob()),
                         static_cast<std::size_t>(data.getBytes()));
    MemoryState state;
    loaded.damage = decode_state(key, shape, hash_of(query.getColumn(5)), blob, state);
    if (loaded.damage.empty())
        loaded.state = std::move(state);
    return loaded;
}

/// The newest damaged state of a key is evidence enough: an older one makes room.
void set_aside(SQLite::Database& database, const Hash128& key, std::int64_t row, const std::string& damage) {
    in_transaction(database, [&] {
        SQLite::Statement older(database, "DELETE FROM memory_states WHERE key = ?1 AND damaged IS NOT NULL");
        bind_hash(older, 1, key);
        older.exec();
        SQLite::Statement mark(database, "UPDATE memory_states SET damaged = ?2 WHERE id = ?1");
        mark.bind(1, row);
        mark.bind(2, damage);
        mark.exec();
    });
}

/// When a memory was last used matters less than using it: a full, locked or read-only library can still be
/// read.
void try_touch(SQLite::Database& database, const Hash128& key) {
    if (is_read_only(database))
        return;
    try {
        touch(database, key);
    } catch (const SQLite::Exception& error) {
        const int code = error.getErrorCode() & 0xff;
        if (code != SQLITE_FULL && code != SQLITE_BUSY && code != SQLITE_READONLY)
            throw;
    }
}

StateRecord record_of(SQLite::Statement& row) {
    StateRecord record;
    record.key = hash_of(row.getColumn(0));
    record.document_id = row.getColumn(1).getInt64();
    record.document_title = row.getColumn(2).getString();
    record.segments = row.getColumn(3).getInt64();
    record.stored_bytes = row.getColumn(4).getInt64();
    record.model = row.getColumn(5).getString();
    record.numerics = row.getColumn(6).getString();
    record.created_at = row.getColumn(7).getString();
    record.used_at = row.getColumn(8).getString();
    return record;
}

} // namespace

void MemoryStore::put(const Hash128& key, const MemoryState& state, const StateLabel& label) {
    SQLite::Database& database = database_.handle();
    guarded(database_.file(), "Storing a memory", [&] {
        std::optional<EncodedState> encoded;
        if (!contains(database, key)) // compressing needs no lock, so it is done before taking one
            encoded = encode_state(key, state);
        in_transaction(database, [&] {
            if (touch(database, key))
                return;
            if (!encoded) // removed by another process a moment ago
                encoded = encode_state(key, state);
            require_document(database_, label.document_id);
            insert_row(database, key, state, label, *encoded);
            insert_blob(database, database.getLastInsertRowid(), *encoded);
        });
    });
}

std::int64_t MemoryStore::longest_prefix(std::span<const Hash128> chain) {
    std::int64_t longest = 0;
    guarded(database_.file(), "Looking for a stored memory", [&] {
        // One snapshot, so that a chain of thousands takes the read lock once.
        in_snapshot(database_.handle(), [&] {
            SQLite::Statement query(
                database_.handle(),
                "SELECT 1 FROM memory_states WHERE key = ?1 AND segments = ?2 AND damaged IS NULL");
            for (auto length = static_cast<std::int64_t>(chain.size()); length > 0 && longest == 0;
                 --length) {
                bind_hash(query, 1, chain[static_cast<std::size_t>(length - 1)]);
                query.bind(2, length);
                if (query.executeStep())
                    longest = length;
                query.reset();
            }
        });
    });
    return longest;
}

std::optional<MemoryState> MemoryStore::load(const Hash128& key, std::string* damaged) {
    SQLite::Database& database = database_.handle();
    Loaded loaded;
    guarded(database_.file(), "Loading a memory", [&] {
        loaded = read_state(database, key);
        if (loaded.state)
            try_touch(database, key);
        else if (loaded.found && !is_read_only(database))
            set_aside(database, key, loaded.row, loaded.damage);
    });
    if (damaged != nullptr && loaded.found && !loaded.state)
        *damaged = "The memory of \"" + loaded.title + "\" after segment " + std::to_string(loaded.segments) +
                   " is damaged (" + loaded.damage + ") in " + database_.file().string() +
                   "; it is not used, and what it covered must be read again.";
    return std::move(loaded.state);
}

std::vector<StateRecord> MemoryStore::of_document(std::int64_t document_id) {
    std::vector<StateRecord> records;
    guarded(database_.file(), "Listing a document's memories", [&] {
        SQLite::Statement query(database_.handle(), R"sql(
            SELECT s.key, s.document_id, d.title, s.segments, s.stored_bytes, s.model, s.numerics, s.created_at,
                s.used_at
            FROM memory_states s JOIN documents d ON d.id = s.document_id
            WHERE s.document_id = ?1 AND s.damaged IS NULL ORDER BY s.segments)sql");
        query.bind(1, document_id);
        while (query.executeStep())
            records.push_back(record_of(query));
    });
    return records;
}

std::vector<StateRecord> MemoryStore::list() {
    std::vector<StateRecord> records;
    guarded(database_.file(), "Listing the memories", [&] {
        SQLite::Statement query(database_.handle(), R"sql(
            SELECT s.key, s.document_id, d.title, s.segments, s.stored_bytes, s.model, s.numerics, s.created_at,
                s.used_at
            FROM memory_states s JOIN documents d ON d.id = s.document_id
            WHERE s.damaged IS NULL ORDER BY s.used_at DESC, s.id DESC)sql");
        while (query.executeStep())
            records.push_back(record_of(query));
    });
    return records;
}

bool MemoryStore::remove(const Hash128& key) {
    bool removed = false;
    guarded(database_.file(), "Removing a memory", [&] {
        SQLite::Statement statement(database_.handle(), "DELETE FROM memory_states WHERE key = ?1");
        bind_hash(statement, 1, key);
        removed = statement.exec() > 0;
    });
    return removed;
}

std::int64_t MemoryStore::remove_of_document(std::int64_t document_id) {
    std::int64_t removed = 0;
    guarded(database_.file(), "Removing a document's memories", [&] {
        SQLite::Statement statement(database_.handle(), "DELETE FROM memory_states WHERE document_id = ?1");
        statement.bind(1, document_id);
        removed = statement.exec();
    });
    return removed;
}

std::int64_t MemoryStore::remove_all() {
    std::int64_t removed = 0;
    guarded(database_.file(), "Removing all memories", [&] {
        SQLite::Statement statement(database_.handle(), "DELETE FROM memory_states");
        removed = statement.exec();
    });
    return removed;
}

} // namespace longview::storage
