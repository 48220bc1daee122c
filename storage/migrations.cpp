#include "storage/migrations.h"

#include <array>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/sql.h"

namespace longview::storage {

namespace {

// Blobs have a table of their own: SQLite rewrites a whole row when one column changes, and used_at changes
// with every use. A damaged state keeps its row; it gives its key free because the unique index covers sound
// states only.
constexpr Migration first_schema = R"sql(
CREATE TABLE documents (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    content_hash TEXT NOT NULL UNIQUE,
    path         TEXT NOT NULL,
    title        TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    tokens       INTEGER NOT NULL,
    added_at     TEXT NOT NULL,
    opened_at    TEXT NOT NULL
) STRICT;
CREATE INDEX documents_by_use ON documents (opened_at);

CREATE TABLE document_paths (
    path        TEXT PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX document_paths_by_document ON document_paths (document_id);

CREATE TABLE exchanges (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id            INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    question               TEXT NOT NULL,
    answer                 TEXT NOT NULL,
    asked_at               TEXT NOT NULL,
    model                  TEXT NOT NULL,
    device                 TEXT NOT NULL,
    stopped_because        TEXT NOT NULL,
    answer_tokens          INTEGER NOT NULL,
    document_tokens        INTEGER NOT NULL,
    segments_total         INTEGER NOT NULL,
    segments_computed      INTEGER NOT NULL,
    segments_reused        INTEGER NOT NULL,
    time_to_first_token_ms REAL, -- NULL is not-a-number
    tokens_per_second      REAL,
    total_ms               REAL
) STRICT;
CREATE INDEX exchanges_by_document ON exchanges (document_id, id);

CREATE TABLE memory_states (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    key          BLOB NOT NULL, -- h_s of the chain
    document_id  INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    model        TEXT NOT NULL,
    numerics     TEXT NOT NULL,
    layers       INTEGER NOT NULL,
    keys         INTEGER NOT NULL,
    hidden       INTEGER NOT NULL,
    segments     INTEGER NOT NULL,
    codec        INTEGER NOT NULL,
    checksum     BLOB NOT NULL,
    stored_bytes INTEGER NOT NULL,
    created_at   TEXT NOT NULL,
    used_at      TEXT NOT NULL,
    damaged      TEXT -- why it was set aside; NULL: sound
) STRICT;
CREATE UNIQUE INDEX memory_states_by_key ON memory_states (key) WHERE damaged IS NULL;
CREATE INDEX memory_states_by_document ON memory_states (document_id);
CREATE INDEX memory_states_by_use ON memory_states (used_at);

CREATE TABLE memory_blobs (
    state_id INTEGER PRIMARY KEY REFERENCES memory_states (id) ON DELETE CASCADE,
    data     BLOB NOT NULL
) STRICT;
)sql";

// A state belongs to every document that used it, so that forgetting one of two editions leaves the other
// what they share; memory_states.document_id stays one of them. What computed a state is kept in the parts of
// h0, so that a memory that is handed on can say which part does not match. States of the first schema have
// no fingerprint until they are used again. A state lies in parts, so that compressing and writing go on at
// the same time and nothing needs 50 MB in one piece. The words of the exchanges are kept up by
// ConversationStore: SQLite allows no trigger to write them where the schema is not trusted.
constexpr Migration second_schema = R"sql(
ALTER TABLE documents ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
DROP INDEX documents_by_use;
CREATE INDEX documents_by_use ON documents (opened_at, id, title, path); -- all that a search looks at

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE fingerprints (
    id           INTEGER PRIMARY KEY,
    root         BLOB NOT NULL UNIQUE, -- h_0 of the chain
    weights      BLOB NOT NULL,
    config       TEXT NOT NULL,
    tokenizer    BLOB NOT NULL,
    numerics     TEXT NOT NULL,
    segment_size INTEGER NOT NULL
) STRICT;
ALTER TABLE memory_states ADD COLUMN fingerprint_id INTEGER REFERENCES fingerprints (id);

CREATE TABLE memory_parts (
    id       INTEGER PRIMARY KEY,
    state_id INTEGER NOT NULL REFERENCES memory_states (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    data     BLOB NOT NULL
) STRICT;
INSERT INTO memory_parts (state_id, position, data) SELECT state_id, 0, data FROM memory_blobs;
DROP TABLE memory_blobs;
CREATE UNIQUE INDEX memory_parts_by_state ON memory_parts (state_id, position);

CREATE TABLE state_documents (
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    state_id    INTEGER NOT NULL REFERENCES memory_states (id) ON DELETE CASCADE,
    PRIMARY KEY (document_id, state_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX state_documents_by_state ON state_documents (state_id);
INSERT INTO state_documents SELECT document_id, id FROM memory_states;

CREATE VIRTUAL TABLE exchange_words USING fts5 (
    question, answer, content = 'exchanges', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO exchange_words (exchange_words) VALUES ('rebuild');
)sql";

// The point up to which the document was known; empty: to its end.
constexpr Migration third_schema = R"sql(
ALTER TABLE exchanges ADD COLUMN as_of TEXT NOT NULL DEFAULT '';
)sql";

// The extracted text and where it came from. The words lie in an index of their own, whose rows go together
// with those of passages (see source_store.cpp): foreign keys do not reach into it. A step's number is its
// place in the list below.
constexpr Migration sources_schema = R"sql(
ALTER TABLE documents ADD COLUMN extractor TEXT NOT NULL DEFAULT '';
ALTER TABLE document_paths ADD COLUMN stamp TEXT NOT NULL DEFAULT '';

CREATE TABLE sections (
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    title       TEXT NOT NULL,
    level       INTEGER NOT NULL,
    begin       INTEGER NOT NULL, -- byte of the extracted text
    first_line  INTEGER NOT NULL,
    PRIMARY KEY (document_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE passages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    begin       INTEGER NOT NULL, -- byte of the extracted text
    line        INTEGER NOT NULL  -- 1-based, of its first byte
) STRICT;
CREATE INDEX passages_by_document ON passages (document_id, begin);
CREATE VIRTUAL TABLE passage_words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');

CREATE TABLE reading_speeds (
    model             TEXT NOT NULL,
    numerics          TEXT NOT NULL,
    device            TEXT NOT NULL,
    tokens_per_second REAL NOT NULL,
    measured_at       TEXT NOT NULL,
    PRIMARY KEY (model, numerics, device)
) STRICT, WITHOUT ROWID;
)sql";

// Where an answer's words stand in the document.
constexpr Migration mentions_schema = R"sql(
CREATE TABLE mentions (
    exchange_id INTEGER NOT NULL REFERENCES exchanges (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    begin       INTEGER NOT NULL, -- bytes of the extracted text
    end         INTEGER NOT NULL,
    location    TEXT NOT NULL,
    quote       TEXT NOT NULL,
    PRIMARY KEY (exchange_id, position)
) STRICT, WITHOUT ROWID;
)sql";

// How probable the model finds an answer that it quotes; NULL for other answers.
constexpr Migration confidence_schema = "ALTER TABLE exchanges ADD COLUMN confidence REAL";

constexpr std::array steps_of_this_build{first_schema,   second_schema,   third_schema,
                                         sources_schema, mentions_schema, confidence_schema};

} // namespace

std::span<const Migration> migrations() {
    return steps_of_this_build;
}

Identity identify(SQLite::Database& database) {
    Identity identity;
    in_snapshot(database, [&] {
        identity.application = integer_of(database, "PRAGMA application_id");
        identity.version = integer_of(database, "PRAGMA user_version");
        identity.empty = integer_of(database, "SELECT count(*) FROM sqlite_schema") == 0;
    });
    return identity;
}

std::int64_t migrate(SQLite::Database& database, std::span<const Migration> steps,
                     const std::function<void(std::int64_t version)>& before) {
    const auto newest = static_cast<std::int64_t>(steps.size());
    std::int64_t version = identify(database).version;
    if (version >= newest)
        return version;
    in_transaction(database, [&] {
        version = identify(database).version; // another process may have been faster
        if (version >= newest)
            return;
        if (version > 0 && before)
            before(version);
        for (; version < newest; ++version)
            database.exec(steps[static_cast<std::size_t>(version)]);
        database.exec("PRAGMA application_id = " + std::to_string(application_id));
        database.exec("PRAGMA user_version = " + std::to_string(version));
    });
    return version;
}

} // namespace longview::storage
