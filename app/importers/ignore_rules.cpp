#include "app/importers/ignore_rules.h"

#include <git2.h>
#include <git2/sys/repository.h>

namespace longview::app {
namespace {

template <class Thing, void (*Free)(Thing*)>
struct Deleter {
    void operator()(Thing* thing) const { Free(thing); }
};
using Repository = std::unique_ptr<git_repository, Deleter<git_repository, git_repository_free>>;
using Index = std::unique_ptr<git_index, Deleter<git_index, git_index_free>>;

} // namespace

struct IgnoreRules::State {
    State() { git_libgit2_init(); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        index.reset();
        repository.reset();
        git_libgit2_shutdown();
    }

    /// The repository that `folder` lies in, unless git would refuse to trust it.
    bool open(const std::filesystem::path& folder) {
        git_repository* found = nullptr;
        if (git_repository_open_ext(&found, folder.c_str(), 0, nullptr) != 0)
            return false;
        repository.reset(found);
        if (git_repository_workdir(found) == nullptr) {
            repository.reset();
            return false;
        }
        std::error_code error;
        const auto inside =
            std::filesystem::relative(folder, git_repository_workdir(found), error).generic_string();
        prefix = inside == "." || inside.empty() ? "" : inside + "/";
        git_index* tracked = nullptr;
        if (git_repository_index(&tracked, found) == 0)
            index.reset(tracked);
        return true;
    }

    /// A repository that exists in memory only, so that libgit2 reads the .gitignore files.
    void pretend(const std::filesystem::path& folder) {
        git_repository* made = nullptr;
        if (git_repository_new(&made) != 0)
            return;
        repository.reset(made);
        if (git_repository_set_workdir(made, folder.c_str(), 0) != 0)
            repository.reset();
    }

    Repository repository;
    Index index;
    std::string prefix; ///< of the folder in the repository
};

IgnoreRules::IgnoreRules(const std::filesystem::path& folder) : state_(std::make_unique<State>()) {
    std::error_code error;
    const auto real = std::filesystem::canonical(folder, error);
    if (error)
        return;
    if (!state_->open(real))
        state_->pretend(real);
}

IgnoreRules::~IgnoreRules() = default;

bool IgnoreRules::ignored(const std::string& path) const {
    if (!state_->repository)
        return false;
    const auto full = state_->prefix + path;
    int result = 0;
    if (git_ignore_path_is_ignored(&result, state_->repository.get(), full.c_str()) != 0 || result == 0)
        return false;
    if (!state_->index)
        return true;
    size_t position = 0;
    if (full.ends_with('/')) // a directory with a tracked file in it
        return git_index_find_prefix(&position, state_->index.get(), full.c_str()) != 0;
    return git_index_find(&position, state_->index.get(), full.c_str()) != 0;
}

} // namespace longview::app
