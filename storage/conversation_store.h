#pragma once
// Questions, answers and their timings, per document.

#include <cstdint>
#include <vector>

#include "inference/values/exchange.h"
#include "storage/database.h"

namespace longview::storage {

/// Uses the connection of its Database, on that connection's thread.
class ConversationStore {
public:
    explicit ConversationStore(Database& database) : database_(database) {}

    /// Appends; returns the row's id. Throws Error(storage) when the document is unknown.
    std::int64_t add(std::int64_t document_id, const Exchange& exchange);
    std::vector<Exchange> list(std::int64_t document_id);      ///< oldest first
    std::int64_t remove_of_document(std::int64_t document_id); ///< how many

private:
    Database& database_;
};

/// For the stores of this folder; expects an open transaction. How many.
std::int64_t remove_exchanges(SQLite::Database& database, std::int64_t document_id);

} // namespace longview::storage
