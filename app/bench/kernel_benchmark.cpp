#include "kernel_benchmark.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <stdexcept>

#include "blas_alone.h"
#include "kernels/cost.h"
#include "kernels/cpu/thread_pool.h"
#include "kernels/ops.h"

namespace longview::bench {

namespace {

namespace k = kernels;
namespace cpu = kernels::cpu;

std::size_t to_size(int value) {
    return static_cast<std::size_t>(value);
}

double median_seconds(int repeats, const std::function<void()>& pass) {
    std::vector<double> seconds;
    pass(); // warm-up
    for (int i = 0; i < repeats; ++i) {
        const auto start = std::chrono::steady_clock::now();
        pass();
        seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
}

void require(k::Status status) {
    if (!status.ok())
        throw std::runtime_error(status.message);
}

/// One matrix of random values per layer.
struct Matrices {
    Matrices(int layers, std::size_t size) : values(to_size(layers) * size), stride(size) {
        std::minstd_rand random(7);
        for (float& value : values)
            value = static_cast<float>(random() % 2048) / 1024.0F - 1.0F;
    }
    k::Stack<float> stack() { return {values.data(), stride}; }
    std::vector<float> values;
    std::size_t stride;
};

/// Bytes per second of a large copy with all threads, read and write counted: the ceiling of everything but
/// GEMM.
double copy_bandwidth(cpu::ThreadPool& pool) {
    constexpr std::size_t block = 1U << 20, blocks = 64;
    std::vector<float> from(block * blocks, 1.0F), to(block * blocks);
    const double seconds = median_seconds(5, [&] {
        pool.parallel_for(blocks, [&](std::size_t i, int) {
            std::memcpy(to.data() + i * block, from.data() + i * block, block * sizeof(float));
        });
    });
    return 2.0 * static_cast<double>(block * blocks * sizeof(float)) / seconds;
}

class Diagonal {
public:
    Diagonal(const ModelConfig& config, int threads, int repeats)
        : c_(config),
          pool_(threads),
          repeats_(repeats),
          rows_(to_size(config.layers), config.segment_rows()),
          bandwidth_(copy_bandwidth(pool_)) {}

    Table measure() {
        Table table({"operation", "ms per diagonal", "share", "GFLOP/s", "GB/s", "of BLAS alone",
                     "of copy bandwidth"});
        for (const auto& shape : gemm_shapes(c_))
            product(shape);
        norm();
        rope_and_attention();
        swiglu();
        memory();
        double total = 0;
        for (const auto& row : rows_out_)
            total += row.seconds;
        for (const auto& row : rows_out_)
            table.add({row.name, number(row.seconds * 1e3, 3), number(100 * row.seconds / total, 1) + " %",
                       row.cost.flops > 0 ? number(row.cost.flops / row.seconds / 1e9, 1) : "",
                       number(row.cost.bytes / row.seconds / 1e9, 1),
                       row.blas_seconds > 0 ? number(row.blas_seconds / row.seconds, 2) : "",
                       row.blas_seconds > 0 ? "" : number(row.cost.bytes / row.seconds / bandwidth_, 2)});
        table.add({"sum", number(total * 1e3, 3), "100.0 %", "", "", "", ""});
        return table;
    }

private:
    struct Row {
        std::string name;
        double seconds = 0;
        k::Cost cost;
        double blas_seconds = 0;
    };

    void add(const std::string& name, k::Cost per_cell, const std::function<void()>& pass,
             double blas_seconds = 0) {
        const auto cells = static_cast<double>(c_.layers);
        rows_out_.push_back({name,
                             median_seconds(repeats_, pass),
                             {per_cell.flops * cells, per_cell.bytes * cells},
                             blas_seconds});
    }

    void product(const GemmShape& shape) {
        BlasAlone blas(shape, c_.layers);
        double blas_seconds = 0;
        if (repeats_ > 0)
            blas_seconds = median_seconds(repeats_, [&] { blas.run(pool_.threads()); });
        const std::vector<int> rows(to_size(c_.layers), shape.rows);
        Matrices x(c_.layers, to_size(shape.rows) * to_size(shape.k)),
            w(c_.layers, to_size(shape.k) * to_size(shape.n)),
            y(c_.layers, to_size(shape.rows) * to_size(shape.n));
        add(
            "GEMM " + shape.name, k::gemm_cost(shape.rows, shape.k, shape.n),
            [&] {
                require(cpu::gemm(pool_, rows, shape.k, shape.n, x.stack(), w.stack(), k::WeightLayout::k_n,
                                  y.stack(), false));
            },
            blas_seconds);
    }

    k::Cost traffic(double floats_per_row) const { return {0, 4 * floats_per_row * c_.segment_rows()}; }

    void norm() {
        const auto size = to_size(c_.segment_rows()) * to_size(c_.hidden_size);
        Matrices x(c_.layers, size), y(c_.layers, size), copy(c_.layers, size),
            weight(c_.layers, to_size(c_.hidden_size));
        add("RMSNorm, before attention", traffic(2.0 * c_.hidden_size), [&] {
            require(
                cpu::rms_norm(pool_, rows_, c_.hidden_size, 1e-5F, x.stack(), weight.stack(), y.stack(), {}));
        });
        add("RMSNorm with residual copy", traffic(3.0 * c_.hidden_size), [&] {
            require(cpu::rms_norm(pool_, rows_, c_.hidden_size, 1e-5F, x.stack(), weight.stack(), y.stack(),
                                  copy.stack()));
        });
    }

    void rope_and_attention() {
        const int rows = c_.segment_rows();
        const k::AttentionShape shape{c_.heads, c_.kv_heads, c_.head_dim};
        std::vector<float> cos(to_size(rows) * to_size(c_.head_dim) / 2, 0.8F), sin(cos.size(), 0.6F);
        Matrices qkv(c_.layers, to_size(rows) * to_size(c_.qkv_width())),
            out(c_.layers, to_size(rows) * to_size(c_.query_width()));
        add("RoPE", traffic(2.0 * (c_.query_width() + c_.kv_width())), [&] {
            require(cpu::rope(pool_, rows_, shape, {cos.data(), sin.data(), rows}, 0, qkv.stack()));
        });
        add("attention", k::attention_cost(rows, 0, c_.heads, c_.kv_heads, c_.head_dim), [&] {
            require(
                cpu::attention(pool_, rows_, rows_, shape, qkv.stack(), nullptr, nullptr, 0, out.stack()));
        });
    }

    void swiglu() {
        const auto rows = to_size(c_.segment_rows());
        Matrices gate_up(c_.layers, rows * 2 * to_size(c_.intermediate_size)),
            h(c_.layers, rows * to_size(c_.intermediate_size));
        add("SwiGLU", traffic(3.0 * c_.intermediate_size),
            [&] { require(cpu::swiglu(pool_, rows_, c_.intermediate_size, gate_up.stack(), h.stack())); });
    }

    void memory() {
        const auto rows = to_size(c_.segment_rows()), keys = to_size(c_.keys()), d = to_size(c_.hidden_size),
                   m = to_size(c_.memory_tokens);
        Matrices y(c_.layers, rows * to_size(c_.d_mem)), phi(c_.layers, rows * keys),
            state_z(c_.layers, keys);
        const std::vector<std::uint8_t> none(to_size(c_.layers), 0);
        add("DPFP", traffic(c_.d_mem + c_.keys()),
            [&] { require(cpu::dpfp(pool_, rows_, c_.d_mem, y.stack(), phi.stack())); });
        for (float& value : state_z.values)
            value = std::abs(value) + 1.0F;
        add("memory read weights", traffic(2.0 * c_.keys()), [&] {
            require(cpu::memory_read_weights(pool_, rows_, c_.keys(), state_z.stack(), none, phi.stack()));
        });

        Matrices kappa(c_.layers, m * keys), v(c_.layers, m * d), beta(c_.layers, m), bias(c_.layers, 1),
            A(c_.layers, keys * d), scratch(c_.layers, m * d);
        for (float& value : kappa.values)
            value = std::abs(value);
        const auto state_bytes = 4.0 * static_cast<double>(2 * keys * d + m * (keys + 2 * d));
        add("memory write", {0, state_bytes}, [&] {
            require(cpu::memory_write(pool_, {c_.memory_tokens, c_.keys(), c_.hidden_size, kappa.stack(),
                                              v.stack(), beta.stack(), bias.stack(), A.stack(),
                                              state_z.stack(), scratch.stack(), none}));
        });
    }

    ModelConfig c_;
    cpu::ThreadPool pool_;
    int repeats_;
    std::vector<int> rows_;
    double bandwidth_;
    std::vector<Row> rows_out_;
};

} // namespace

Table run_kernel_benchmark(const ModelConfig& config, int threads, int repeats) {
    return Diagonal(config, threads, repeats).measure();
}

} // namespace longview::bench
