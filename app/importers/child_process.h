#pragma once
// A helper program with bytes for its standard input. Internal to this folder.

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace longview::app {

struct ChildResult {
    std::string output;
    int exit_code = 0;
    int signal = 0;         ///< that ended it; 0: none
    bool timed_out = false; ///< it was ended after `seconds`
    bool too_much = false;  ///< it was ended because it wrote more than `largest`
};

/// Runs `program` until it ends; its standard error output goes nowhere. `environment` ("NAME=value") is
/// added to ours. nullopt when it cannot be started. Throws Error(cancelled) on a stop, after ending the
/// child.
std::optional<ChildResult> run_child(const std::filesystem::path& program,
                                     const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& environment, std::string_view input,
                                     int seconds, std::size_t largest, const std::stop_token& stop);

} // namespace longview::app
