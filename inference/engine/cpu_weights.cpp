#include "inference/engine/cpu_weights.h"

#include <algorithm>
#include <vector>

#include "kernels/ops.h"

namespace longview {

namespace {

std::size_t to_size(int value) {
    return static_cast<std::size_t>(value);
}

/// from [out, in] becomes columns [offset, offset + out) of `to`, an [in, width] matrix in panels; in blocks,
/// so that both sides stay in cache.
void transpose(const float* from, std::size_t out, std::size_t in, float* to, std::size_t width,
               std::size_t offset) {
    constexpr std::size_t block = 32;
    for (std::size_t r0 = 0; r0 < out; r0 += block)
        for (std::size_t c0 = 0; c0 < in; c0 += block)
            for (std::size_t r = r0; r < std::min(out, r0 + block); ++r)
                for (std::size_t c = c0; c < std::min(in, c0 + block); ++c)
                    to[kernels::panel_index(in, width, c, offset + r)] = from[r * in + c];
}

/// Loads one [out, in] projection of one layer into a place inside a stacked [in, width] matrix.
class Loader {
public:
    Loader(const ModelConfig& config, const WeightSource& source) : config_(config), source_(source) {}

    void plain(Weight weight, int layer, float* to) {
        source_.load(weight, layer, {to, elements_of(weight, config_)});
    }
    void projection(Weight weight, int layer, int in, float* to, int width, int offset) {
        scratch_.resize(elements_of(weight, config_));
        source_.load(weight, layer, scratch_);
        transpose(scratch_.data(), scratch_.size() / to_size(in), to_size(in), to, to_size(width),
                  to_size(offset));
    }

private:
    const ModelConfig& config_;
    const WeightSource& source_;
    std::vector<float> scratch_;
};

} // namespace

void CpuWeights::lay_out(Arena& arena, const ModelConfig& c) {
    const auto layers = to_size(c.layers), d = to_size(c.hidden_size);
    embedding = arena.take(to_size(c.vocab_size) * d);
    head = c.tied_embeddings ? embedding : arena.take(to_size(c.vocab_size) * d);
    memory_tokens = arena.take(to_size(c.memory_tokens) * d);
    final_norm = arena.take(d);
    input_norm = arena.take(layers * d);
    qkv = arena.take(layers * d * to_size(c.qkv_width()));
    o = arena.take(layers * to_size(c.query_width()) * d);
    post_norm = arena.take(layers * d);
    gate_up = arena.take(layers * d * 2 * to_size(c.intermediate_size));
    down = arena.take(layers * to_size(c.intermediate_size) * d);
    memory_query = arena.take(layers * d * to_size(c.d_mem));
    memory_key = arena.take(layers * d * to_size(c.d_mem));
    memory_value = arena.take(layers * d * d);
    beta = arena.take(layers * d);
    beta_bias = arena.take(layers);
}

void CpuWeights::load(const ModelConfig& c, const WeightSource& source) {
    Loader from(c, source);
    const int d = c.hidden_size;
    from.plain(Weight::embedding, 0, embedding);
    if (!c.tied_embeddings)
        from.plain(Weight::head, 0, head);
    from.plain(Weight::memory_tokens, 0, memory_tokens);
    from.plain(Weight::final_norm, 0, final_norm);
    for (int layer = 0; layer < c.layers; ++layer) {
        const auto l = to_size(layer);
        const int q = c.query_width(), kv = c.kv_width(), wide = c.qkv_width(), mlp = c.intermediate_size;
        from.plain(Weight::input_norm, layer, input_norm + l * to_size(d));
        float* layer_qkv = qkv + l * to_size(d) * to_size(wide);
        from.projection(Weight::q_proj, layer, d, layer_qkv, wide, 0);
        from.projection(Weight::k_proj, layer, d, layer_qkv, wide, q);
        from.projection(Weight::v_proj, layer, d, layer_qkv, wide, q + kv);
        from.projection(Weight::o_proj, layer, q, o + l * to_size(q) * to_size(d), d, 0);
        from.plain(Weight::post_norm, layer, post_norm + l * to_size(d));
        float* layer_gate_up = gate_up + l * to_size(d) * 2 * to_size(mlp);
        from.projection(Weight::gate_proj, layer, d, layer_gate_up, 2 * mlp, 0);
        from.projection(Weight::up_proj, layer, d, layer_gate_up, 2 * mlp, mlp);
        from.projection(Weight::down_proj, layer, mlp, down + l * to_size(mlp) * to_size(d), d, 0);
        from.projection(Weight::memory_query, layer, d, memory_query + l * to_size(d) * to_size(c.d_mem),
                        c.d_mem, 0);
        from.projection(Weight::memory_key, layer, d, memory_key + l * to_size(d) * to_size(c.d_mem), c.d_mem,
                        0);
        from.projection(Weight::memory_value, layer, d, memory_value + l * to_size(d) * to_size(d), d, 0);
        from.projection(Weight::memory_beta, layer, d, beta + l * to_size(d), 1, 0);
        from.plain(Weight::memory_beta_bias, layer, beta_bias + l);
    }
}

} // namespace longview
