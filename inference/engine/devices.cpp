#include "inference/engine/devices.h"

#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

#include "inference/values/error.h"
#ifdef LONGVIEW_HAVE_CUDA
#include "kernels/cuda/device.h"
#endif

namespace longview {

namespace {

std::string processor_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (const auto colon = line.find(": "); line.starts_with("model name") && colon != std::string::npos)
            return line.substr(colon + 2);
    return "CPU";
}

DeviceInfo cpu_device() {
    const auto pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGE_SIZE);
    const auto cores = std::thread::hardware_concurrency();
    return {.id = "cpu",
            .name = processor_name() + ", " + std::to_string(cores) + (cores == 1 ? " core" : " cores"),
            .memory_bytes = static_cast<std::int64_t>(pages) * page,
            .usable = true};
}

#ifdef LONGVIEW_HAVE_CUDA
std::vector<DeviceInfo> cuda_devices() {
    const auto found = kernels::cuda::list_devices();
    std::vector<DeviceInfo> devices;
    for (const auto& device : found.devices)
        devices.push_back(
            {.id = "cuda:" + std::to_string(device.index),
             .name = device.name,
             .memory_bytes = static_cast<std::int64_t>(device.memory_bytes),
             .compute_capability = std::to_string(device.major) + "." + std::to_string(device.minor),
             .usable = false,
             .reason = "This version of Longview computes on the CPU only."});
    if (devices.empty())
        devices.push_back(
            {.id = "cuda", .name = "CUDA", .usable = false, .reason = "No GPU: " + found.problem + "."});
    return devices;
}
#else
std::vector<DeviceInfo> cuda_devices() {
    return {{.id = "cuda", .name = "CUDA", .usable = false, .reason = "Longview was built without CUDA."}};
}
#endif

} // namespace

std::vector<DeviceInfo> list_devices() {
    std::vector<DeviceInfo> devices{cpu_device()};
    for (auto& device : cuda_devices())
        devices.push_back(std::move(device));
    return devices;
}

std::unique_ptr<Backend> make_backend(std::string_view device, const ModelConfig& config,
                                      const WeightSource& weights, int threads) {
    if (device == "cpu" || device == "auto")
        return make_cpu_backend(config, weights, threads);
    if (device != "cuda" && !device.starts_with("cuda:"))
        throw Error(ErrorKind::usage, "Unknown device \"" + std::string(device) +
                                          "\": use auto, cpu, cuda or cuda:N (see: longview-cli devices).");
    for (const auto& found : cuda_devices())
        if (found.id == device || device == "cuda")
            throw Error(ErrorKind::device,
                        found.name + " cannot be used: " + found.reason + " Use --device cpu.");
    throw Error(ErrorKind::device,
                "There is no device " + std::string(device) + " (see: longview-cli devices).");
}

} // namespace longview
