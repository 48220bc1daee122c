#pragma once
// Which files of a folder git would ignore. Internal to this folder.

#include <filesystem>
#include <memory>
#include <string>

namespace longview::app {

/// The rules of the repository around `folder`, its .git/info/exclude and the user's own included; in a
/// folder that is no repository, those of its .gitignore files. Nested files count as in git, and a file that
/// git tracks is never ignored. Unlike git, libgit2 does not let a nested file take back ("!name") a rule of
/// a file above it when the name has no wildcard.
class IgnoreRules {
public:
    explicit IgnoreRules(const std::filesystem::path& folder);
    ~IgnoreRules();
    IgnoreRules(const IgnoreRules&) = delete;
    IgnoreRules& operator=(const IgnoreRules&) = delete;

    /// `path` relative to the folder, "/" at the end of a directory.
    bool ignored(const std::string& path) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace longview::app
