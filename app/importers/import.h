#pragma once
// Files and folders to documents: the one way in. What a file is, its first bytes say, not its name; each
// format has an importer of its own in this folder.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "inference/values/document.h"
#include "inference/values/error.h"

namespace longview::app {

/// What one document may cost. A file that goes over a limit is refused with a sentence that names it.
struct ImportLimits {
    std::size_t file_bytes = std::size_t{1} << 30U; ///< of a file as it lies on the disk
    std::size_t text_bytes = std::size_t{1} << 30U; ///< of everything unpacked from it
    std::size_t expansion = 200; ///< unpacked bytes per packed byte, beyond the first 64 MiB
    std::size_t tree_file_bytes = std::size_t{1} << 20U; ///< of a file in a folder
    int child_seconds = 300;                             ///< of the process that takes a PDF apart
    std::size_t child_bytes = std::size_t{2} << 30U;     ///< of its memory
};

struct ImportOptions {
    ImportLimits limits;
    std::vector<std::string> exclude; ///< files and folders of a folder, see tree_plan.h
    std::string password;             ///< of an encrypted document
    std::stop_token stop;             ///< ends the import with Error(cancelled)
};

/// The document is encrypted, and `password` is missing or not the right one.
class PasswordNeeded : public Error {
public:
    using Error::Error;
};

/// What happened to one file.
struct FileResult {
    std::string path;       ///< inside the folder, with "/"; a folder left out as a whole ends in "/"
    std::int64_t bytes = 0; ///< on the disk
    std::string format;     ///< "text", "pdf" …; empty when it was not looked at
    std::string left_out;   ///< why; empty: taken
};

struct Import {
    Document document;
    std::vector<FileResult> files; ///< of a folder, in the order of the text; empty for a single file
};

/// Reads the file, folder or standard input ("-") `path`. Deterministic: the same bytes give the same
/// document on every machine. Throws Error(input) with one sentence when nothing can be read: missing,
/// unreadable, empty, binary, damaged, encrypted (PasswordNeeded), a pipe or device, over a limit. In a
/// folder such a file is left out.
Import import_path(const std::filesystem::path& path, const ImportOptions& options = {});

/// The same for the bytes of one file; `name` stands for the path. Throws nothing but Error, whatever the
/// bytes are.
Document import_bytes(std::string_view bytes, const std::string& name, const ImportOptions& options = {});

/// Document::source_stamp of what lies at `path` now, without reading it; empty when it is gone or has no
/// stamp. O(files) for a folder.
std::string source_stamp(const std::filesystem::path& path, const ImportOptions& options = {});

} // namespace longview::app
