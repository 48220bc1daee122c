#pragma once
// How fast the library stores and loads memories, and answers when it is large.

#include <cstdint>
#include <filesystem>

#include "inference/values/memory_state.h"
#include "table.h"

namespace longview::bench {

/// A library with one memory in it, at `file`.
class StoredState {
public:
    StoredState(std::filesystem::path file, const MemoryState& state);
    /// Past the page cache where the system can drop it; `seconds`: what it took once the library was open.
    MemoryState load(double& seconds) const;

private:
    std::filesystem::path file_;
};

/// Stores and loads `state` `rounds` times in a library in `directory`, beside plain writing (with fsync) and
/// reading (past the page cache where that is possible) of as many bytes there.
Table run_state_benchmark(const std::filesystem::path& directory, const MemoryState& state, int rounds);

/// Lists, searches and opens in a library with so many documents and answers, made in `directory`.
Table run_library_benchmark(const std::filesystem::path& directory, std::int64_t documents,
                            std::int64_t exchanges, int rounds);

} // namespace longview::bench
