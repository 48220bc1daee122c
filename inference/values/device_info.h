#pragma once
// A device that could run the engine, and whether it can.

#include <cstdint>
#include <string>

namespace longview {

struct DeviceInfo {
    std::string id;                 ///< what --device takes: "cpu", "cuda:0"
    std::string name;               ///< for people: "AMD EPYC, 2 threads", "NVIDIA H200"
    std::int64_t memory_bytes = 0;  ///< total; 0 when unknown
    std::string compute_capability; ///< "9.0"; empty for a CPU
    bool usable = false;
    std::string reason; ///< why not, in a sentence; empty when usable
    std::string remark; ///< what a person should know who let us choose: why it is not the GPU
};

} // namespace longview
