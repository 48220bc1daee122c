#pragma once
// Small JSON files of a model directory, read with limits and without ambiguity. For this room's .cpp files
// only.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace longview {

/// The whole file. Throws Error(model) when it is missing, not a regular file, empty, or longer than
/// `most_bytes`.
std::string read_text_file(const std::filesystem::path& path, std::size_t most_bytes);

/// Parses an object; refuses what nlohmann would let pass: duplicate keys, a NUL byte that ends the text,
/// deep nesting. Throws Error(model) naming `file`.
nlohmann::json parse_object(std::string_view text, const std::string& file);

/// A value as words for an error, on one line and not long.
std::string json_text(const nlohmann::json& value);

} // namespace longview
