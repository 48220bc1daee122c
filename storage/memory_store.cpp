#include "storage/memory_store.h"

#include <limits>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "storage/failures.h"
#include "storage/pruning.h"
#include "storage/sql.h"
#include "storage/state_codec.h"
#include "storage/state_links.h"

namespace longview::storage {

namespace {

/// The row of a sound state, with a new time of use; 0 when there is none.
std::int64_t touch(SQLite::Database& database, const Hash128& key) {
    SQLite::Statement statement(database,
                                "UPDATE memory_states SET used_at = ?2 WHERE key = ?1 AND damaged IS NULL "
                                "RETURNING id");
    bind_hash(statement, 1, key);
    statement.bind(2, now_utc());
    return statement.executeStep() ? statement.getColumn(0).getInt64() : 0;
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

/// The row and its parts; returns the row.
std::int64_t insert(SQLite::Database& database, const Hash128& key, const MemoryState& state,
                    const StateLabel& label, const Hash128& checksum) {
    SQLite::Statement statement(database, R"sql(
        INSERT INTO memory_states (key, document_id, model, numerics, layers, keys, hidden, segments, codec, checksum,
            stored_bytes, created_at, used_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?11))sql");
    bind_hash(statement, 1, key);
    statement.bind(2, label.document_id);
    statement.bind(3, label.model);
    statement.bind(4, label.numerics);
    statement.bind(5, state.layers);
    statement.bind(6, state.keys);
    statement.bind(7, state.hidden);
    statement.bind(8, state.segments);
    statement.bind(9, codec_parts_zstd);
    bind_hash(statement, 10, checksum);
    statement.bind(11, now_utc());
    statement.exec();
    const std::int64_t row = database.getLastInsertRowid();

    std::int64_t position = 0, stored = 0;
    SQLite::Statement part(database,
                           "INSERT INTO memory_parts (state_id, position, data) VALUES (?1, ?2, ?3)");
    encode_state(state, [&](std::span<const std::byte> bytes) {
        part.bind(1, row);
        part.bind(2, position++);
        part.bindNoCopy(3, bytes.data(), static_cast<int>(bytes.size()));
        part.exec();
        part.reset();
        stored += static_cast<std::int64_t>(bytes.size());
    });
    SQLite::Statement size(database, "UPDATE memory_states SET stored_bytes = ?2 WHERE id = ?1");
    size.bind(1, row);
    size.bind(2, stored);
    size.exec();
    return row;
}

struct Loaded {
    bool found = false;
    std::optional<MemoryState> state;
    std::int64_t row = 0;
    std::string title;
    std::int64_t segments = 0;
    std::string damage; ///< why there is no state
};

/// Expects an open transaction or snapshot, in which the row and its parts belong together.
Loaded read_state(SQLite::Database& database, const Hash128& key) {
    SQLite::Statement query(database, R"sql(
        SELECT s.layers, s.keys, s.hidden, s.segments, s.codec, s.checksum, s.id, d.title,
            (SELECT count(*) FROM memory_parts p WHERE p.state_id = s.id)
        FROM memory_states s LEFT JOIN documents d ON d.id = s.document_id
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
    StateDecoder decoder(key, shape, hash_of(query.getColumn(5)),
                         static_cast<std::size_t>(query.getColumn(8).getInt64()));
    SQLite::Statement parts(database, parts_in_order);
    parts.bind(1, loaded.row);
    while (parts.executeStep())
        decoder.add(bytes_of(parts.getColumn(0)));
    MemoryState state;
    loaded.damage = decoder.finish(state);
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

/// When a memory was last used, and for what, matters less than using it: a full, locked or read-only library
/// can still be read.
void try_touch(SQLite::Database& database, const Hash128& key, const StateLabel* user) {
    if (is_read_only(database))
        return;
    try {
        in_transaction(database, [&] {
            const std::int64_t row = touch(database, key);
            if (row != 0 && user != nullptr)
                link(database, row, *user);
        });
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
    record.pinned = row.getColumn(9).getInt() != 0;
    return record;
}

/// Which prefix to give up, so that those left are spread best: the one whose neighbours are closest.
/// Precondition: at least two.
std::size_t most_crowded(const std::vector<StoredPrefix>& prefixes) {
    std::size_t best = 0;
    std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i + 1 < prefixes.size(); ++i) {
        const std::int64_t gap = prefixes[i + 1].segments - (i == 0 ? 0 : prefixes[i - 1].segments);
        if (gap < narrowest) {
            narrowest = gap;
            best = i;
        }
    }
    return best;
}

std::int64_t row_of(SQLite::Database& database, const Hash128& key) {
    SQLite::Statement query(database, "SELECT id FROM memory_states WHERE key = ?1 AND damaged IS NULL");
    bind_hash(query, 1, key);
    return query.executeStep() ? query.getColumn(0).getInt64() : 0;
}

} // namespace

Pruned MemoryStore::put(const Hash128& key, const MemoryState& state, const StateLabel& label) {
    SQLite::Database& database = database_.handle();
    Pruned pruned;
    guarded(database_.file(), "Storing a memory", [&] {
        require_storable(state);
        std::optional<Hash128> checksum;
        if (!contains(database, key)) // needs no lock, so it is done before taking one
            checksum = checksum_of(key, state);
        DocumentClaims claims(database_.file());
        in_transaction(database, [&] {
            std::int64_t row = touch(database, key);
            if (row == 0) {
                if (!checksum) // removed by another process a moment ago
                    checksum = checksum_of(key, state);
                require_document(database_, label.document_id);
                row = insert(database, key, state, label, *checksum);
                pruned = prune(database, claims, budget_of(database), row);
            }
            link(database, row, label);
        });
    });
    return pruned;
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

std::vector<StoredPrefix> MemoryStore::prefixes(std::span<const Hash128> chain) {
    std::vector<StoredPrefix> found;
    guarded(database_.file(), "Looking for stored memories", [&] {
        in_snapshot(database_.handle(), [&] {
            SQLite::Statement query(database_.handle(),
                                    "SELECT created_at FROM memory_states "
                                    "WHERE key = ?1 AND segments = ?2 AND damaged IS NULL");
            for (std::size_t i = 0; i < chain.size(); ++i) {
                const auto segments = static_cast<std::int64_t>(i + 1);
                bind_hash(query, 1, chain[i]);
                query.bind(2, segments);
                if (query.executeStep())
                    found.push_back({segments, chain[i], query.getColumn(0).getString()});
                query.reset();
            }
        });
    });
    return found;
}

std::optional<MemoryState> MemoryStore::load(const Hash128& key, std::string* damaged,
                                             const StateLabel* user) {
    std::optional<MemoryState> state = take(key, damaged);
    if (state)
        guarded(database_.file(), "Loading a memory", [&] { try_touch(database_.handle(), key, user); });
    return state;
}

void MemoryStore::use(const Hash128& key, const StateLabel& user) {
    guarded(database_.file(), "Using a memory", [&] { try_touch(database_.handle(), key, &user); });
}

bool MemoryStore::verify(const Hash128& key, std::string* damaged) {
    return take(key, damaged).has_value();
}

std::optional<MemoryState> MemoryStore::take(const Hash128& key, std::string* damaged) {
    SQLite::Database& database = database_.handle();
    Loaded loaded;
    guarded(database_.file(), "Loading a memory", [&] {
        in_snapshot(database, [&] { loaded = read_state(database, key); });
        if (loaded.found && !loaded.state && !is_read_only(database))
            set_aside(database, key, loaded.row, loaded.damage);
    });
    if (damaged != nullptr && loaded.found && !loaded.state)
        *damaged = "The memory of \"" + loaded.title + "\" after segment " + std::to_string(loaded.segments) +
                   " is damaged (" + loaded.damage + ") in " + database_.file().string() +
                   "; it is not used, and what it covered must be read again.";
    return std::move(loaded.state);
}

std::vector<LabelledState> MemoryStore::of_document(std::int64_t document_id) {
    std::vector<LabelledState> states;
    guarded(database_.file(), "Listing a document's memories", [&] {
        SQLite::Statement query(database_.handle(), R"sql(
            SELECT s.key, s.segments, s.model, s.numerics, f.weights, f.config, f.tokenizer, f.segment_size
            FROM state_documents u JOIN memory_states s ON s.id = u.state_id
                LEFT JOIN fingerprints f ON f.id = s.fingerprint_id
            WHERE u.document_id = ?1 AND s.damaged IS NULL ORDER BY s.segments)sql");
        query.bind(1, document_id);
        while (query.executeStep()) {
            LabelledState& state = states.emplace_back();
            state.key = hash_of(query.getColumn(0));
            state.segments = query.getColumn(1).getInt64();
            state.label = {document_id, query.getColumn(2).getString(), query.getColumn(3).getString()};
            if (query.getColumn(4).isNull())
                continue;
            state.label.fingerprint = Fingerprint{hash_of(query.getColumn(4)), query.getColumn(5).getString(),
                                                  hash_of(query.getColumn(6)), state.label.numerics};
            state.label.segment_size = query.getColumn(7).getInt();
        }
    });
    return states;
}

std::vector<StateRecord> MemoryStore::list(std::int64_t document_id) {
    std::vector<StateRecord> records;
    guarded(database_.file(), "Listing the memories", [&] {
        SQLite::Statement query(database_.handle(), R"sql(
            SELECT s.key, s.document_id, d.title, s.segments, s.stored_bytes, s.model, s.numerics, s.created_at,
                s.used_at, EXISTS (SELECT 1 FROM state_documents p JOIN documents k ON k.id = p.document_id
                                   WHERE p.state_id = s.id AND k.pinned <> 0)
            FROM memory_states s JOIN documents d ON d.id = s.document_id
            WHERE s.damaged IS NULL AND (?1 = 0 OR EXISTS (
                SELECT 1 FROM state_documents u WHERE u.state_id = s.id AND u.document_id = ?1))
            ORDER BY s.used_at DESC, s.id DESC)sql");
        query.bind(1, document_id);
        while (query.executeStep())
            records.push_back(record_of(query));
    });
    return records;
}

std::int64_t MemoryStore::thin(std::span<const Hash128> chain, std::int64_t document_id, std::size_t most) {
    SQLite::Database& database = database_.handle();
    std::int64_t removed = 0;
    guarded(database_.file(), "Removing snapshots", [&] {
        std::vector<StoredPrefix> stored = prefixes(chain);
        if (stored.size() <= most + 1)
            return;
        in_transaction(database, [&] {
            while (stored.size() > most + 1) {
                const auto crowded = stored.begin() + static_cast<std::ptrdiff_t>(most_crowded(stored));
                const std::int64_t row = row_of(database, crowded->key);
                removed += row != 0 && unlink(database, row, document_id) ? 1 : 0;
                stored.erase(crowded);
            }
        });
    });
    return removed;
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
    SQLite::Database& database = database_.handle();
    guarded(database_.file(), "Removing a document's memories",
            [&] { in_transaction(database, [&] { removed = unlink_all(database, document_id); }); });
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
