#include "inference/engine/cuda_snapshots.h"

#include <algorithm>

namespace longview {

namespace cuda = kernels::cuda;
using kernels::Status;

Status CudaSnapshots::create(const ModelConfig& config) {
    A_floats_ = static_cast<std::size_t>(config.keys()) * static_cast<std::size_t>(config.hidden_size);
    z_floats_ = static_cast<std::size_t>(config.keys());
    copied_.resize(static_cast<std::size_t>(config.layers));
    for (auto& event : copied_)
        if (const Status status = event.create(); !status.ok())
            return status;
    if (const Status status = written_.create(); !status.ok())
        return status;
    if (const Status status = stream_.create(); !status.ok())
        return status;
    return pinned_.allocate(copied_.size() * (A_floats_ + z_floats_) * sizeof(float));
}

Status CudaSnapshots::queue(cuda::Stream main, const CudaBuffers& buffers, int layer, std::int64_t step,
                            MemoryState& out) {
    if (under_way_.size() == copied_.size())
        if (const Status status = deliver_first(); !status.ok())
            return status;
    const auto l = static_cast<std::size_t>(layer);
    const Copy copy{step, next_slot_, out.A.data() + l * A_floats_, out.z.data() + l * z_floats_};
    next_slot_ = (next_slot_ + 1) % copied_.size();
    held_back_ = false;
    under_way_.push_back(copy);
    float* to = slot(copy.slot);
    for (const Status status :
         {written_.record(main), stream_.wait_for(written_),
          cuda::copy_to_host(stream_.get(), to, buffers.A + l * A_floats_, A_floats_ * sizeof(float)),
          cuda::copy_to_host(stream_.get(), to + A_floats_, buffers.z + l * z_floats_,
                             z_floats_ * sizeof(float)),
          copied_[copy.slot].record(stream_.get())})
        if (!status.ok())
            return status;
    return {};
}

Status CudaSnapshots::hold_back(const cuda::OwnedStream& main) {
    if (held_back_ || under_way_.empty())
        return {};
    held_back_ = true;
    return main.wait_for(copied_[under_way_.back().slot]);
}

Status CudaSnapshots::deliver_first() {
    const Copy copy = under_way_.front();
    under_way_.pop_front();
    if (const Status status = copied_[copy.slot].synchronize(); !status.ok())
        return status;
    std::copy_n(slot(copy.slot), A_floats_, copy.A);
    std::copy_n(slot(copy.slot) + A_floats_, z_floats_, copy.z);
    return {};
}

Status CudaSnapshots::deliver(std::int64_t step) {
    while (!under_way_.empty() && under_way_.front().step <= step)
        if (const Status status = deliver_first(); !status.ok())
            return status;
    return {};
}

} // namespace longview
