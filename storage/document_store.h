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
    std::string path;         ///< where it was last seen; empty: only its memory was imported
    std::string title;
    std::int64_t bytes = 0;
    std::int64_t tokens = 0;         ///< with the model last used
    std::string added_at, opened_at; ///< UTC, ISO 8601
    bool pinned = false;             ///< its memories are never pruned
    std::string extractor;           ///< Document::extractor; empty in libraries of the first schema
    std::string stamp; ///< Document::source_stamp; only of the path that remember() or find_path() is about
};

/// A part of a long list; all of it by default.
struct Page {
    std::int64_t limit = -1; ///< -1: no limit
    std::int64_t offset = 0;
};

/// Uses the connection of its Database, on that connection's thread.
class DocumentStore {
public:
    explicit DocumentStore(Database& database) : database_(database) {}

    /// Inserts by content_hash, or updates path, title, tokens and opened_at of the known document; returns
    /// the id. The store's clock sets the times; `id`, `added_at`, `opened_at` and `pinned` of the
    /// argument are not looked at.
    std::int64_t remember(const DocumentRecord& record);
    std::optional<DocumentRecord> find(const std::string& content_hash);
    /// The document last opened from this path, whatever its content is now.
    std::optional<DocumentRecord> find_path(const std::string& path);
    std::vector<DocumentRecord> list(Page page = {}); ///< last opened first
    /// Those whose title or path holds `text`, whatever its case in ASCII; last opened first.
    std::vector<DocumentRecord> search(const std::string& text, std::int64_t limit);
    /// A pinned document's memories stay whatever the budget. False when there is no such document.
    bool pin(std::int64_t id, bool pinned);
    /// The document with its conversations, and its memories unless other documents use them. False when
    /// there was none.
    bool remove(std::int64_t id);

private:
    Database& database_;
};

} // namespace longview::storage
