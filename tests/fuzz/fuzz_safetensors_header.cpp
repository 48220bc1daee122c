// Any header is either refused with a model error or describes tensors that cover the data exactly.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "inference/model/safetensors.h"
#include "inference/values/error.h"

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

void check(const std::map<std::string, longview::TensorEntry>& entries, std::size_t data_size) {
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    for (const auto& [name, entry] : entries) {
        auto bytes = longview::size_of(entry.dtype);
        for (const auto length : entry.shape) {
            require(length >= 0);
            bytes *= static_cast<std::size_t>(length);
        }
        require(bytes == entry.end - entry.begin);
        ranges.emplace_back(entry.begin, entry.end);
    }
    std::ranges::sort(ranges);
    std::size_t covered = 0;
    for (const auto& [begin, end] : ranges) {
        require(begin == covered && end >= begin);
        covered = end;
    }
    require(covered == data_size);
}

} // namespace

/// Input: the size of the data as 4 bytes, then the header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::uint32_t data_size = 0;
    if (size < sizeof data_size)
        return 0;
    std::memcpy(&data_size, data, sizeof data_size);
    const std::string_view text(reinterpret_cast<const char*>(data) + sizeof data_size,
                                size - sizeof data_size);
    try {
        check(longview::parse_safetensors_header(text, data_size, "fuzz"), data_size);
    } catch (const longview::Error& error) {
        require(error.kind() == longview::ErrorKind::model && std::strlen(error.what()) < 1000);
    }
    return 0;
}
