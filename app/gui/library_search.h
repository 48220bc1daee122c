#pragma once
// Looks into the library for the window, on a connection of its own: a long reading holds nothing up.

#include <QString>

#include <filesystem>
#include <vector>

#include "ui/library_list.h"

namespace longview::app {

/// Without words the documents opened last; with words those whose title or path holds them, then the
/// questions and answers that hold every one. Nothing when there is no library yet. Throws Error(storage).
/// Any thread.
std::vector<ui::LibraryEntry> look_up(const std::filesystem::path& library, const QString& words);

} // namespace longview::app
