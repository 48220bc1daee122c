#pragma once
// Questions, answers and their timings, per document.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inference/values/exchange.h"
#include "storage/database.h"

namespace longview::storage {

struct FoundExchange {
    std::int64_t document_id = 0;
    std::string document_title;
    std::string document_path; ///< where it was last seen
    Exchange exchange;
};

/// Uses the connection of its Database, on that connection's thread.
class ConversationStore {
public:
    explicit ConversationStore(Database& database) : database_(database) {}

    /// Appends; returns the row's id. Throws Error(storage) when the document is unknown.
    std::int64_t add(std::int64_t document_id, const Exchange& exchange);
    std::vector<Exchange> list(std::int64_t document_id); ///< oldest first
    /// Exchanges of all documents, or of one, that hold every word of `words`, the last as the beginning of a
    /// word; newest first. Case and accents do not matter; nothing but spaces finds nothing.
    std::vector<FoundExchange> search(const std::string& words, std::int64_t limit,
                                      std::optional<std::int64_t> document_id = {});
    std::int64_t remove_of_document(std::int64_t document_id); ///< how many

private:
    Database& database_;
};

/// For the stores of this folder; expects an open transaction. How many.
std::int64_t remove_exchanges(SQLite::Database& database, std::int64_t document_id);

} // namespace longview::storage
