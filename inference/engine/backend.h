#pragma once
// What the engine asks of a device: grouped operations over cells, nothing about schedules, files or text.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "inference/engine/weight_source.h"
#include "inference/values/device_info.h"
#include "inference/values/memory_state.h"
#include "inference/values/model_config.h"

namespace longview {

/// One cell of a group: `rows` rows of one layer.
struct Cell {
    int rows = 0;               ///< document rows plus, in a written segment, the M memory rows after them
    bool first_segment = false; ///< nothing was read before: the memory read is skipped, γ = 1, v̄ = 0
};

/// Layers [first_layer, first_layer + cells.size()), one cell each.
struct CellGroup {
    int first_layer = 0;
    std::span<const Cell> cells;
};

/// A device with one model on it. All buffers are allocated by the factory that makes it; no call below
/// allocates device memory. Owned and called by one thread. A failing call throws Error(device) and leaves
/// the state undefined: the engine restores a MemoryState before it goes on.
///
/// Activations live in slots: layer l reads slot l and leaves its output in slot l + 1 of the *other* half of
/// a double buffer; flip() exchanges the halves after a step. So a group's outputs are in place as the next
/// group's inputs.
class Backend {
public:
    virtual ~Backend() = default;

    virtual const ModelConfig& config() const = 0;
    virtual DeviceInfo device() const = 0;
    /// Part of every state's identity: results are equal bit for bit if and only if this name is equal.
    virtual std::string numerics() const = 0;

    virtual void load_state(const MemoryState& state) = 0;
    /// Copies A and z of one layer into `out` (which has the model's shape).
    virtual void store_state(int layer, MemoryState& out) = 0;

    /// Puts embeddings of `tokens`, then the memory tokens if asked, into slot 0. At most segment_rows() rows
    /// with memory tokens and final_capacity() without.
    virtual void embed(std::span<const TokenId> tokens, bool with_memory_tokens) = 0;

    /// X += φ(X Wqᵀ) A / (φ(X Wqᵀ)·z + ε) for every cell that is not in the first segment (2407.04841, eq.
    /// 6).
    virtual void memory_read(const CellGroup& group) = 0;
    /// X += O(attention(RoPE(QKV(RMSNorm(X))))), causal over the cell's own rows, positions from 0.
    virtual void attention(const CellGroup& group) = 0;
    /// The same for new rows of the final segment, which also see the `cached` rows before them; appends
    /// theirs to the key/value cache of `layer`. Precondition: cached + rows <= final_capacity().
    virtual void attention_cached(int layer, int rows, int cached) = 0;
    /// Slot l + 1 (other half) = X + down(silu(gate(h)) ⊙ up(h)), h = RMSNorm(X).
    virtual void feed_forward(const CellGroup& group) = 0;
    /// Delta-rule update of A and z from each cell's last M output rows (2407.04841, eqs. 3–5).
    virtual void memory_write(const CellGroup& group) = 0;
    virtual void flip() = 0;

    /// Final norm and output head over rows [first_row, first_row + rows) of the current slot L; `out` is
    /// [rows, vocab].
    virtual void logits(int first_row, int rows, std::span<float> out) = 0;
};

/// The float32 reference on the processor (kernels/cpu). `threads` <= 0 takes all cores.
/// Throws Error(device) when memory does not suffice, Error(model) from the source.
std::unique_ptr<Backend> make_cpu_backend(const ModelConfig& config, const WeightSource& weights,
                                          int threads);

} // namespace longview
