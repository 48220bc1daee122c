#pragma once
// Packed files, unpacked in memory within limits; nothing is ever written to the disk. Internal to this
// folder.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/importers/import.h"

namespace longview::app {

/// A ZIP archive in memory, as EPUB, DOCX and ODT are. `bytes` and `options` must outlive it.
class ZipArchive {
public:
    /// Throws Error(input) when it is damaged.
    ZipArchive(std::string_view bytes, const std::string& name, const ImportOptions& options);

    bool has(std::string_view entry) const { return entries_.contains(entry); }
    const std::map<std::string, bool, std::less<>>& entries() const { return entries_; } ///< true: encrypted
    /// What the entries are called that point outside of the archive; they are never looked at.
    const std::vector<std::string>& outside() const { return outside_; }

    /// Unpacks the entries that `wanted` names. Throws Error(input) when one is damaged or encrypted, or when
    /// all that was unpacked so far goes over the limits.
    std::map<std::string, std::string, std::less<>>
    read(const std::function<bool(const std::string&)>& wanted);
    /// One entry; empty when it is missing.
    std::string read_one(std::string_view entry);

private:
    std::string_view bytes_;
    std::string name_;
    const ImportOptions& options_;
    std::map<std::string, bool, std::less<>> entries_;
    std::vector<std::string> outside_;
    std::size_t unpacked_ = 0;
};

/// The content of a gzip, zstd, xz or bzip2 file, within the limits.
std::string decompress(std::string_view bytes, const std::string& name, const ImportOptions& options);

} // namespace longview::app
