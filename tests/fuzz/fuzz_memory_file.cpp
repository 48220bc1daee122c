// Any .lvmem file is either refused with an input error or holds together, and then is written back byte for
// byte.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "inference/values/error.h"
#include "storage/memory_file.h"

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

void parse(std::span<const std::byte> bytes) {
    try {
        const longview::storage::MemoryFile memory = longview::storage::parse_memory_file(bytes, "fuzz");
        require(memory.segments > 0 && memory.layers > 0 && memory.keys > 0 && memory.hidden > 0);
        require(longview::storage::to_bytes(memory) ==
                std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    } catch (const longview::Error& error) {
        require(error.kind() == longview::ErrorKind::input && std::strlen(error.what()) < 1000);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::byte> bytes(reinterpret_cast<const std::byte*>(data),
                                 reinterpret_cast<const std::byte*>(data) + size);
    parse(bytes);
    // Behind a right checksum the sections themselves are reached.
    constexpr std::size_t sums = 4 + 8 + 16;
    if (size > sums) {
        const longview::Hash128 right = longview::hash_bytes(std::span(bytes).first(size - sums));
        std::memcpy(bytes.data() + size - right.bytes.size(), right.bytes.data(), right.bytes.size());
        parse(bytes);
    }
    return 0;
}
