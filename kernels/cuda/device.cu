#include "kernels/cuda/device.h"

#include "kernels/cuda/blas_lt.h"

#include <cuda_runtime_api.h>

namespace longview::kernels::cuda {

namespace {

__global__ void probe_kernel() {}

std::string problem_of(int index, const cudaDeviceProp& properties) {
    if (properties.major < 8)
        return "Its compute capability is " + std::to_string(properties.major) + "." +
               std::to_string(properties.minor) + ", and 8.0 or more is needed";
    cudaFuncAttributes attributes{};
    cudaError_t error = cudaSetDevice(index);
    if (error == cudaSuccess)
        error = cudaFuncGetAttributes(&attributes, probe_kernel);
    if (error == cudaSuccess)
        return {};
    (void)cudaGetLastError();
    return error == cudaErrorNoKernelImageForDevice
               ? "This build of Longview holds no code for its architecture"
               : std::string("The CUDA driver says: ") + cudaGetErrorString(error);
}

} // namespace

DeviceList list_devices() {
    DeviceList list;
    int count = 0;
    if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess) {
        list.problem = std::string("the CUDA driver says: ") + cudaGetErrorString(error);
        return list;
    }
    for (int index = 0; index < count; ++index) {
        cudaDeviceProp properties{};
        if (const cudaError_t error = cudaGetDeviceProperties(&properties, index); error != cudaSuccess) {
            list.problem = "device " + std::to_string(index) + ": " + cudaGetErrorString(error);
            continue;
        }
        list.devices.push_back({index, properties.name, properties.totalGlobalMem, properties.major,
                                properties.minor, problem_of(index, properties)});
    }
    if (list.devices.empty() && list.problem.empty())
        list.problem = "no CUDA device was found";
    return list;
}

std::string describe_versions() {
    const auto dotted = [](int version) {
        return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
    };
    int driver = 0, runtime = 0, device = 0, clock = 0, memory = 0;
    if (cudaDriverGetVersion(&driver) != cudaSuccess || cudaRuntimeGetVersion(&runtime) != cudaSuccess ||
        cudaGetDevice(&device) != cudaSuccess ||
        cudaDeviceGetAttribute(&clock, cudaDevAttrClockRate, device) != cudaSuccess ||
        cudaDeviceGetAttribute(&memory, cudaDevAttrMemoryClockRate, device) != cudaSuccess)
        return "unknown";
    return "driver for CUDA " + dotted(driver) + ", runtime " + dotted(runtime) + ", cuBLASLt " +
           std::to_string(BlasLt::version()) + ", clocks up to " + std::to_string(clock / 1000) +
           " MHz (memory " + std::to_string(memory / 1000) + " MHz)";
}

} // namespace longview::kernels::cuda
