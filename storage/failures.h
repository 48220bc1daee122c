#pragma once
// How this folder says that something went wrong. Internal to this folder.

#include <filesystem>
#include <string>

namespace longview::storage {

/// Throws Error(storage): "<what> failed: <file>: <reason>. <advice>".
[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what, const std::string& reason,
                       const std::string& advice);

} // namespace longview::storage
