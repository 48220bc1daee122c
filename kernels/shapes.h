#pragma once
// What operations on every device are described by. Plain values; pointers are to the device's own memory.

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

namespace longview::kernels {

/// One matrix per cell, `stride` elements apart; [g] is the matrix of cell g. A stride of 0 shares one
/// matrix.
template <class T>
struct Stack {
    T* data = nullptr;
    std::size_t stride = 0;
    T* operator[](std::size_t g) const { return data + g * stride; }
    template <std::same_as<T> U>
    requires(!std::is_const_v<U>) operator Stack<const U>() const { return {data, stride}; }
};

using Rows = std::span<const int>;

/// Shapes of grouped-query attention. A row of qkv is [heads·head_dim | kv_heads·head_dim |
/// kv_heads·head_dim].
struct AttentionShape {
    int heads = 0, kv_heads = 0, head_dim = 0;
    int q_width() const { return heads * head_dim; }
    int kv_width() const { return kv_heads * head_dim; }
    int qkv_width() const { return q_width() + 2 * kv_width(); }
};

/// cos and sin of every position, [positions, head_dim / 2] each.
struct RopeTable {
    const float* cos = nullptr;
    const float* sin = nullptr;
    int positions = 0;
};

} // namespace longview::kernels
