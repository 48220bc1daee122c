#pragma once
// A mark that a document is in use: what is stored of it is not pruned meanwhile.

#include <cstdint>
#include <filesystem>

#include "storage/database.h"

namespace longview::storage {

/// Marks the document as open, for all processes, as long as it lives. The mark is a lock of the operating
/// system on byte `document_id` of "<library>-open": a process that is killed leaves none behind. Any number
/// of processes and threads may mark one document. Throws Error(storage).
class OpenDocument {
public:
    OpenDocument(const Database& database, std::int64_t document_id);
    ~OpenDocument();
    OpenDocument(const OpenDocument&) = delete;
    OpenDocument& operator=(const OpenDocument&) = delete;

private:
    int file_ = -1;
};

/// For whoever removes: documents claimed here cannot be opened until the claims end. Internal to this
/// folder.
class DocumentClaims {
public:
    /// Throws Error(storage).
    explicit DocumentClaims(const std::filesystem::path& library);
    ~DocumentClaims();
    DocumentClaims(const DocumentClaims&) = delete;
    DocumentClaims& operator=(const DocumentClaims&) = delete;

    /// False when the document is open somewhere. Does not wait.
    bool claim(std::int64_t document_id);

private:
    int file_ = -1;
};

/// Asks without keeping anybody out.
bool is_open(const Database& database, std::int64_t document_id);

} // namespace longview::storage
