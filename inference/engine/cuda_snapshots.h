#pragma once
// Copies of A and z on their way from the GPU to MemoryStates, beside the work of the main stream.

#include <cstdint>
#include <deque>
#include <vector>

#include "inference/engine/cuda_buffers.h"
#include "inference/values/memory_state.h"

namespace longview {

/// Used by the backend's thread. A copy is queued behind the step that wrote the layer; the next step that
/// writes it waits for the copy on the GPU, and the host for nothing until the values are wanted.
class CudaSnapshots {
public:
    /// Page-locked room for one state of `config`'s shape.
    kernels::Status create(const ModelConfig& config);

    /// Queues the copy of one layer as the work on `main` so far leaves it; `step` is how many steps have
    /// begun.
    kernels::Status queue(kernels::cuda::Stream main, const CudaBuffers& buffers, int layer,
                          std::int64_t step, MemoryState& out);
    /// What is queued on `main` from now on waits for the copies queued.
    kernels::Status hold_back(const kernels::cuda::OwnedStream& main);
    /// Puts everything that was queued up to `step` into its states.
    kernels::Status deliver(std::int64_t step);

private:
    struct Copy {
        std::int64_t step = 0;
        std::size_t slot = 0;
        float* A = nullptr; ///< [keys, d] in the state
        float* z = nullptr; ///< [keys]
    };
    kernels::Status deliver_first();
    float* slot(std::size_t index) const { return pinned_.as<float>() + index * (A_floats_ + z_floats_); }

    std::size_t A_floats_ = 0, z_floats_ = 0;
    kernels::cuda::PinnedMemory pinned_; ///< slots of A [keys, d] and z [keys], used in turns
    std::vector<kernels::cuda::Event> copied_;
    kernels::cuda::Event written_;
    kernels::cuda::OwnedStream stream_;
    std::deque<Copy> under_way_;
    std::size_t next_slot_ = 0;
    bool held_back_ = true;
};

} // namespace longview
