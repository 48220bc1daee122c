#pragma once
// A small table that prints as text, Markdown, CSV or JSON.

#include <string>
#include <utility>
#include <vector>

namespace longview::bench {

enum class Format { text, markdown, csv, json };

class Table {
public:
    explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}

    /// Precondition: as many cells as columns.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// `facts` stand above the rows: machine, versions, sizes.
    std::string print(Format format, const std::vector<std::pair<std::string, std::string>>& facts) const;

private:
    std::vector<std::string> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// `value` with `decimals` places.
std::string number(double value, int decimals);

} // namespace longview::bench
