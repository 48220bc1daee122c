#pragma once
// The sentences in which importers refuse. Internal to this folder.

#include <stop_token>
#include <string>
#include <string_view>

namespace longview::app {

/// How sentences call the document: its name in quotes, or "Standard input".
std::string quoted(std::string_view name);

/// Throws Error(input): the name, then `what`.
[[noreturn]] void refuse(std::string_view name, const std::string& what);

/// Throws Error(cancelled) when it was asked for.
void stop_if_requested(const std::stop_token& stop, std::string_view name);

} // namespace longview::app
