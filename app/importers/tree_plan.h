#pragma once
// Which files of a folder are read, and why the others are not. Looks at names, sizes and first bytes only.

#include <filesystem>
#include <string>
#include <vector>

#include "app/importers/import.h"

namespace longview::app {

struct TreePlan {
    std::filesystem::path root;
    std::vector<FileResult>
        files;         ///< in reading order: those of a folder before its subfolders, by bytes of names
    std::string stamp; ///< changes when a file is added, removed or changed
};

/// Left out are what git ignores, version control's own data, dependencies that tools install, generated,
/// binary, empty and large files, links, pipes and devices, and what matches a pattern of options.exclude: a
/// shell pattern for the name of a file or folder, or with a "/" for its path in the folder. A folder that is
/// left out is one entry and is not entered. Throws Error(input) when `root` cannot be listed,
/// Error(cancelled).
TreePlan plan_tree(const std::filesystem::path& root, const ImportOptions& options = {});

/// The files that a plan takes, one after the other as one document, each below a line "File: path". A file
/// that cannot be read by now is left out with its reason.
Import import_tree(TreePlan plan, const ImportOptions& options = {});

} // namespace longview::app
