#include "gpu_kernel_benchmark.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "inference/engine/cuda_buffers.h"
#include "inference/engine/cuda_products.h"
#include "inference/engine/cuda_weights.h"
#include "inference/engine/rope_table.h"
#include "inference/values/error.h"
#include "kernels/cost.h"
#include "kernels/cuda/ceilings.h"
#include "read_benchmark.h"

namespace longview::bench {

namespace {

namespace cuda = kernels::cuda;
using cuda::Bf16;
using cuda::Group;
using kernels::Cost;
using kernels::Stack;
using kernels::Status;

std::size_t to_size(int value) {
    return static_cast<std::size_t>(value);
}

void require(Status status) {
    if (!status.ok())
        throw Error(ErrorKind::device, std::string("A kernel could not be timed: ") + status.message + ".");
}

struct Timing {
    std::string name;
    double seconds = 0;
    Cost cost; ///< of all cells
};

/// The operations of CudaBackend's step over as many cells as there are layers, each launched as there.
class GpuDiagonal {
public:
    GpuDiagonal(const ModelConfig& config, int device, int repeats)
        : c_(config), device_(device), repeats_(repeats), group_{c_.layers, c_.segment_rows()} {
        lay_out();
        require(arena_.allocate());
        lay_out();
        require(stream_.create());
        require(begin_.create(true));
        require(end_.create(true));
        require(products_.create(device, buffers_.workspace, CudaBuffers::workspace_bytes, c_.layers));
        products_.tune(true); // in the first, untimed launch of each
        fill_everything();
    }

    std::vector<Timing> measure() {
        read_memory();
        attention();
        feed_forward();
        write_memory();
        return std::move(timings_);
    }

private:
    void lay_out() {
        weights_.lay_out(arena_, c_);
        buffers_.lay_out(arena_, c_,
                         CudaProducts::fuses_swiglu(device_, c_.hidden_size, c_.intermediate_size));
        staging_ = arena_.take<float>(kStaging);
    }

    template <class T>
    Stack<T> cells(T* data, int width) const {
        return {data, to_size(group_.rows) * to_size(width)};
    }
    template <class T>
    static Stack<T> layers(T* data, std::size_t size) {
        return {data, size};
    }

    // --- values: products of zeros run faster than those of data

    void fill(float* to, std::size_t count, float low, float high) {
        std::minstd_rand random(7);
        std::vector<float> values(std::min(count, kStaging));
        for (float& value : values)
            value = low + (high - low) * static_cast<float>(random() % 4096) / 4096.0F;
        for (std::size_t i = 0; i < count; i += kStaging)
            require(cuda::copy_to_device(stream_.get(), to + i, values.data(),
                                         std::min(kStaging, count - i) * sizeof(float)));
    }
    void fill(Bf16* to, std::size_t count, float scale) {
        fill(staging_, kStaging, -scale, scale);
        constexpr int width = 1024;
        for (std::size_t i = 0; i < count; i += kStaging) {
            const std::size_t piece = std::min(kStaging, count - i);
            require(cuda::round_rows(stream_.get(), staging_, static_cast<int>(piece / width), width, to + i,
                                     width));
        }
        require(stream_.synchronize());
    }

    void fill_everything() {
        const auto L = to_size(c_.layers), T = to_size(group_.rows), d = to_size(c_.hidden_size),
                   q = to_size(c_.query_width()), mlp = to_size(c_.intermediate_size);
        const auto weight = [](std::size_t in) { return std::sqrt(3.0F / static_cast<float>(in)); };
        fill(weights_.input_norm, L * d, 1.0F);
        fill(weights_.post_norm, L * d, 1.0F);
        fill(weights_.qkv, L * to_size(c_.qkv_width()) * d, weight(d));
        fill(weights_.o, L * d * q, weight(q));
        fill(weights_.gate_up, L * 2 * mlp * d, weight(d));
        fill(weights_.down, L * d * mlp, weight(mlp));
        fill(weights_.memory_query, L * to_size(c_.d_mem) * d, weight(d));
        fill(weights_.memory_write, L * to_size(CudaWeights::write_width(c_)) * d, weight(d));
        fill(weights_.beta_bias, L, -1.0F, 1.0F);
        fill(buffers_.slots[0], (L + 1) * T * d, 1.0F);
        fill(buffers_.normed, L * T * std::max(d, q), 1.0F);
        fill(buffers_.A, L * to_size(c_.keys()) * d, -1.0F, 1.0F);
        fill(buffers_.A_rounded, L * to_size(c_.keys()) * d, 1.0F);
        fill(buffers_.z, L * to_size(c_.keys()), 1.0F, 9.0F);
        require(cuda::fill_zero(stream_.get(), buffers_.segments, L * sizeof(std::int32_t)));
        const int positions = std::max(group_.rows, c_.final_capacity());
        std::vector<float> cos(to_size(positions) * to_size(c_.head_dim) / 2), sin(cos.size());
        fill_rope_table(c_, positions, cos.data(), sin.data());
        require(cuda::copy_to_device(stream_.get(), buffers_.cos, cos.data(), cos.size() * sizeof(float)));
        require(cuda::copy_to_device(stream_.get(), buffers_.sin, sin.data(), sin.size() * sizeof(float)));
        require(stream_.synchronize());
    }

    // --- timing

    void add(const std::string& name, Cost per_cell, const std::function<Status()>& launch) {
        require(launch());
        std::vector<double> seconds;
        constexpr int rows = 5;
        for (int row = -1; row < rows; ++row) {
            require(begin_.record(stream_.get()));
            for (int i = 0; i < repeats_; ++i)
                require(launch());
            require(end_.record(stream_.get()));
            require(end_.synchronize());
            float ms = 0;
            require(end_.since(begin_, ms));
            if (row >= 0)
                seconds.push_back(ms / 1000.0 / repeats_);
        }
        const double count = c_.layers;
        timings_.push_back(
            {name, median(std::move(seconds)), {per_cell.flops * count, per_cell.bytes * count}});
    }

    /// y [rows, n] = x [rows, k] · wᵀ, each read or written once; `bytes_of_y` per element, read too when it
    /// is a residual.
    static Cost product(int rows, int k, int n, double bytes_of_y) {
        const double r = rows, kk = k, nn = n;
        return {2 * r * kk * nn, 2 * (r * kk + kk * nn) + bytes_of_y * r * nn};
    }
    Cost traffic(double bytes_per_row) const { return {0, bytes_per_row * group_.rows}; }

    // --- the operations, in their order

    void read_memory() {
        const int d = c_.hidden_size, d_mem = c_.d_mem, keys = c_.keys(), rows = group_.rows;
        const auto x = cells(buffers_.slots[0], d);
        const auto query = cells(buffers_.query, d_mem);
        const auto phi = cells(buffers_.phi, keys);
        const auto state = to_size(keys) * to_size(d);
        add("memory query product", product(rows, d, d_mem, 4), [&, this] {
            return products_.multiply(stream_.get(), group_, d_mem, d, x,
                                      layers(weights_.memory_query, to_size(d_mem) * to_size(d)), query);
        });
        add("memory read weights", traffic(4.0 * d_mem + 2.0 * keys), [&, this] {
            return cuda::memory_read_weights(stream_.get(), group_, d_mem, query,
                                             layers(buffers_.z, to_size(keys)), phi);
        });
        add("memory read product", product(rows, keys, d, 4), [&, this] {
            return products_.multiply(stream_.get(), group_, d, keys, phi, layers(buffers_.A_rounded, state),
                                      x, x);
        });
    }

    void norm(const char* name, Bf16* weight) {
        const int d = c_.hidden_size;
        add(name, traffic(4.0 * d), [&, this] {
            return cuda::rms_norm(stream_.get(), group_, d, 1e-5F, cells(buffers_.slots[0], d),
                                  layers(weight, to_size(d)), cells(buffers_.normed, d));
        });
    }

    void attention() {
        const int d = c_.hidden_size, wide = c_.qkv_width(), q = c_.query_width(), rows = group_.rows;
        const kernels::AttentionShape shape{c_.heads, c_.kv_heads, c_.head_dim};
        const kernels::RopeTable rope{buffers_.cos, buffers_.sin, std::max(rows, c_.final_capacity())};
        const auto x = cells(buffers_.slots[0], d);
        const auto qkv = cells(buffers_.qkv, wide);
        const auto heads = cells(buffers_.normed, q);
        norm("RMSNorm before attention", weights_.input_norm);
        add("QKV product", product(rows, d, wide, 2), [&, this] {
            return products_.multiply(stream_.get(), group_, wide, d, cells(buffers_.normed, d),
                                      layers(weights_.qkv, to_size(wide) * to_size(d)), {}, qkv);
        });
        const Cost exact = kernels::attention_cost(rows, 0, c_.heads, c_.kv_heads, c_.head_dim);
        add("attention with RoPE", {exact.flops, exact.bytes / 2}, // of float32 there
            [&, this] { return cuda::attention(stream_.get(), group_, shape, rope, qkv, heads); });
        add("attention output product", product(rows, q, d, 4), [&, this] {
            return products_.multiply(stream_.get(), group_, d, q, heads,
                                      layers(weights_.o, to_size(d) * to_size(q)), x, x);
        });
    }

    void feed_forward() {
        const int d = c_.hidden_size, width = c_.intermediate_size, rows = group_.rows;
        const auto mlp = cells(buffers_.mlp, width);
        norm("RMSNorm before feed-forward", weights_.post_norm);
        Cost gate_up = product(rows, d, 2 * width, 0);
        gate_up.bytes += 2.0 * rows * width;
        add("gate and up product, SwiGLU", gate_up, [&, this] {
            return products_.gate_up(stream_.get(), group_, width, d, cells(buffers_.normed, d),
                                     layers(weights_.gate_up, 2 * to_size(width) * to_size(d)),
                                     cells(buffers_.gate_up, 2 * width), mlp);
        });
        add("down product", product(rows, width, d, 4), [&, this] {
            return products_.multiply(stream_.get(), group_, d, width, mlp,
                                      layers(weights_.down, to_size(d) * to_size(width)),
                                      cells(buffers_.slots[0], d), cells(buffers_.slots[1], d));
        });
    }

    void write_memory() {
        const int d = c_.hidden_size, M = c_.memory_tokens, keys = c_.keys(),
                  wide = CudaWeights::write_width(c_);
        const Group memory{group_.cells, M};
        const auto x = cells(buffers_.slots[1], d);
        const Stack<const Bf16> m{x.data + to_size(group_.rows - M) * to_size(d), x.stride};
        const Stack<float> projected{buffers_.projected, to_size(M) * to_size(wide)};
        const auto state = to_size(keys) * to_size(d);
        add("memory value, key, beta product", product(M, d, wide, 4), [&, this] {
            return products_.multiply(stream_.get(), memory, wide, d, m,
                                      layers(weights_.memory_write, to_size(wide) * to_size(d)), projected);
        });
        Cost update = product(M, keys, d, 4) + product(keys, M, d, 0); // v̄ and κᵀu; v is read
        update.bytes = 4.0 * M * wide + (4 + 4 + 2) * static_cast<double>(state);
        add("memory write", update, [&, this] {
            return cuda::memory_write(stream_.get(), memory,
                                      {.d_mem = c_.d_mem,
                                       .d = d,
                                       .projected = projected,
                                       .projected_width = wide,
                                       .beta_bias = layers(weights_.beta_bias, 1),
                                       .A = layers(buffers_.A, state),
                                       .A_rounded = layers(buffers_.A_rounded, state),
                                       .z = layers(buffers_.z, to_size(keys)),
                                       .segments = layers(buffers_.segments, 1),
                                       .kappa = {buffers_.kappa, to_size(M) * to_size(keys)},
                                       .factors = {buffers_.factors, 3 * to_size(M)},
                                       .u = {buffers_.surprise, to_size(M) * to_size(d)}});
        });
    }

    static constexpr std::size_t kStaging = std::size_t{1} << 24;

    ModelConfig c_;
    int device_, repeats_;
    Group group_;
    cuda::DeviceArena arena_;
    CudaWeights weights_;
    CudaBuffers buffers_;
    float* staging_ = nullptr;
    cuda::OwnedStream stream_;
    cuda::Event begin_, end_;
    CudaProducts products_;
    std::vector<Timing> timings_;
};

} // namespace

Table run_gpu_kernel_benchmark(const ModelConfig& config, int device, int repeats) {
    cuda::Ceilings ceilings;
    require(cuda::measure_ceilings(ceilings));
    const auto timings = GpuDiagonal(config, device, repeats).measure();
    double total = 0, all_bounds = 0;
    const auto bound = [&](const Cost& cost) {
        return std::max(cost.flops / ceilings.gemm_flops_per_second,
                        cost.bytes / ceilings.copy_bytes_per_second);
    };
    for (const auto& t : timings) {
        total += t.seconds;
        all_bounds += bound(t.cost);
    }
    Table table({"operation", "us per diagonal", "share", "TFLOP/s", "TB/s", "bound by", "of its bound"});
    for (const auto& t : timings) {
        const bool arithmetic = t.cost.flops / ceilings.gemm_flops_per_second >= bound(t.cost);
        table.add({t.name, number(t.seconds * 1e6, 1), number(100 * t.seconds / total, 1) + " %",
                   t.cost.flops > 0 ? number(t.cost.flops / t.seconds / 1e12, 1) : "",
                   number(t.cost.bytes / t.seconds / 1e12, 2), arithmetic ? "GEMM" : "copy",
                   number(bound(t.cost) / t.seconds, 2)});
    }
    table.add({"sum", number(total * 1e6, 1), "100.0 %", "", "", "", number(all_bounds / total, 2)});
    table.add({"ceilings", "", "", number(ceilings.gemm_flops_per_second / 1e12, 1),
               number(ceilings.copy_bytes_per_second / 1e12, 2), "", ""});
    table.add({"ceiling, sustained", "", "", number(ceilings.sustained_gemm_flops_per_second / 1e12, 1), "",
               "", ""});
    return table;
}

} // namespace longview::bench
