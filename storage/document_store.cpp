#include "storage/document_store.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/conversation_store.h"
#include "storage/sql.h"
#include "storage/state_links.h"

namespace longview::storage {

namespace {

const std::string columns = "SELECT d.id, d.content_hash, d.path, d.title, d.bytes, d.tokens, d.added_at, "
                            "d.opened_at, d.pinned, d.extractor ";
const std::string of_documents = "FROM documents d ";

DocumentRecord record_of(SQLite::Statement& row) {
    DocumentRecord record;
    record.id = row.getColumn(0).getInt64();
    record.content_hash = row.getColumn(1).getString();
    record.path = row.getColumn(2).getString();
    record.title = row.getColumn(3).getString();
    record.bytes = row.getColumn(4).getInt64();
    record.tokens = row.getColumn(5).getInt64();
    record.added_at = row.getColumn(6).getString();
    record.opened_at = row.getColumn(7).getString();
    record.pinned = row.getColumn(8).getInt() != 0;
    record.extractor = row.getColumn(9).getString();
    if (row.getColumnCount() > 10)
        record.stamp = row.getColumn(10).getString();
    return record;
}

std::int64_t upsert(SQLite::Database& database, const DocumentRecord& record) {
    SQLite::Statement statement(database, R"sql(
        INSERT INTO documents (content_hash, path, title, bytes, tokens, added_at, opened_at, extractor)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)
        ON CONFLICT (content_hash) DO UPDATE SET path = excluded.path, title = excluded.title,
            tokens = excluded.tokens, opened_at = excluded.opened_at,
            extractor = excluded.extractor
        RETURNING id)sql");
    statement.bind(1, record.content_hash);
    statement.bind(2, record.path);
    statement.bind(3, record.title);
    statement.bind(4, record.bytes);
    statement.bind(5, record.tokens);
    statement.bind(6, now_utc());
    statement.bind(7, record.extractor);
    statement.executeStep();
    return statement.getColumn(0).getInt64();
}

/// One content may lie under several paths, and one path may hold another content tomorrow.
void remember_path(SQLite::Database& database, const std::string& path, std::int64_t id,
                   const std::string& stamp) {
    SQLite::Statement statement(database, R"sql(
        INSERT INTO document_paths (path, document_id, stamp) VALUES (?1, ?2, ?3)
        ON CONFLICT (path) DO UPDATE SET document_id = excluded.document_id, stamp = excluded.stamp)sql");
    statement.bind(1, path);
    statement.bind(2, id);
    statement.bind(3, stamp);
    statement.exec();
}

/// What holds `text`, for LIKE with a backslash as escape.
std::string like_pattern(const std::string& text) {
    std::string result(1, '%');
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\')
            result += '\\';
        result += c;
    }
    result += '%';
    return result;
}

std::optional<DocumentRecord> find_where(Database& database, const std::string& condition,
                                         const std::string& value) {
    std::optional<DocumentRecord> found;
    guarded(database.file(), "Looking up a document", [&] {
        SQLite::Statement query(database.handle(), columns + condition);
        query.bind(1, value);
        if (query.executeStep())
            found = record_of(query);
    });
    return found;
}

} // namespace

std::int64_t DocumentStore::remember(const DocumentRecord& record) {
    std::int64_t id = 0;
    guarded(database_.file(), "Remembering a document", [&] {
        in_transaction(database_.handle(), [&] {
            id = upsert(database_.handle(), record);
            if (!record.path.empty()) // imported: nobody has seen it yet
                remember_path(database_.handle(), record.path, id, record.stamp);
        });
    });
    return id;
}

std::optional<DocumentRecord> DocumentStore::find(const std::string& content_hash) {
    return find_where(database_, of_documents + "WHERE d.content_hash = ?1", content_hash);
}

std::optional<DocumentRecord> DocumentStore::find_path(const std::string& path) {
    return find_where(database_,
                      ", p.stamp " + of_documents +
                          "JOIN document_paths p ON p.document_id = d.id WHERE p.path = ?1",
                      path);
}

std::vector<DocumentRecord> DocumentStore::list(Page page) {
    std::vector<DocumentRecord> records;
    guarded(database_.file(), "Listing the documents", [&] {
        SQLite::Statement query(database_.handle(),
                                columns + of_documents +
                                    "ORDER BY d.opened_at DESC, d.id DESC LIMIT ?1 OFFSET ?2");
        query.bind(1, page.limit);
        query.bind(2, page.offset);
        while (query.executeStep())
            records.push_back(record_of(query));
    });
    return records;
}

std::vector<DocumentRecord> DocumentStore::search(const std::string& text, std::int64_t limit) {
    std::vector<DocumentRecord> records;
    guarded(database_.file(), "Searching the documents", [&] {
        // The inner query walks the index alone, newest first.
        SQLite::Statement query(database_.handle(), columns + of_documents + R"sql(WHERE d.id IN (
                SELECT id FROM documents WHERE title LIKE ?1 ESCAPE '\' OR path LIKE ?1 ESCAPE '\'
                ORDER BY opened_at DESC, id DESC LIMIT ?2)
            ORDER BY d.opened_at DESC, d.id DESC)sql");
        query.bind(1, like_pattern(text));
        query.bind(2, limit);
        while (query.executeStep())
            records.push_back(record_of(query));
    });
    return records;
}

bool DocumentStore::pin(std::int64_t id, bool pinned) {
    bool found = false;
    guarded(database_.file(), pinned ? "Pinning a document" : "Unpinning a document", [&] {
        SQLite::Statement statement(database_.handle(), "UPDATE documents SET pinned = ?2 WHERE id = ?1");
        statement.bind(1, id);
        statement.bind(2, pinned ? 1 : 0);
        found = statement.exec() > 0;
    });
    return found;
}

bool DocumentStore::remove(std::int64_t id) {
    bool removed = false;
    guarded(database_.file(), "Removing a document", [&] {
        in_transaction(database_.handle(), [&] {
            unlink_all(database_.handle(), id);
            remove_exchanges(database_.handle(), id);
            SQLite::Statement words(database_.handle(), "DELETE FROM passage_words WHERE rowid IN "
                                                        "(SELECT id FROM passages WHERE document_id = ?1)");
            words.bind(1, id);
            words.exec();
            SQLite::Statement statement(database_.handle(), "DELETE FROM documents WHERE id = ?1");
            statement.bind(1, id);
            removed = statement.exec() > 0;
        });
    });
    return removed;
}

} // namespace longview::storage
