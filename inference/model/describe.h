#pragma once
// Words for errors about untrusted files. A name from a file may be megabytes long or full of control
// characters.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace longview {

/// `untrusted` on one line: control characters escaped, and cut after about a hundred bytes.
std::string shown(std::string_view untrusted);

/// "[8, 64]"; long shapes are cut.
std::string shape_text(std::span<const std::int64_t> shape);

/// "[0, 8)".
std::string range_text(std::size_t begin, std::size_t end);

} // namespace longview
