#include "inference/engine/devices.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

#include "inference/values/error.h"
#ifdef LONGVIEW_HAVE_CUDA
#include "inference/engine/cuda_backend.h"
#include "kernels/cuda/blas_lt.h"
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
/// Why nothing can run on `device`; empty when it can.
std::string problem_of(const kernels::cuda::Device& device) {
    if (!device.problem.empty())
        return device.problem + ".";
    if (kernels::cuda::BlasLt::version() == 0)
        return "The library cuBLASLt is not installed.";
    return {};
}

std::vector<DeviceInfo> cuda_devices() {
    const auto found = kernels::cuda::list_devices();
    std::vector<DeviceInfo> devices;
    for (const auto& device : found.devices) {
        const std::string problem = problem_of(device);
        devices.push_back(
            {.id = "cuda:" + std::to_string(device.index),
             .name = device.name,
             .memory_bytes = static_cast<std::int64_t>(device.memory_bytes),
             .compute_capability = std::to_string(device.major) + "." + std::to_string(device.minor),
             .usable = problem.empty(),
             .reason = problem});
    }
    if (devices.empty())
        devices.push_back(
            {.id = "cuda", .name = "CUDA", .usable = false, .reason = "No GPU: " + found.problem + "."});
    return devices;
}

/// Precondition: `id` is one of cuda_devices(), and usable.
std::unique_ptr<Backend> make_gpu_backend(const std::string& id, const ModelConfig& config,
                                          const WeightSource& weights) {
    for (const auto& device : kernels::cuda::list_devices().devices)
        if (id == "cuda:" + std::to_string(device.index))
            return make_cuda_backend(device, config, weights);
    throw Error(ErrorKind::device, "The GPU " + id + " is gone. Choose the CPU (--device cpu).");
}
#else
std::vector<DeviceInfo> cuda_devices() {
    return {{.id = "cuda", .name = "CUDA", .usable = false, .reason = "Longview was built without CUDA."}};
}

std::unique_ptr<Backend> make_gpu_backend(const std::string&, const ModelConfig&, const WeightSource&) {
    throw Error(ErrorKind::device, "Longview was built without CUDA. Choose the CPU (--device cpu).");
}
#endif

/// The usable GPU with most memory; nullptr when there is none.
const DeviceInfo* best_of(const std::vector<DeviceInfo>& devices) {
    const DeviceInfo* best = nullptr;
    for (const auto& device : devices)
        if (device.usable && (best == nullptr || device.memory_bytes > best->memory_bytes))
            best = &device;
    return best;
}

/// Why no GPU is taken, where there is one; empty where nobody would expect it to be.
std::string remark_on(const std::vector<DeviceInfo>& unusable) {
    const auto there = std::find_if(unusable.begin(), unusable.end(),
                                    [](const auto& gpu) { return !gpu.compute_capability.empty(); });
    return there == unusable.end() ? std::string()
                                   : "The CPU computes. " + there->name + " cannot be used: " + there->reason;
}

/// A GPU when one can hold the model; else the CPU, which then says why.
std::unique_ptr<Backend> make_best_backend(const ModelConfig& config, const WeightSource& weights,
                                           int threads) {
    const auto gpus = cuda_devices();
    const DeviceInfo* best = best_of(gpus);
    if (best == nullptr)
        return make_cpu_backend(config, weights, threads, remark_on(gpus));
    try {
        return make_gpu_backend(best->id, config, weights);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::device)
            throw;
        return make_cpu_backend(config, weights, threads, std::string("The CPU computes. ") + error.what());
    }
}

} // namespace

std::vector<DeviceInfo> list_devices() {
    std::vector<DeviceInfo> devices{cpu_device()};
    for (auto& device : cuda_devices())
        devices.push_back(std::move(device));
    return devices;
}

DeviceInfo require_gpu(std::string_view device) {
    if (device != "cuda" && !device.starts_with("cuda:"))
        throw Error(ErrorKind::usage, "Unknown device \"" + std::string(device) +
                                          "\": use auto, cpu, cuda or cuda:N (see: longview-cli devices).");
    const auto gpus = cuda_devices();
    const auto named =
        std::find_if(gpus.begin(), gpus.end(), [&](const auto& gpu) { return gpu.id == device; });
    const DeviceInfo* wanted = named != gpus.end() ? &*named : device == "cuda" ? best_of(gpus) : nullptr;
    if (wanted == nullptr && device == "cuda")
        wanted = &gpus.front(); // which says why
    if (wanted == nullptr)
        throw Error(ErrorKind::device,
                    "There is no device " + std::string(device) + " (see: longview-cli devices).");
    if (!wanted->usable)
        throw Error(ErrorKind::device,
                    wanted->name + " cannot be used: " + wanted->reason + " Use --device cpu.");
    return *wanted;
}

std::unique_ptr<Backend> make_backend(std::string_view device, const ModelConfig& config,
                                      const WeightSource& weights, int threads) {
    if (device == "auto")
        return make_best_backend(config, weights, threads);
    if (device == "cpu")
        return make_cpu_backend(config, weights, threads);
    return make_gpu_backend(require_gpu(device).id, config, weights);
}

} // namespace longview
