#pragma once
// Whether the tests that need a GPU can run.

#include <algorithm>

#include "inference/engine/devices.h"

namespace longview::testing {

inline bool has_gpu() {
    const auto devices = list_devices();
    return std::any_of(devices.begin(), devices.end(), [](const DeviceInfo& device) {
        return device.usable && device.id.starts_with("cuda");
    });
}

} // namespace longview::testing
