#pragma once
// The model on an NVIDIA GPU (kernels/cuda): bfloat16 products, float32 sums, float32 A and z.

#include <memory>

#include "inference/engine/backend.h"
#include "kernels/cuda/device.h"

namespace longview {

/// Throws Error(device) when the GPU cannot hold or run the model, with what is needed and what is there;
/// Error(model) from the source.
std::unique_ptr<Backend> make_cuda_backend(const kernels::cuda::Device& device, const ModelConfig& config,
                                           const WeightSource& weights);

} // namespace longview
