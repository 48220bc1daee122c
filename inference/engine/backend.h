#pragma once
// What the engine asks of a device: steps of a wavefront and rows of a final segment, nothing about
// schedules, files or text.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "inference/engine/sampler.h"
#include "inference/engine/weight_source.h"
#include "inference/values/device_info.h"
#include "inference/values/memory_state.h"
#include "inference/values/model_config.h"

namespace longview {

/// One cell of a group: `rows` rows of one layer.
struct Cell {
    int rows = 0;               ///< document rows plus, in a written segment, the M memory rows after them
    bool first_segment = false; ///< of its memory: the memory read is skipped, γ = 1, v̄ = 0
};

/// Layers [first_layer, first_layer + cells.size()), one cell each.
struct CellGroup {
    int first_layer = 0;
    std::span<const Cell> cells;
    /// logits() will be asked of this step: without it, a backend may leave out of the last layer's output
    /// all but the memory rows, since nothing else reads it. With it that layer's memory may differ in the
    /// last bits.
    bool for_logits = false;
};

/// A device with one model on it. All buffers are allocated by the factory that makes it; no call below
/// allocates device memory. Owned and called by one thread. A failing call throws Error(device) and leaves
/// the state undefined: the engine restores a MemoryState before it goes on.
///
/// Activations live in slots: layer l reads slot l and leaves its output in slot l + 1 of the *other* half of
/// a double buffer; the halves are exchanged after every step. So a step's outputs are in place as the next
/// step's inputs.
class Backend {
public:
    virtual ~Backend() = default;

    virtual const ModelConfig& config() const = 0;
    virtual DeviceInfo device() const = 0;
    /// Part of every state's identity: results are equal bit for bit if and only if this name is equal.
    virtual std::string numerics() const = 0;

    /// A single memory, of the model's shape.
    virtual void load_state(const MemoryState& state) = 0;
    /// Copies A and z of one layer, as the steps begun so far leave them, into `out` (which has the model's
    /// shape). The values are there once wait() says that those steps are finished; until then out's A and z
    /// must stay where they are.
    virtual void store_state(int layer, MemoryState& out) = 0;

    /// Begins one step of a reading, all cells as one group. For a group that starts at layer 0, `entering`
    /// are the tokens of that cell's segment: their embeddings and the memory tokens are its input. Every
    /// cell:
    ///   X += φ(X Wqᵀ) A / (φ(X Wqᵀ)·z + ε)                          (2407.04841, eq. 6)
    ///   X += O(attention(RoPE(QKV(RMSNorm(X)))))  causal over the cell's rows, positions from 0
    ///   slot l + 1 = X + down(silu(gate(h)) ⊙ up(h)), h = RMSNorm(X)
    ///   A and z by the delta rule, from the output's last M rows  (2407.04841, eqs. 3–5)
    virtual void begin_step(const CellGroup& group, std::span<const TokenId> entering) = 0;
    /// Waits until at most `unfinished` of the steps begun are unfinished; returns how many are.
    virtual int wait(int unfinished) = 0;

    /// Runs `tokens` as further rows of the final segment through all layers: no memory tokens, no write;
    /// they also see the `cached` rows before them, whose keys and values are kept. Precondition: cached +
    /// tokens.size() <= final_capacity().
    virtual void extend(std::span<const TokenId> tokens, int cached, bool first_segment) = 0;

    /// Final norm and output head over rows [first_row, first_row + rows) of what extend(), or a step
    /// for_logits, left in slot L; `out` is [rows, vocab].
    virtual void logits(int first_row, int rows, std::span<float> out) = 0;
    /// choose_token() of the last of the `rows` rows that extend() ran last; the logits stay on the device.
    virtual TokenId choose(int rows, const TokenChoice& choice) = 0;
};

/// The float32 reference on the processor (kernels/cpu). `threads` <= 0 takes all cores; `remark` is what its
/// device() remarks.
/// Throws Error(device) when memory does not suffice, Error(model) from the source.
std::unique_ptr<Backend> make_cpu_backend(const ModelConfig& config, const WeightSource& weights, int threads,
                                          std::string remark = {});

} // namespace longview
