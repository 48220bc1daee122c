#include "storage/pruning.h"

#include <set>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "storage/sql.h"

namespace longview::storage {

namespace {

struct Candidate {
    std::int64_t id = 0, bytes = 0;
    bool is_last = false; ///< of one of its documents
};

constexpr int rank_of_last = 2;

/// The documents of which state `s` is the last.
const std::string whose_last = R"sql(
    SELECT mine.document_id FROM state_documents mine
    WHERE mine.state_id = s.id AND NOT EXISTS (
        SELECT 1 FROM state_documents other JOIN memory_states longer ON longer.id = other.state_id
        WHERE other.document_id = mine.document_id AND longer.segments > s.segments
            AND longer.damaged IS NULL AND longer.model = s.model AND longer.numerics = s.numerics
            AND longer.fingerprint_id IS s.fingerprint_id))sql";

// A state that is the longest of any of its documents is a last one, whatever it is to the others.
const std::string in_order = R"sql(
    SELECT s.id, s.stored_bytes, CASE
        WHEN s.damaged IS NOT NULL THEN 0
        WHEN EXISTS ()sql" + whose_last +
                             R"sql() THEN 2
        ELSE 1 END AS rank
    FROM memory_states s
    WHERE s.id <> ?1 AND NOT EXISTS (
        SELECT 1 FROM state_documents p JOIN documents d ON d.id = p.document_id
        WHERE p.state_id = s.id AND d.pinned <> 0)
    ORDER BY rank, s.used_at, s.id)sql";

std::vector<Candidate> candidates_of(SQLite::Database& database, std::int64_t newcomer) {
    std::vector<Candidate> candidates;
    SQLite::Statement query(database, in_order);
    query.bind(1, newcomer);
    while (query.executeStep())
        candidates.push_back({query.getColumn(0).getInt64(), query.getColumn(1).getInt64(),
                              query.getColumn(2).getInt() == rank_of_last});
    return candidates;
}

bool claim_users(SQLite::Database& database, DocumentClaims& claims, std::int64_t state) {
    SQLite::Statement users(database, "SELECT document_id FROM state_documents WHERE state_id = ?1");
    users.bind(1, state);
    while (users.executeStep()) {
        if (!claims.claim(users.getColumn(0).getInt64()))
            return false;
    }
    return true;
}

void add_losers(SQLite::Database& database, std::int64_t state, std::set<std::int64_t>& documents) {
    SQLite::Statement losers(database, "SELECT l.document_id FROM memory_states s "
                                       "JOIN state_documents l ON l.state_id = s.id "
                                       "WHERE s.id = ?1 AND l.document_id IN (" +
                                           whose_last + ")");
    losers.bind(1, state);
    while (losers.executeStep())
        documents.insert(losers.getColumn(0).getInt64());
}

} // namespace

std::int64_t budget_of(SQLite::Database& database) {
    SQLite::Statement query(database, "SELECT value FROM settings WHERE name = 'memory_budget'");
    return query.executeStep() ? query.getColumn(0).getInt64() : default_budget;
}

Pruned prune(SQLite::Database& database, DocumentClaims& claims, std::int64_t budget, std::int64_t newcomer) {
    Pruned pruned;
    std::int64_t over =
        integer_of(database, "SELECT coalesce(sum(stored_bytes), 0) FROM memory_states") - budget;
    if (over <= 0)
        return pruned;
    SQLite::Statement remove(database, "DELETE FROM memory_states WHERE id = ?1");
    for (const Candidate& candidate : candidates_of(database, newcomer)) {
        if (over <= 0)
            break;
        if (!claim_users(database, claims, candidate.id))
            continue;
        if (candidate.is_last)
            add_losers(database, candidate.id, pruned.documents);
        remove.bind(1, candidate.id);
        remove.exec();
        remove.reset();
        over -= candidate.bytes;
        ++pruned.memories;
        pruned.bytes += candidate.bytes;
    }
    return pruned;
}

} // namespace longview::storage
