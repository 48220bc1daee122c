#pragma once
// The CUDA devices of this machine. No CUDA type in sight, so that anybody may include it.

#include <cstddef>
#include <string>
#include <vector>

namespace longview::kernels::cuda {

struct Device {
    int index = 0;
    std::string name;
    std::size_t memory_bytes = 0;
    int major = 0, minor = 0; ///< compute capability
    std::string problem; ///< why our kernels cannot run on it, a sentence without its full stop; else empty
};

struct DeviceList {
    std::vector<Device> devices;
    std::string problem; ///< a sentence when there is none: no driver, driver too old, no device
};

/// Asks the driver; never throws, works without a driver or a GPU.
DeviceList list_devices();

/// CUDA's versions here and the current device's clocks, as the header of a measurement wants them.
std::string describe_versions();

} // namespace longview::kernels::cuda
