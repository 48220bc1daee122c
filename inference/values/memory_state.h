#pragma once
// What a model keeps of everything it has read: a constant-size value per document.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "inference/values/model_config.h"

namespace longview {

/// A [L, k, d] and z [L, k], float32 (arXiv 2407.04841, section 3), after `segments` segments. Owns its
/// memory.
struct MemoryState {
    int layers = 0;            ///< L
    int keys = 0;              ///< k
    int hidden = 0;            ///< d
    std::int64_t segments = 0; ///< segments read so far; 0 means nothing was read and A, z are all zero
    std::vector<float> A;      ///< [L, k, d]
    std::vector<float> z;      ///< [L, k]

    static MemoryState empty(const ModelConfig& config) {
        MemoryState state{config.layers, config.keys(), config.hidden_size, 0, {}, {}};
        state.A.assign(state.layer_A() * static_cast<std::size_t>(state.layers), 0.0F);
        state.z.assign(state.layer_z() * static_cast<std::size_t>(state.layers), 0.0F);
        return state;
    }
    std::size_t layer_A() const { return static_cast<std::size_t>(keys) * static_cast<std::size_t>(hidden); }
    std::size_t layer_z() const { return static_cast<std::size_t>(keys); }
    std::size_t bytes() const { return (A.size() + z.size()) * sizeof(float); }
    bool fits(const ModelConfig& config) const {
        return layers == config.layers && keys == config.keys() && hidden == config.hidden_size &&
               A.size() == layer_A() * static_cast<std::size_t>(layers) &&
               z.size() == layer_z() * static_cast<std::size_t>(layers);
    }
    bool operator==(const MemoryState&) const = default;
};

} // namespace longview
