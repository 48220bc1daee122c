#pragma once
// The command line's grammar.

#include <optional>

#include "app/cli/options.h"

namespace longview::cli {

/// Parses the arguments. Nothing when help or the version was asked for and printed; throws Error(usage)
/// otherwise.
std::optional<Options> parse_command_line(int argc, char** argv);

} // namespace longview::cli
