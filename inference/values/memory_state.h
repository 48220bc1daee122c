#pragma once
// What a model keeps of everything it has read: a constant-size value per document, or per span of one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "inference/values/model_config.h"

namespace longview {

/// A [L, k, d] and z [L, k], float32 (arXiv 2407.04841, section 3), after `segments` segments. Where the
/// model has a span (ModelConfig::memory_span) they hold m memories one after another, that of the first span
/// first: A [m·L, k, d], z [m·L, k]. Owns its floats.
struct MemoryState {
    int layers = 0;            ///< m·L
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
        return layers == config.layers * config.memories(segments) && keys == config.keys() &&
               hidden == config.hidden_size && A.size() == layer_A() * static_cast<std::size_t>(layers) &&
               z.size() == layer_z() * static_cast<std::size_t>(layers);
    }
    /// A copy of memory i alone, with the segments of its span. Preconditions: fits(config), 0 <= i < m.
    MemoryState memory(std::int64_t i, const ModelConfig& config) const {
        MemoryState one{config.layers, keys, hidden, segments, {}, {}};
        if (config.memory_span)
            one.segments = std::min<std::int64_t>(*config.memory_span, segments - i * *config.memory_span);
        const auto take = [i](const std::vector<float>& all, std::size_t count) {
            const auto first = all.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * count);
            return std::vector<float>(first, first + static_cast<std::ptrdiff_t>(count));
        };
        one.A = take(A, layer_A() * static_cast<std::size_t>(config.layers));
        one.z = take(z, layer_z() * static_cast<std::size_t>(config.layers));
        return one;
    }
    /// Puts the memories of the segments that follow behind its own.
    void append(const MemoryState& later) {
        layers += later.layers;
        keys = later.keys;
        hidden = later.hidden;
        segments += later.segments;
        A.insert(A.end(), later.A.begin(), later.A.end());
        z.insert(z.end(), later.z.begin(), later.z.end());
    }
    bool operator==(const MemoryState&) const = default;
};

} // namespace longview
