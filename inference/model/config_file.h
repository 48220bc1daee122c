#pragma once
// config.json of an ARMT model directory. Untrusted input.

#include <filesystem>
#include <string>
#include <string_view>

#include "inference/values/model_config.h"

namespace longview {

/// Reads the keys of armt models seen in public; a missing key, a value out of range, or a variant that the
/// engine does not implement (correction = false, use_denom = false, n_heads > 1, gating, use_sink,
/// sliding_window, …) throws Error(model) naming `file`, the key, the value found and what is supported.
/// Unknown harmless keys are ignored.
ModelConfig parse_config(std::string_view json, const std::string& file);

/// parse_config of directory/config.json.
ModelConfig load_config(const std::filesystem::path& directory);

} // namespace longview
