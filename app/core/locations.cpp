#include "app/core/locations.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "inference/model/checkpoint.h"
#include "inference/model/config_file.h"
#include "inference/values/error.h"

namespace longview::app {

namespace fs = std::filesystem;

namespace {

/// An environment variable's value; empty when unset.
std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

fs::path home() {
    if (const std::string value = environment("HOME"); !value.empty())
        return value;
    const passwd* entry = getpwuid(getuid());
    if (entry == nullptr || entry->pw_dir == nullptr)
        throw Error(ErrorKind::storage,
                    "Your home directory is unknown, so there is no place for the library: set "
                    "HOME, or name a file with --database.");
    return entry->pw_dir;
}

/// $XDG_DATA_HOME/longview; the XDG specification tells to ignore a relative value.
fs::path data_home() {
    const fs::path value = environment("XDG_DATA_HOME");
    return (value.is_absolute() ? value : home() / ".local" / "share") / "longview";
}

/// Places of read-only files, most specific first: beside a relocated installation's bin/, where the build
/// was told to install, and the source tree of a build that was never installed.
std::vector<fs::path> shared_directories() {
    std::vector<fs::path> directories;
    std::error_code ignored; // without /proc there is no relocated installation to look for
    const fs::path executable = fs::read_symlink("/proc/self/exe", ignored);
    if (!executable.empty())
        directories.push_back(executable.parent_path().parent_path() / "share" / "longview");
    directories.emplace_back(LONGVIEW_INSTALLED_SHARE);
    directories.emplace_back(LONGVIEW_SOURCE_RESOURCES);
    return directories;
}

bool usable_directory(const fs::path& path) {
    std::error_code ignored; // what cannot be looked at is no directory we can use
    return fs::is_directory(path, ignored);
}

std::size_t directory_bytes(const fs::path& directory) {
    std::size_t bytes = 0;
    std::error_code problem;
    for (fs::directory_iterator it(directory, problem), end; !problem && it != end; it.increment(problem)) {
        std::error_code skip;
        if (const auto size = it->is_regular_file(skip) ? it->file_size(skip) : 0; !skip)
            bytes += size;
    }
    return bytes;
}

/// Why the model there cannot be used; empty when its files look right. Reads headers only.
std::string problem_of(const fs::path& directory) {
    try {
        const ModelConfig config = load_config(directory);
        const Checkpoint checkpoint(directory, config);
        if (!fs::is_regular_file(directory / "tokenizer.model"))
            return (directory / "tokenizer.model").string() + " is missing.";
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

ModelEntry entry_of(const fs::path& directory) {
    return {directory.filename(), directory, problem_of(directory), directory_bytes(directory)};
}

std::vector<fs::path> candidates_below(const fs::path& root) {
    std::vector<fs::path> found;
    std::error_code problem; // a root that is absent or unreadable holds no model
    for (fs::directory_iterator it(root, problem), end; !problem && it != end; it.increment(problem)) {
        std::error_code skip;
        if (fs::is_regular_file(it->path() / "config.json", skip))
            found.push_back(it->path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

fs::path named_model(const std::string& name) {
    std::string searched;
    for (const fs::path& root : model_roots()) {
        std::error_code skip;
        if (fs::is_regular_file(root / name / "config.json", skip))
            return root / name;
        searched += (searched.empty() ? "" : ", ") + root.string();
    }
    if (usable_directory(name))
        return name;
    throw Error(ErrorKind::model,
                "There is no model named \"" + name + "\" in " + searched +
                    "; name a directory with --model, or list the models with longview-cli models.");
}

} // namespace

fs::path database_file(const std::optional<fs::path>& option) {
    if (option && !option->empty())
        return *option;
    if (const std::string value = environment("LONGVIEW_DATABASE"); !value.empty())
        return value;
    return data_home() / "library.sqlite";
}

std::vector<fs::path> model_roots() {
    std::vector<fs::path> roots;
    const std::string listed = environment("LONGVIEW_MODELS");
    for (std::size_t begin = 0; begin < listed.size();) {
        const std::size_t end = std::min(listed.find(':', begin), listed.size());
        if (end > begin)
            roots.emplace_back(listed.substr(begin, end - begin));
        begin = end + 1;
    }
    roots.push_back(data_home() / "models");
    for (const fs::path& directory : shared_directories())
        roots.push_back(directory / "models");
    return roots;
}

std::vector<ModelEntry> list_models() {
    std::vector<ModelEntry> models;
    for (const fs::path& root : model_roots()) {
        for (const fs::path& directory : candidates_below(root)) {
            const auto same_name = [&](const ModelEntry& entry) {
                return entry.name == directory.filename();
            };
            if (std::none_of(models.begin(), models.end(), same_name))
                models.push_back(entry_of(directory));
        }
    }
    return models;
}

fs::path model_directory(const std::optional<std::string>& option) {
    std::string wanted = option.value_or("");
    if (wanted.empty())
        wanted = environment("LONGVIEW_MODEL");
    if (wanted.empty())
        wanted = "default";
    if (wanted.find('/') == std::string::npos && wanted != "." && wanted != "..")
        return named_model(wanted);
    if (!usable_directory(wanted))
        throw Error(ErrorKind::model,
                    "There is no model directory " + wanted + "; name one that has a config.json.");
    return wanted;
}

fs::path samples_directory() {
    for (const fs::path& directory : shared_directories()) {
        if (usable_directory(directory / "samples"))
            return directory / "samples";
    }
    return {};
}

} // namespace longview::app
