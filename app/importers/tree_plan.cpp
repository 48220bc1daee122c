#include "app/importers/tree_plan.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <memory>
#include <system_error>
#include <xxhash.h>

#include "app/importers/file_bytes.h"
#include "app/importers/format.h"
#include "app/importers/ignore_rules.h"
#include "app/importers/refusal.h"

namespace longview::app {
namespace {

using namespace std::string_view_literals;

std::string_view name_of(std::string_view path) {
    if (path.ends_with('/'))
        path.remove_suffix(1);
    return path.substr(path.rfind('/') + 1); // npos + 1 == 0
}

bool matches(const std::vector<std::string>& patterns, const std::string& path) {
    const auto whole = path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
    const std::string name(name_of(path));
    return std::any_of(patterns.begin(), patterns.end(), [&](std::string pattern) {
        while (pattern.size() > 1 && pattern.ends_with('/'))
            pattern.pop_back();
        const bool on_path = pattern.find('/') != std::string::npos;
        return fnmatch(pattern.c_str(), on_path ? whole.c_str() : name.c_str(), on_path ? FNM_PATHNAME : 0) ==
               0;
    });
}

std::string_view reason_for_folder(std::string_view name) {
    static constexpr std::array control{".git"sv, ".hg"sv, ".svn"sv, ".bzr"sv, "CVS"sv, "_darcs"sv};
    static constexpr std::array installed{
        "node_modules"sv,  "__pycache__"sv,      ".venv"sv,  ".tox"sv, ".mypy_cache"sv,
        ".pytest_cache"sv, "bower_components"sv, ".gradle"sv};
    if (std::find(control.begin(), control.end(), name) != control.end())
        return "version control data";
    if (std::find(installed.begin(), installed.end(), name) != installed.end())
        return "made or installed by a tool";
    return {};
}

bool is_lock_file(std::string_view name) {
    static constexpr std::array names{"package-lock.json"sv, "yarn.lock"sv,   "pnpm-lock.yaml"sv,
                                      "Cargo.lock"sv,        "poetry.lock"sv, "composer.lock"sv,
                                      "Gemfile.lock"sv,      "go.sum"sv};
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Tools say so in the first lines: Go's and protobuf's convention, and Facebook's.
bool says_generated(std::string_view head) {
    std::string lower(head.substr(0, 1024));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool generated = lower.find("generated") != std::string::npos;
    return lower.find("@generated") != std::string::npos ||
           (generated && (lower.find("do not edit") != std::string::npos ||
                          lower.find("do not modify") != std::string::npos));
}

bool is_minified(std::string_view name, std::string_view head) {
    const bool web = name.ends_with(".js") || name.ends_with(".css") || name.ends_with(".mjs");
    return name.ends_with(".min.js") || name.ends_with(".min.css") ||
           (web && head.size() > 4096 && head.substr(0, 4096).find('\n') == std::string_view::npos);
}

bool is_binary(std::string_view head) {
    const bool wide = head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
    return !wide && head.find('\0') != std::string_view::npos;
}

std::string reason_for_kind(mode_t mode) {
    return S_ISLNK(mode)    ? "a symbolic link"
           : S_ISFIFO(mode) ? "a named pipe"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISREG(mode)  ? ""
                            : "a device";
}

class Planner {
public:
    Planner(const std::filesystem::path& root, const ImportOptions& options)
        : options_(options), rules_(root), hash_(XXH3_createState(), &XXH3_freeState) {
        plan.root = root;
        XXH3_64bits_reset(hash_.get());
    }

    void run() {
        // A stack of our own: a deep tree must not end the program.
        std::vector<std::string> folders{""};
        while (!folders.empty()) {
            stop_if_requested(options_.stop, plan.root.string());
            const auto folder = std::move(folders.back());
            folders.pop_back();
            auto below = visit(folder);
            std::move(below.rbegin(), below.rend(), std::back_inserter(folders));
        }
        plan.stamp = "tree:" + std::to_string(XXH3_64bits_digest(hash_.get()));
    }

    TreePlan plan;

private:
    struct Entry {
        std::string path;
        struct stat status;
    };

    /// Adds the files of `folder`; returns the folders in it that are to be entered, in order.
    std::vector<std::string> visit(const std::string& folder) {
        const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir((plan.root / folder).c_str()), &closedir);
        if (!directory) {
            leave_out(folder, 0, "cannot be listed (" + std::generic_category().message(errno) + ")");
            return {};
        }
        std::vector<Entry> files;
        std::vector<std::string> folders;
        while (const dirent* item = readdir(directory.get())) {
            const std::string_view name(static_cast<const char*>(item->d_name));
            if (name == "." || name == "..")
                continue;
            Entry entry{folder + std::string(name), {}};
            if (fstatat(dirfd(directory.get()), item->d_name, &entry.status, AT_SYMLINK_NOFOLLOW) != 0)
                continue; // gone again
            if (S_ISDIR(entry.status.st_mode))
                folders.push_back(entry.path + "/");
            else
                files.push_back(std::move(entry));
        }
        std::sort(files.begin(), files.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
        std::sort(folders.begin(), folders.end());
        for (const auto& file : files)
            add(file);
        std::erase_if(folders, [&](const std::string& below) { return leaves_out(below); });
        return folders;
    }

    bool leaves_out(const std::string& folder) {
        const auto reason = reason_for_folder(name_of(folder));
        if (!reason.empty())
            leave_out(folder, 0, std::string(reason));
        else if (matches(options_.exclude, folder))
            leave_out(folder, 0, "excluded by you");
        else if (rules_.ignored(folder))
            leave_out(folder, 0, "ignored by git");
        else
            return false;
        return true;
    }

    void leave_out(const std::string& path, std::int64_t bytes, std::string reason) {
        plan.files.push_back({path, bytes, {}, std::move(reason)});
    }

    void add(const Entry& file) {
        FileResult result{file.path, file.status.st_size, {}, reason_for_kind(file.status.st_mode)};
        if (result.left_out.empty())
            result.left_out = reason_by_name(file.path, static_cast<std::size_t>(file.status.st_size));
        if (result.left_out.empty())
            look_into(result);
        if (result.left_out.empty()) {
            const auto line = file.path + '\0' + stamp_of(file.status) + '\n';
            XXH3_64bits_update(hash_.get(), line.data(), line.size());
        }
        plan.files.push_back(std::move(result));
    }

    std::string reason_by_name(const std::string& path, std::size_t bytes) const {
        if (name_of(path) == ".git")
            return "version control data";
        if (matches(options_.exclude, path))
            return "excluded by you";
        if (bytes == 0)
            return "empty";
        if (rules_.ignored(path))
            return "ignored by git";
        if (is_lock_file(name_of(path)))
            return "generated (a lock file)";
        return {};
    }

    void look_into(FileResult& result) const {
        const auto head = read_head(plan.root / result.path, sniffed_bytes);
        const auto sniffed = sniff(head);
        // Pages in a folder of sources are sources.
        const auto format = sniffed.format == Format::html ? Format::text : sniffed.format;
        result.format = app::name_of(format);
        const bool text = format == Format::text;
        const auto largest = text ? options_.limits.tree_file_bytes : options_.limits.file_bytes;
        if (head.empty())
            result.left_out = "cannot be read";
        else if (format == Format::other)
            result.left_out = "binary: " + std::string(sniffed.description);
        else if (text && is_binary(head))
            result.left_out = "binary";
        else if (text && (says_generated(head) || is_minified(name_of(result.path), head)))
            result.left_out = "generated";
        else if (static_cast<std::size_t>(result.bytes) > largest)
            result.left_out = "larger than " + std::to_string(largest >> 10U) + " KiB";
    }

    const ImportOptions& options_;
    IgnoreRules rules_;
    std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> hash_;
};

} // namespace

TreePlan plan_tree(const std::filesystem::path& root, const ImportOptions& options) {
    Planner planner(root, options);
    planner.run();
    if (planner.plan.files.size() == 1 && planner.plan.files.front().path.empty())
        refuse(root.string(), planner.plan.files.front().left_out + ": check its permissions.");
    return std::move(planner.plan);
}

} // namespace longview::app
