#pragma once
// The weights of a model directory, found under any of the tensor-name spellings in use.

#include <filesystem>
#include <string>
#include <vector>

#include "inference/engine/weight_source.h"
#include "inference/model/safetensors.h"
#include "inference/values/model_config.h"

namespace longview {

/// Spellings, tried in this order for each layer tensor: memory_cell.model.model.layers.{i}.,
/// memory_cell.layers.{i}., and both with the prefix "armt.". LoRA checkpoints are refused by name. Opening
/// checks that every tensor is there with its shape and a float type, so that load() later cannot fail
/// half-way. Thread: any; immutable after construction.
class Checkpoint : public WeightSource {
public:
    /// Throws Error(model) naming file, tensor, expected and found.
    Checkpoint(const std::filesystem::path& directory, const ModelConfig& config);

    /// Preconditions: `layer` exists where the role has one, out.size() == elements_of(weight) (a
    /// std::logic_error otherwise).
    void load(Weight weight, int layer, std::span<float> out) const override;
    const std::vector<SafetensorsFile>& files() const { return files_; }
    std::size_t parameters() const; ///< distinct ones: a tied head counts once

private:
    const TensorView& find(Weight weight, int layer) const;

    ModelConfig config_;
    std::vector<SafetensorsFile> files_;
    std::vector<const TensorView*> tensors_; ///< [global roles, then layers × layer roles]
};

} // namespace longview
