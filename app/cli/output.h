#pragma once
// Standard output that notices when it cannot be written, and the text forms that several commands share.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/core/wording.h"

namespace longview::cli {

using Json = nlohmann::ordered_json;

/// Writes to standard output and flushes, so that an answer streams into a pipe. After a failure (closed
/// pipe, full disk) everything further is dropped.
class Output {
public:
    bool write(std::string_view text);
    void json(const Json& value);
    /// Why writing failed; empty while it works.
    const std::string& problem() const { return problem_; }

private:
    std::string problem_;
};

/// One line on standard error: "longview-cli: …".
void complain(std::string_view sentence);

/// The first row is the heading; columns are padded to their widest cell, all but the first aligned right
/// when `numeric`.
std::string table(const std::vector<std::vector<std::string>>& rows, bool numeric);

std::string human_bytes(std::int64_t bytes); ///< "2.3 MB"
using app::fixed;
using app::grouped;

} // namespace longview::cli
