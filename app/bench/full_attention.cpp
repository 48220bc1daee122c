#include "full_attention.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "inference/engine/cuda_products.h"
#include "inference/engine/cuda_weights.h"
#include "inference/engine/rope_table.h"
#include "inference/values/error.h"
#include "kernels/cuda/runtime.h"
#include "read_benchmark.h"

namespace longview::bench {

namespace cuda = kernels::cuda;
using kernels::Stack;
using kernels::Status;

namespace {

std::size_t to_size(std::int64_t value) {
    return static_cast<std::size_t>(value);
}

void require(Status status) {
    if (!status.ok())
        throw Error(ErrorKind::device, std::string("Full attention could not run: ") + status.message + ".");
}

} // namespace

class FullAttention::Impl {
public:
    Impl(const ModelConfig& config, const WeightSource& source, int device, std::int64_t longest)
        : c_(config), device_(device), longest_(to_size(longest)) {
        require(stream_.create());
        lay_out();
        require(arena_.allocate());
        lay_out();
        weights_.load(c_, source, stream_.get());
        require(products_.create(device, workspace_, kWorkspace, 1));
        require(begin_.create(true));
        require(end_.create(true));
        const auto tokens = random_tokens(longest, c_.vocab_size);
        require(
            cuda::copy_to_device(stream_.get(), tokens_, tokens.data(), tokens.size() * sizeof(tokens[0])));
        std::vector<float> cos(longest_ * to_size(c_.head_dim) / 2), sin(cos.size());
        fill_rope_table(c_, static_cast<int>(longest), cos.data(), sin.data());
        require(cuda::copy_to_device(stream_.get(), cos_, cos.data(), cos.size() * sizeof(float)));
        require(cuda::copy_to_device(stream_.get(), sin_, sin.data(), sin.size() * sizeof(float)));
        require(stream_.synchronize());
    }

    double seconds(std::int64_t tokens) {
        float ms = 0;
        require(begin_.record(stream_.get()));
        run(static_cast<int>(tokens));
        require(end_.record(stream_.get()));
        require(end_.synchronize());
        require(end_.since(begin_, ms));
        return ms / 1000;
    }
    std::int64_t bytes() const { return static_cast<std::int64_t>(arena_.bytes()); }

private:
    using Bf16 = cuda::Bf16;
    static constexpr std::size_t kWorkspace = std::size_t{32} << 20;

    void lay_out() {
        const auto d = to_size(c_.hidden_size), width = to_size(c_.intermediate_size);
        weights_.lay_out(arena_, c_);
        x_ = arena_.take<Bf16>(longest_ * d);
        normed_ = arena_.take<Bf16>(longest_ * std::max(d, to_size(c_.query_width())));
        qkv_ = arena_.take<Bf16>(longest_ * to_size(c_.qkv_width()));
        const bool fused = CudaProducts::fuses_swiglu(device_, c_.hidden_size, c_.intermediate_size);
        gate_up_ = arena_.take<Bf16>(fused ? 0 : longest_ * 2 * width);
        mlp_ = arena_.take<Bf16>(longest_ * width);
        cos_ = arena_.take<float>(longest_ * to_size(c_.head_dim) / 2);
        sin_ = arena_.take<float>(longest_ * to_size(c_.head_dim) / 2);
        logits_ = arena_.take<float>(to_size(c_.vocab_size));
        tokens_ = arena_.take<std::int32_t>(longest_);
        workspace_ = arena_.take<std::byte>(kWorkspace);
    }

    void run(int tokens) {
        require(
            cuda::embed(stream_.get(), tokens_, tokens, weights_.embedding, nullptr, 0, c_.hidden_size, x_));
        for (int layer = 0; layer < c_.layers; ++layer)
            run_layer({1, tokens}, to_size(layer));
        const auto d = to_size(c_.hidden_size);
        norm({1, 1}, x_ + to_size(tokens - 1) * d, weights_.final_norm);
        require(products_.multiply(stream_.get(), {1, 1}, c_.vocab_size, c_.hidden_size, {normed_, 0},
                                   {weights_.head, 0}, {logits_, 0}));
    }

    void run_layer(cuda::Group group, std::size_t layer) {
        const int d = c_.hidden_size, wide = c_.qkv_width(), q = c_.query_width(),
                  width = c_.intermediate_size;
        const auto size = to_size(d);
        const kernels::AttentionShape shape{c_.heads, c_.kv_heads, c_.head_dim};
        const kernels::RopeTable rope{cos_, sin_, static_cast<int>(longest_)};
        norm(group, x_, weights_.input_norm + layer * size);
        require(products_.multiply(stream_.get(), group, wide, d, {normed_, 0},
                                   {weights_.qkv + layer * to_size(wide) * size, 0}, {},
                                   Stack<Bf16>{qkv_, 0}));
        require(cuda::attention(stream_.get(), group, shape, rope, {qkv_, 0}, {normed_, 0}));
        require(products_.multiply(stream_.get(), group, d, q, {normed_, 0},
                                   {weights_.o + layer * size * to_size(q), 0}, {x_, 0}, {x_, 0}));
        norm(group, x_, weights_.post_norm + layer * size);
        require(products_.gate_up(stream_.get(), group, width, d, {normed_, 0},
                                  {weights_.gate_up + layer * 2 * to_size(width) * size, 0}, {gate_up_, 0},
                                  {mlp_, 0}));
        require(products_.multiply(stream_.get(), group, d, width, {mlp_, 0},
                                   {weights_.down + layer * size * to_size(width), 0}, {x_, 0}, {x_, 0}));
    }

    void norm(cuda::Group group, const Bf16* x, const Bf16* weight) {
        require(cuda::rms_norm(stream_.get(), group, c_.hidden_size, static_cast<float>(c_.rms_norm_eps),
                               {x, 0}, {weight, 0}, {normed_, 0}));
    }

    ModelConfig c_;
    int device_;
    std::size_t longest_;
    cuda::DeviceArena arena_;
    CudaWeights weights_;
    cuda::OwnedStream stream_;
    CudaProducts products_;
    cuda::Event begin_, end_;
    Bf16 *x_ = nullptr, *normed_ = nullptr, *qkv_ = nullptr, *gate_up_ = nullptr, *mlp_ = nullptr;
    float *cos_ = nullptr, *sin_ = nullptr, *logits_ = nullptr;
    std::int32_t* tokens_ = nullptr;
    std::byte* workspace_ = nullptr;
};

FullAttention::FullAttention(const ModelConfig& config, const WeightSource& weights, int device,
                             std::int64_t longest)
    : impl_(std::make_unique<Impl>(config, weights, device, longest)) {}
FullAttention::~FullAttention() = default;

double FullAttention::seconds(std::int64_t tokens, int rounds) {
    std::vector<double> times;
    for (int round = -1; round < rounds; ++round) {
        const double s = impl_->seconds(tokens);
        if (round >= 0)
            times.push_back(s);
    }
    return median(std::move(times));
}

std::int64_t FullAttention::bytes() const {
    return impl_->bytes();
}

} // namespace longview::bench
