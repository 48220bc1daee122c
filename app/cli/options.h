#pragma once
// What a person asked for on the command line. A plain value.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/core/session.h"
#include "app/core/verification.h"

namespace longview::cli {

enum class Command {
    read,
    ask,
    plan,
    text,
    search,
    verify,
    evaluate,
    export_answers,
    models,
    devices,
    cache_list,
    cache_remove,
    cache_path,
    cache_budget,
    cache_prune,
    cache_verify,
    cache_vacuum,
    cache_pin,
    cache_unpin,
    cache_export,
    cache_import
};

struct Options {
    Command command = Command::read;

    // Everywhere.
    bool json = false;
    bool quiet = false;
    std::optional<std::string> model;
    std::optional<std::filesystem::path> database;
    std::string device = "auto";
    int threads = 0; ///< 0: all cores

    // Of single commands.
    std::vector<std::string> files;   ///< of read, plan and text: documents, at least one
    std::vector<std::string> exclude; ///< patterns of files and folders in a folder
    std::string password;             ///< of an encrypted document
    bool plain = false;               ///< of text: without locations
    std::string file;                 ///< document, JSONL or expected tensors; "-" is standard input
    std::string question;
    std::string model_directory; ///< of verify
    Schedule schedule = Schedule::diagonal;
    app::VerifySchedule verify_schedule = app::VerifySchedule::both;
    app::AskOptions asking;
    std::optional<app::AsOf> as_of; ///< of ask: nothing: the whole document
    std::string format = "markdown";
    std::string output; ///< file to write; empty or "-": standard output
    bool all = false;
    std::optional<std::uint64_t> bytes; ///< a size of all memories
    int limit = 20;                     ///< of search
    bool answers = false;               ///< of search: in questions and answers instead of the texts
};

} // namespace longview::cli
