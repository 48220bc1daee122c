#pragma once
// The extracted text of the documents, where each part of it came from, and what occurs where.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "inference/values/document.h"
#include "storage/database.h"

namespace longview::storage {

struct SearchHit {
    std::int64_t document_id = 0;
    std::string title, path;
    std::size_t begin = 0, end = 0; ///< bytes of the first match in the document's text
    std::string location;           ///< as Document::location() names these bytes
    std::string snippet;            ///< one line around it
    /// Bytes of the snippet that match, ordered.
    std::vector<std::pair<std::size_t, std::size_t>> matches;
};

/// Uses the connection of its Database, on that connection's thread.
class SourceStore {
public:
    explicit SourceStore(Database& database) : database_(database) {}

    /// Keeps text and sections under the document's id. A text is never replaced, because another text is
    /// another document. One transaction.
    void put(std::int64_t document_id, const Document& document);

    /// The source map as it was kept; empty for a document of a library from before.
    std::vector<Section> sections(std::int64_t document_id);

    /// The best places first, at most one per passage; in one document when `document_id` is set. For the
    /// query see match_expression() of passages.h. Empty when nothing matches or no word was typed.
    std::vector<SearchHit> search(const std::string& typed, std::optional<std::int64_t> document_id,
                                  int limit);

    /// Places before byte `end` of one document where every word of `all` stands within about a sentence of
    /// the others and, unless it is empty, of a word of `any`; the best first, at most one per passage. Their
    /// snippets may go beyond `end`.
    std::vector<SearchHit> together(const std::vector<std::string>& all, const std::vector<std::string>& any,
                                    std::int64_t document_id, std::size_t end, int limit);

private:
    struct Wanted;
    std::vector<SearchHit> matches(const Wanted& wanted);
    Database& database_;
};

} // namespace longview::storage
