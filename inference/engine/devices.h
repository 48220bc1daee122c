#pragma once
// Which devices this machine has, and making a backend on one of them.

#include <memory>
#include <string_view>
#include <vector>

#include "inference/engine/backend.h"

namespace longview {

/// Every device found, usable or not, with the reason when it is not. The CPU comes first and is always
/// usable.
std::vector<DeviceInfo> list_devices();

/// `device`: "auto" (the GPU with most memory, or the CPU with a remark why not), "cpu", "cuda" (the GPU with
/// most memory) or "cuda:N". Throws Error(device) with the reason when it cannot be used.
std::unique_ptr<Backend> make_backend(std::string_view device, const ModelConfig& config,
                                      const WeightSource& weights, int threads);

} // namespace longview
