// Memories between the library and files.

#include <SQLiteCpp/SQLiteCpp.h>

#include "inference/values/error.h"
#include "storage/failures.h"
#include "storage/memory_file.h"
#include "storage/memory_store.h"
#include "storage/sql.h"
#include "storage/state_codec.h"
#include "storage/state_links.h"

namespace longview::storage {

namespace {

MemoryFile memory_of(Database& database, SQLite::Statement& row, const Hash128& key) {
    if (row.getColumn(5).isNull())
        throw Error(
            ErrorKind::input,
            "The memory of " + row.getColumn(0).getString() + " in " + database.file().string() +
                " was stored by an older Longview that did not note what computed it; ask the document "
                "something once, then export it.");
    MemoryFile memory;
    memory.title = row.getColumn(0).getString();
    memory.content_hash = row.getColumn(1).getString();
    memory.document_bytes = row.getColumn(2).getInt64();
    memory.document_tokens = row.getColumn(3).getInt64();
    memory.model = row.getColumn(4).getString();
    memory.fingerprint = {hash_of(row.getColumn(5)), row.getColumn(6).getString(), hash_of(row.getColumn(7)),
                          row.getColumn(8).getString()};
    memory.segment_size = row.getColumn(9).getInt64();
    memory.key = key;
    memory.layers = row.getColumn(10).getInt64();
    memory.keys = row.getColumn(11).getInt64();
    memory.hidden = row.getColumn(12).getInt64();
    memory.segments = row.getColumn(13).getInt64();
    memory.codec = row.getColumn(14).getInt64();
    memory.checksum = hash_of(row.getColumn(15));
    SQLite::Statement parts(database.handle(), parts_in_order);
    parts.bind(1, row.getColumn(16).getInt64());
    while (parts.executeStep()) {
        const auto bytes = bytes_of(parts.getColumn(0));
        memory.data.insert(memory.data.end(), bytes.begin(), bytes.end());
    }
    return memory;
}

std::int64_t document_of(Database& database, const MemoryFile& memory) {
    DocumentStore documents(database);
    if (const auto known = documents.find(memory.content_hash))
        return known->id;
    DocumentRecord record;
    record.content_hash = memory.content_hash;
    record.title = memory.title;
    record.bytes = memory.document_bytes;
    record.tokens = memory.document_tokens;
    return documents.remember(record);
}

} // namespace

MemoryFile export_memory(Database& database, const Hash128& key) {
    std::string damaged;
    if (!MemoryStore(database).verify(key, &damaged))
        throw Error(ErrorKind::storage, damaged.empty()
                                            ? "The memory is no longer in " + database.file().string() +
                                                  "; read the document again."
                                            : damaged);
    MemoryFile memory;
    const auto take = [&] {
        SQLite::Statement query(database.handle(), R"sql(
            SELECT d.title, d.content_hash, d.bytes, d.tokens, s.model, f.weights, f.config, f.tokenizer,
                f.numerics, f.segment_size, s.layers, s.keys, s.hidden, s.segments, s.codec, s.checksum, s.id
            FROM memory_states s JOIN documents d ON d.id = s.document_id
                LEFT JOIN fingerprints f ON f.id = s.fingerprint_id
            WHERE s.key = ?1 AND s.damaged IS NULL)sql");
        bind_hash(query, 1, key);
        if (!query.executeStep())
            fail(database.file(), "Exporting a memory", "another process removed it",
                 "Read the document again");
        memory = memory_of(database, query, key);
    };
    guarded(database.file(), "Exporting a memory", [&] { in_snapshot(database.handle(), take); });
    return memory;
}

std::int64_t import_memory(Database& database, const MemoryFile& memory) {
    MemoryState state;
    const std::string damage =
        decode_state(memory.key, {memory.layers, memory.keys, memory.hidden, memory.segments, memory.codec},
                     memory.checksum, memory.data, state);
    if (!damage.empty())
        fail(database.file(), "Importing a memory", damage, "Copy or export it again");
    std::int64_t id = 0;
    database.transaction([&] {
        id = document_of(database, memory);
        MemoryStore(database).put(memory.key, state,
                                  {id, memory.model, memory.fingerprint.numerics, memory.fingerprint,
                                   static_cast<int>(memory.segment_size)});
    });
    return id;
}

} // namespace longview::storage
