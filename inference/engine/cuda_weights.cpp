#include "inference/engine/cuda_weights.h"

#include <algorithm>
#include <vector>

#include "inference/values/error.h"

namespace longview {

namespace {

namespace cuda = kernels::cuda;

std::size_t to_size(int value) {
    return static_cast<std::size_t>(value);
}

void check(kernels::Status status) {
    if (!status.ok())
        throw Error(ErrorKind::device, std::string("The model could not be brought onto the GPU: ") +
                                           status.message +
                                           ". Choose the CPU to go on without it (--device cpu).");
}

/// Brings float32 tensors over in pieces, rounds them there, and puts their rows where they belong.
class Loader {
public:
    Loader(const ModelConfig& config, const WeightSource& source, cuda::Stream stream)
        : config_(config), source_(source), stream_(stream), staging_(arena_.take<float>(kStagingFloats)) {
        check(arena_.allocate());
        staging_ = arena_.take<float>(kStagingFloats);
    }

    /// The tensor's rows [rows, width], `row_stride` elements apart from `to` on.
    void rows(Weight weight, int layer, int width, cuda::Bf16* to, std::size_t row_stride) {
        const std::vector<float>& values = load(weight, layer);
        const int count = static_cast<int>(values.size() / to_size(width));
        const int piece = std::max(1, static_cast<int>(kStagingFloats / to_size(width)));
        for (int row = 0; row < count; row += piece) {
            const int taken = std::min(piece, count - row);
            check(cuda::copy_to_device(stream_, staging_, values.data() + to_size(row) * to_size(width),
                                       to_size(taken) * to_size(width) * sizeof(float)));
            check(cuda::round_rows(stream_, staging_, taken, width, to + to_size(row) * row_stride,
                                   row_stride));
        }
    }
    void dense(Weight weight, int layer, int width, cuda::Bf16* to) {
        rows(weight, layer, width, to, to_size(width));
    }
    void plain(Weight weight, int layer, float* to) {
        const std::vector<float>& values = load(weight, layer);
        check(cuda::copy_to_device(stream_, to, values.data(), values.size() * sizeof(float)));
    }

private:
    const std::vector<float>& load(Weight weight, int layer) {
        values_.resize(elements_of(weight, config_));
        source_.load(weight, layer, values_);
        return values_;
    }

    static constexpr std::size_t kStagingFloats = std::size_t{1} << 24;

    const ModelConfig& config_;
    const WeightSource& source_;
    cuda::Stream stream_;
    cuda::DeviceArena arena_;
    float* staging_;
    std::vector<float> values_;
};

} // namespace

void CudaWeights::lay_out(cuda::DeviceArena& arena, const ModelConfig& c) {
    const auto layers = to_size(c.layers), d = to_size(c.hidden_size);
    embedding = arena.take<Bf16>(to_size(c.vocab_size) * d);
    head = c.tied_embeddings ? embedding : arena.take<Bf16>(to_size(c.vocab_size) * d);
    memory_tokens = arena.take<Bf16>(to_size(c.memory_tokens) * d);
    final_norm = arena.take<Bf16>(d);
    input_norm = arena.take<Bf16>(layers * d);
    qkv = arena.take<Bf16>(layers * to_size(c.qkv_width()) * d);
    o = arena.take<Bf16>(layers * d * to_size(c.query_width()));
    post_norm = arena.take<Bf16>(layers * d);
    gate_up = arena.take<Bf16>(layers * 2 * to_size(c.intermediate_size) * d);
    down = arena.take<Bf16>(layers * d * to_size(c.intermediate_size));
    memory_query = arena.take<Bf16>(layers * to_size(c.d_mem) * d);
    memory_write = arena.take<Bf16>(layers * to_size(write_width(c)) * d);
    beta_bias = arena.take<float>(layers);
}

void CudaWeights::load(const ModelConfig& c, const WeightSource& source, cuda::Stream stream) {
    Loader from(c, source, stream);
    const int d = c.hidden_size, q = c.query_width(), kv = c.kv_width(), mlp = c.intermediate_size;
    from.dense(Weight::embedding, 0, d, embedding);
    if (!c.tied_embeddings)
        from.dense(Weight::head, 0, d, head);
    from.dense(Weight::memory_tokens, 0, d, memory_tokens);
    from.dense(Weight::final_norm, 0, d, final_norm);
    for (int layer = 0; layer < c.layers; ++layer) {
        const auto l = to_size(layer), width = to_size(d);
        from.dense(Weight::input_norm, layer, d, input_norm + l * width);
        from.dense(Weight::post_norm, layer, d, post_norm + l * width);
        Bf16* layer_qkv = qkv + l * to_size(c.qkv_width()) * width;
        from.dense(Weight::q_proj, layer, d, layer_qkv);
        from.dense(Weight::k_proj, layer, d, layer_qkv + to_size(q) * width);
        from.dense(Weight::v_proj, layer, d, layer_qkv + to_size(q + kv) * width);
        from.dense(Weight::o_proj, layer, q, o + l * width * to_size(q));
        Bf16* layer_gate_up = gate_up + l * 2 * to_size(mlp) * width;
        from.rows(Weight::gate_proj, layer, d, layer_gate_up, 2 * width);
        from.rows(Weight::up_proj, layer, d, layer_gate_up + width, 2 * width);
        from.dense(Weight::down_proj, layer, mlp, down + l * width * to_size(mlp));
        from.dense(Weight::memory_query, layer, d, memory_query + l * to_size(c.d_mem) * width);
        Bf16* layer_write = memory_write + l * to_size(write_width(c)) * width;
        from.dense(Weight::memory_value, layer, d, layer_write);
        from.dense(Weight::memory_key, layer, d, layer_write + width * width);
        from.dense(Weight::memory_beta, layer, d, layer_write + to_size(d + c.d_mem) * width);
        from.plain(Weight::memory_beta_bias, layer, beta_bias + l);
    }
}

} // namespace longview
