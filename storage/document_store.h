#pragma once
// The library: which documents were opened, by content.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/database.h"

namespace longview::storage {

struct DocumentRecord {
    std::int64_t id = 0;
    std::string content_hash; ///< Document::content_hash; unique
    std::string path;         ///< where it was last seen
    std::string title;
    std::int64_t bytes = 0;
    std::int64_t tokens = 0;         ///< with the model last used
    std::string added_at, opened_at; ///< UTC, ISO 8601
    std::string extractor;           ///< Document::extractor; empty in libraries of the first schema
    std::string stamp; ///< Document::source_stamp; only of the path that remember() or find_path() is about
};

/// Uses the connection of its Database, on that connection's thread.
class DocumentStore {
public:
    explicit DocumentStore(Database& database) : database_(database) {}

    /// Inserts by content_hash, or updates path, title, tokens and opened_at of the known document; returns
    /// the id. The store's clock sets the times; `id`, `added_at` and `opened_at` of the argument are not
    /// looked at.
    std::int64_t remember(const DocumentRecord& record);
    std::optional<DocumentRecord> find(const std::string& content_hash);
    /// The document last opened from this path, whatever its content is now.
    std::optional<DocumentRecord> find_path(const std::string& path);
    std::vector<DocumentRecord> list(); ///< last opened first
    /// The document with its conversations and memories. False when there was none.
    bool remove(std::int64_t id);

private:
    Database& database_;
};

} // namespace longview::storage
