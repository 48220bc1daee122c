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

/// The usable GPU that "cuda" (the one with most memory) or "cuda:N" names. Throws Error(device) with the
/// reason when it cannot be used, Error(usage) for another name.
DeviceInfo require_gpu(std::string_view device);

/// `device`: "auto" (the GPU with most memory, or the CPU with a remark why not), "cpu", or what
/// require_gpu() takes, with its errors.
std::unique_ptr<Backend> make_backend(std::string_view device, const ModelConfig& config,
                                      const WeightSource& weights, int threads);

} // namespace longview
