#pragma once
// A memory as one portable file, .lvmem: what computed it, of which document, and the tensors.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "inference/model/identity.h"
#include "storage/document_store.h"

namespace longview::storage {

/// The content of the file. The document's text is not in it, but who can ask the memory can learn of it.
struct MemoryFile {
    std::string model; ///< the model's name, for messages
    Fingerprint fingerprint;
    std::int64_t segment_size = 0;
    std::string title;                ///< of the document
    std::string content_hash;         ///< Document::content_hash
    std::int64_t document_bytes = 0;  ///< of its text
    std::int64_t document_tokens = 0; ///< with this model
    Hash128 key;                      ///< h_s of the chain
    std::int64_t layers = 0, keys = 0, hidden = 0, segments = 0, codec = 0;
    Hash128 checksum;            ///< of key, shape and floats
    std::vector<std::byte> data; ///< A and z as the library keeps them
};

/// All numbers are little-endian. "LVMEM\r\n\x1a", version (u32, now 1), then sections in this order, each a
/// tag of four letters, its length (u64) and its bytes: MODL, DOCU, STAT, DATA, and at the end SUMS, 16 bytes
/// of XXH3-128 over everything before that section. A text is its length (u32) and UTF-8 bytes.
std::string to_bytes(const MemoryFile& memory);

/// Throws Error(input) with a sentence that names `file`: cut off, damaged, of a newer version, no such file.
/// What it returns holds together: positive shape, and data that decode to it and carry the checksum.
MemoryFile parse_memory_file(std::span<const std::byte> bytes, const std::string& file);

/// Throws Error(input).
MemoryFile read_memory_file(const std::filesystem::path& file);

/// Which part of `here` is another than what computed the memory, as half a sentence; empty when all match.
std::string mismatch(const MemoryFile& memory, const Fingerprint& here);

/// The stored memory `key`. Throws Error(storage) when it is gone or damaged, Error(input) when the library
/// does not know what computed it (it was stored by an older Longview and not used since).
MemoryFile export_memory(Database& database, const Hash128& key);

/// Puts the memory into the library, and its document unless it is known; returns the document's id. The
/// caller has made sure that mismatch() is empty. Throws Error(storage).
std::int64_t import_memory(Database& database, const MemoryFile& memory);

} // namespace longview::storage
