#pragma once
// A file system for SQLite that fails when it is told to: at the n-th write, sync, truncation or deletion.
// Becomes the default of this process when it is made. Never syncs for real, which makes thousands of runs
// quick.

#include <cstddef>
#include <cstdint>
#include <string>

namespace longview::storage::test {

enum class Fault {
    kill,       ///< the process ends before the step
    torn,       ///< the process ends halfway through the step
    power,      ///< the machine ends: nothing that was not synced is on the disk
    power_some, ///< … some of what was not synced is
    error,      ///< the step fails once
    broken,     ///< the disk fails from there on
    full,       ///< the disk is full from there on
};
inline constexpr Fault all_faults[] = {Fault::kill,  Fault::torn,   Fault::power, Fault::power_some,
                                       Fault::error, Fault::broken, Fault::full};
const char* name_of(Fault fault);
/// The program does not live to see the fault's end.
bool is_fatal(Fault fault);

class FaultVfs {
public:
    FaultVfs();
    ~FaultVfs();
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;

    /// The step (from 1) that fails from now on; 0: none, only counting.
    void arm(Fault fault, std::int64_t step);
    /// Ends the fault; after a power failure, what was not synced is gone from the files. Close all
    /// connections before.
    void lift();
    std::int64_t steps() const;
    bool fired() const;
};

} // namespace longview::storage::test
