#pragma once
// Where Longview keeps things: options first, then environment, then the XDG base directories.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace longview::app {

/// Database with documents, memories and conversations: `option`, else $LONGVIEW_DATABASE, else
/// $XDG_DATA_HOME/longview/library.sqlite (default ~/.local/share). Memories are kept as data, not as cache:
/// they cost reading time and share transactions with the documents they belong to. Does not touch the disk.
std::filesystem::path database_file(const std::optional<std::filesystem::path>& option = {});

/// Directories that may hold models, most specific first: $LONGVIEW_MODELS (colon-separated),
/// $XDG_DATA_HOME/longview/models, share/longview/models beside the executable's bin/ and of the
/// installation, and the build tree's resources/models.
std::vector<std::filesystem::path> model_roots();

struct ModelEntry {
    std::string name; ///< the directory's name
    std::filesystem::path directory;
    std::string problem; ///< a sentence when it cannot be used; empty when its files' headers look right
    std::size_t bytes = 0;
};
/// Every directory below the roots that has a config.json; of several with one name, the most specific, which
/// is also the one that the name stands for.
std::vector<ModelEntry> list_models();

/// `option`, else $LONGVIEW_MODEL, else "default": a path when it holds a "/", otherwise the name of a listed
/// model, or of a directory here when no model has that name. Throws Error(model) naming the places that were
/// searched.
std::filesystem::path model_directory(const std::optional<std::string>& option = {});

/// resources/samples of the install or build tree; empty when absent.
std::filesystem::path samples_directory();

} // namespace longview::app
