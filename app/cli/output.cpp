#include "app/cli/output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace longview::cli {

namespace {

/// Columns on a terminal, taking every code point as one.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

bool Output::write(std::string_view text) {
    if (!problem_.empty())
        return false;
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
        return true;
    problem_ = "The output could not be written: " + std::generic_category().message(errno) + ".";
    return false;
}

void Output::json(const Json& value) {
    write(value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void complain(std::string_view sentence) {
    std::fprintf(stderr, "longview-cli: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
}

std::string table(const std::vector<std::vector<std::string>>& rows, bool numeric) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - width_of(row[i]), ' ');
            line += i > 0 ? "  " : "";
            line += numeric && i > 0 ? padding + row[i] : row[i] + padding;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string human_bytes(std::int64_t bytes) {
    static constexpr std::array units{"B", "KB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return fixed(value, unit == 0 || value >= 100 ? 0 : 1) + " " + units[unit];
}

} // namespace longview::cli
