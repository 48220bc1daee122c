#include "table.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include <nlohmann/json.hpp>

namespace longview::bench {

namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;
using Row = std::vector<std::string>;

std::string as_text(const Row& columns, const std::vector<Row>& rows, const Facts& facts) {
    std::ostringstream out;
    for (const auto& [name, value] : facts)
        out << name << ": " << value << '\n';
    std::vector<std::size_t> widths(columns.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
        widths[c] = columns[c].size();
        for (const auto& row : rows)
            widths[c] = std::max(widths[c], row[c].size());
    }
    const auto line = [&](const Row& row) {
        for (std::size_t c = 0; c < row.size(); ++c)
            out << (c == 0 ? std::left : std::right)
                << std::setw(static_cast<int>(widths[c]) + (c == 0 ? 0 : 2)) << row[c];
        out << '\n';
    };
    line(columns);
    for (const auto& row : rows)
        line(row);
    return out.str();
}

std::string as_markdown(const Row& columns, const std::vector<Row>& rows, const Facts& facts) {
    std::ostringstream out;
    for (const auto& [name, value] : facts)
        out << "- " << name << ": " << value << '\n';
    const auto line = [&](const Row& row) {
        for (const auto& cell : row)
            out << "| " << cell << ' ';
        out << "|\n";
    };
    out << '\n';
    line(columns);
    for (std::size_t c = 0; c < columns.size(); ++c)
        out << (c == 0 ? "|---" : "|---:");
    out << "|\n";
    for (const auto& row : rows)
        line(row);
    return out.str();
}

std::string as_csv(const Row& columns, const std::vector<Row>& rows, const Facts& facts) {
    std::ostringstream out;
    for (const auto& [name, value] : facts)
        out << "# " << name << ": " << value << '\n';
    const auto line = [&](const Row& row) {
        for (std::size_t c = 0; c < row.size(); ++c)
            out << (c == 0 ? "" : ",") << std::quoted(row[c], '"', '"');
        out << '\n';
    };
    line(columns);
    for (const auto& row : rows)
        line(row);
    return out.str();
}

std::string as_json(const Row& columns, const std::vector<Row>& rows, const Facts& facts) {
    nlohmann::ordered_json out;
    for (const auto& [name, value] : facts)
        out["run"][name] = value;
    out["rows"] = nlohmann::ordered_json::array();
    for (const auto& row : rows) {
        nlohmann::ordered_json object;
        for (std::size_t c = 0; c < row.size(); ++c)
            object[columns[c]] = row[c];
        out["rows"].push_back(object);
    }
    return out.dump(2) + '\n';
}

} // namespace

std::string Table::print(Format format, const Facts& facts) const {
    switch (format) {
    case Format::markdown:
        return as_markdown(columns_, rows_, facts);
    case Format::csv:
        return as_csv(columns_, rows_, facts);
    case Format::json:
        return as_json(columns_, rows_, facts);
    case Format::text:
        break;
    }
    return as_text(columns_, rows_, facts);
}

std::string number(double value, int decimals) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(decimals) << value;
    return out.str();
}

} // namespace longview::bench
