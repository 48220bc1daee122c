#include "kernels/cuda/device.h"

#include <cuda_runtime_api.h>

namespace longview::kernels::cuda {

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
        list.devices.push_back(
            {index, properties.name, properties.totalGlobalMem, properties.major, properties.minor});
    }
    if (list.devices.empty() && list.problem.empty())
        list.problem = "no CUDA device was found";
    return list;
}

} // namespace longview::kernels::cuda
