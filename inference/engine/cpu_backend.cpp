#include "inference/engine/backend.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "inference/engine/cpu_weights.h"
#include "inference/engine/rope_table.h"
#include "inference/engine/sampler.h"
#include "inference/values/error.h"
#include "kernels/cpu/blas_name.h"
#include "kernels/cpu/thread_pool.h"
#include "kernels/ops.h"

namespace longview {

namespace {

namespace k = kernels;
namespace cpu = kernels::cpu;

std::size_t to_size(int value) {
    return static_cast<std::size_t>(value);
}

void check(k::Status status, const char* doing) {
    if (!status.ok())
        throw Error(ErrorKind::device,
                    std::string("The CPU could not compute ") + doing + ": " + status.message + ".");
}

/// Everything that changes while the model runs. Stacks over the cells of a group are dense from cell 0;
/// stacks over layers (states, caches) are indexed by the layer.
struct Buffers {
    float* slots[2] = {nullptr, nullptr}; ///< two halves of [L + 1, rows, d]
    float* A = nullptr;                   ///< [L, keys, d]
    float* z = nullptr;                   ///< [L, keys]
    float* cache_k = nullptr;             ///< [L, capacity, kv_width]
    float* cache_v = nullptr;
    float* cos = nullptr; ///< [rows, head_dim / 2]
    float* sin = nullptr;
    float* normed = nullptr;  ///< [cells, rows, d]
    float* qkv = nullptr;     ///< [cells, rows, qkv_width]
    float* heads = nullptr;   ///< [cells, rows, query_width]
    float* gate_up = nullptr; ///< [cells, rows, 2·intermediate]
    float* mlp = nullptr;     ///< [cells, rows, intermediate]
    float* query = nullptr;   ///< [cells, rows, d_mem]
    float* phi = nullptr;     ///< [cells, rows, keys]
    float* m = nullptr;       ///< [cells, M, d]: memory rows of the layers' outputs
    float* value = nullptr;   ///< [cells, M, d]
    float* update = nullptr;  ///< [cells, M, d]
    float* beta = nullptr;    ///< [cells, M]
    float* logits = nullptr;  ///< [vocab]

    void lay_out(Arena& arena, const ModelConfig& c, std::size_t rows) {
        const auto layers = to_size(c.layers), d = to_size(c.hidden_size), keys = to_size(c.keys());
        const auto memory = to_size(c.memory_tokens), capacity = to_size(c.final_capacity());
        const auto cell_rows = layers * rows;
        for (auto& half : slots)
            half = arena.take((layers + 1) * rows * d);
        A = arena.take(layers * keys * d);
        z = arena.take(layers * keys);
        cache_k = arena.take(layers * capacity * to_size(c.kv_width()));
        cache_v = arena.take(layers * capacity * to_size(c.kv_width()));
        cos = arena.take(rows * to_size(c.head_dim) / 2);
        sin = arena.take(rows * to_size(c.head_dim) / 2);
        normed = arena.take(cell_rows * d);
        qkv = arena.take(cell_rows * to_size(c.qkv_width()));
        heads = arena.take(cell_rows * to_size(c.query_width()));
        gate_up = arena.take(cell_rows * 2 * to_size(c.intermediate_size));
        mlp = arena.take(cell_rows * to_size(c.intermediate_size));
        query = arena.take(cell_rows * to_size(c.d_mem));
        phi = arena.take(cell_rows * keys);
        m = arena.take(layers * memory * d);
        value = arena.take(layers * memory * d);
        update = arena.take(layers * memory * d);
        beta = arena.take(layers * memory);
        logits = arena.take(to_size(c.vocab_size));
    }
};

std::size_t available_memory() {
    std::ifstream info("/proc/meminfo");
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("MemAvailable:"))
            return std::stoull(line.substr(13)) * 1024;
    return 0; // unknown: let the allocation itself decide
}

std::string gib(std::size_t bytes) {
    std::ostringstream text;
    text.precision(1);
    text << std::fixed << static_cast<double>(bytes) / (1 << 30) << " GiB";
    return text.str();
}

class CpuBackend : public Backend {
public:
    CpuBackend(const ModelConfig& config, const WeightSource& source, int threads, std::string remark)
        : config_(config),
          remark_(std::move(remark)),
          pool_(threads),
          rows_(to_size(std::max(config.segment_rows(), config.final_capacity()))) {
        lay_out();
        if (const auto available = available_memory(); available != 0 && arena_.bytes() > available)
            throw Error(ErrorKind::device, "The model needs " + gib(arena_.bytes()) +
                                               " of memory on the CPU and " + gib(available) +
                                               " are free. Close other programs or choose a smaller model.");
        arena_.allocate();
        lay_out();
        weights_.load(config_, source);
        fill_rope_table(config_, static_cast<int>(rows_), buffers_.cos, buffers_.sin);
        find_memoryless();
        cells_.reserve(to_size(config_.layers));
        row_counts_.reserve(to_size(config_.layers));
        fewer_rows_.reserve(to_size(config_.layers));
        memory_rows_.reserve(to_size(config_.layers));
        first_.reserve(to_size(config_.layers));
    }

    const ModelConfig& config() const override { return config_; }

    DeviceInfo device() const override {
        const int threads = pool_.threads();
        return {.id = "cpu",
                .name = "CPU, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads"),
                .memory_bytes = static_cast<std::int64_t>(arena_.bytes()),
                .usable = true,
                .remark = remark_};
    }

    /// The number of threads is not part of it: no result depends on it.
    std::string numerics() const override { return "cpu-float32-2/" + cpu::blas_name(); }

    void load_state(const MemoryState& state) override {
        std::copy(state.A.begin(), state.A.end(), buffers_.A);
        std::copy(state.z.begin(), state.z.end(), buffers_.z);
    }

    void store_state(int layer, MemoryState& out) override {
        const auto l = to_size(layer);
        const auto A = out.layer_A(), keys = out.layer_z();
        std::copy_n(buffers_.A + l * A, A, out.A.begin() + static_cast<std::ptrdiff_t>(l * A));
        std::copy_n(buffers_.z + l * keys, keys, out.z.begin() + static_cast<std::ptrdiff_t>(l * keys));
    }

    void begin_step(const CellGroup& group, std::span<const TokenId> entering) override {
        if (group.first_layer == 0)
            embed(entering, true);
        memory_read(group);
        attention(group);
        const auto written = without_unread_rows(group);
        project_heads(written);
        feed_forward(written);
        memory_write(written);
        flip();
    }

    int wait(int) override { return 0; } // begin_step() returns when all is done

    void extend(std::span<const TokenId> tokens, int cached, bool first_segment) override {
        const auto rows = static_cast<int>(tokens.size());
        const std::array cell{Cell{rows, first_segment}};
        embed(tokens, false);
        for (int layer = 0; layer < config_.layers; ++layer) {
            const CellGroup group{layer, cell};
            memory_read(group);
            attention_cached(layer, rows, cached);
            project_heads(group);
            feed_forward(group);
            flip();
        }
    }

    void logits(int first_row, int rows, std::span<float> out) override {
        const int d = config_.hidden_size;
        const auto last = slot(config_.layers);
        const std::array count{rows};
        constexpr auto doing = "the output logits";
        check(cpu::rms_norm(pool_, count, d, eps(), {last.data + to_size(first_row) * to_size(d), 0},
                            {weights_.final_norm, 0}, {buffers_.normed, 0}, {}),
              doing);
        check(cpu::gemm(pool_, count, d, config_.vocab_size, {buffers_.normed, 0}, {weights_.head, 0},
                        k::WeightLayout::n_k, {out.data(), 0}, false),
              doing);
    }

    TokenId choose(int rows, const TokenChoice& choice) override {
        const std::span out(buffers_.logits, to_size(config_.vocab_size));
        logits(rows - 1, 1, out);
        return choose_token(out, choice);
    }

private:
    void embed(std::span<const TokenId> tokens, bool with_memory_tokens) {
        const int memory = with_memory_tokens ? config_.memory_tokens : 0;
        if (tokens.size() + to_size(memory) > rows_)
            throw Error(ErrorKind::device, "The CPU could not embed " + std::to_string(tokens.size()) +
                                               " tokens: more than a segment holds.");
        check(cpu::embed(tokens, weights_.embedding, config_.vocab_size,
                         memory > 0 ? weights_.memory_tokens : nullptr, memory, config_.hidden_size,
                         slot(0).data),
              "the embeddings");
    }

    void memory_read(const CellGroup& group) {
        enter(group);
        for (std::size_t g = 0; g < row_counts_.size(); ++g)
            if (first_[g] != 0 || memoryless_[to_size(group.first_layer) + g] != 0)
                row_counts_[g] = 0; // would add zeros
        if (std::all_of(row_counts_.begin(), row_counts_.end(), [](int rows) { return rows == 0; }))
            return;
        const int d = config_.hidden_size, keys = config_.keys();
        const auto x = slot(group.first_layer);
        const auto query = cells(buffers_.query, config_.d_mem);
        const auto phi = cells(buffers_.phi, keys);
        constexpr auto doing = "the memory read";
        check(cpu::gemm(pool_, row_counts_, d, config_.d_mem, x,
                        layer(weights_.memory_query, group, to_size(d) * to_size(config_.d_mem)),
                        k::WeightLayout::panels, query, false),
              doing);
        check(cpu::dpfp(pool_, row_counts_, config_.d_mem, query, phi), doing);
        check(cpu::memory_read_weights(pool_, row_counts_, keys, layer(buffers_.z, group, to_size(keys)),
                                       first_, phi),
              doing);
        check(cpu::gemm(pool_, row_counts_, keys, d, phi,
                        layer(buffers_.A, group, to_size(keys) * to_size(d)), k::WeightLayout::k_n, x, true),
              doing);
    }

    void attention(const CellGroup& group) {
        enter(group);
        project_qkv(group, 0);
        fewer_rows_ = row_counts_;
        if (leaves_rows_out(group))
            fewer_rows_.back() = config_.memory_tokens;
        check(cpu::attention(pool_, row_counts_, fewer_rows_, shape(),
                             cells(buffers_.qkv, config_.qkv_width()), nullptr, nullptr, 0,
                             cells(buffers_.heads, config_.query_width())),
              "the attention");
    }

    bool leaves_rows_out(const CellGroup& group) const {
        return !group.for_logits &&
               group.first_layer + static_cast<int>(group.cells.size()) == config_.layers;
    }

    /// The group, of the last layer the memory rows only: of that layer's output nothing else is read. They
    /// move to where the cell's rows begin.
    CellGroup without_unread_rows(const CellGroup& group) {
        if (!leaves_rows_out(group))
            return group;
        cells_.assign(group.cells.begin(), group.cells.end());
        const auto g = cells_.size() - 1;
        const int unread = cells_.back().rows - config_.memory_tokens;
        const auto to_front = [&](float* rows, int width) {
            std::copy_n(rows + to_size(unread) * to_size(width),
                        to_size(config_.memory_tokens) * to_size(width), rows);
        };
        to_front(slot(group.first_layer)[g], config_.hidden_size);
        to_front(cells(buffers_.heads, config_.query_width())[g], config_.query_width());
        cells_.back().rows = config_.memory_tokens;
        return {group.first_layer, cells_};
    }

    void attention_cached(int layer_index, int rows, int cached) {
        const std::array cell{Cell{rows, false}};
        const CellGroup group{layer_index, cell};
        enter(group);
        project_qkv(group, cached);
        const auto layer_cache =
            to_size(layer_index) * to_size(config_.final_capacity()) * to_size(config_.kv_width());
        float* keys = buffers_.cache_k + layer_cache;
        float* values = buffers_.cache_v + layer_cache;
        check(cpu::attention(pool_, row_counts_, row_counts_, shape(),
                             cells(buffers_.qkv, config_.qkv_width()), keys, values, cached,
                             cells(buffers_.heads, config_.query_width())),
              "the attention");
        append_to_cache(keys, values, rows, cached);
    }

    void feed_forward(const CellGroup& group) {
        enter(group);
        const int d = config_.hidden_size, width = config_.intermediate_size;
        const auto x = slot(group.first_layer);
        const auto out = next_slot(group.first_layer + 1);
        const auto normed = cells(buffers_.normed, d);
        const auto gate_up = cells(buffers_.gate_up, 2 * width);
        const auto mlp = cells(buffers_.mlp, width);
        constexpr auto doing = "the feed-forward layer";
        check(cpu::rms_norm(pool_, row_counts_, d, eps(), x, layer(weights_.post_norm, group, to_size(d)),
                            normed, out),
              doing);
        check(cpu::gemm(pool_, row_counts_, d, 2 * width, normed,
                        layer(weights_.gate_up, group, to_size(d) * 2 * to_size(width)),
                        k::WeightLayout::panels, gate_up, false),
              doing);
        check(cpu::swiglu(pool_, row_counts_, width, gate_up, mlp), doing);
        check(cpu::gemm(pool_, row_counts_, width, d, mlp,
                        layer(weights_.down, group, to_size(width) * to_size(d)), k::WeightLayout::panels,
                        out, true),
              doing);
    }

    void memory_write(const CellGroup& group) {
        enter(group);
        const int d = config_.hidden_size, memory = config_.memory_tokens, keys = config_.keys(),
                  d_mem = config_.d_mem;
        const auto m = take_memory_rows(group);
        const auto query = k::Stack<float>{buffers_.query, to_size(memory) * to_size(d_mem)};
        const auto kappa = k::Stack<float>{buffers_.phi, to_size(memory) * to_size(keys)};
        const auto value = k::Stack<float>{buffers_.value, to_size(memory) * to_size(d)};
        const auto beta = k::Stack<float>{buffers_.beta, to_size(memory)};
        constexpr auto layout = k::WeightLayout::panels;
        constexpr auto doing = "the memory write";
        check(cpu::gemm(pool_, memory_rows_, d, d_mem, m,
                        layer(weights_.memory_key, group, to_size(d) * to_size(d_mem)), layout, query, false),
              doing);
        check(cpu::dpfp(pool_, memory_rows_, d_mem, query, kappa), doing);
        const auto memoryless =
            std::span(memoryless_).subspan(to_size(group.first_layer), group.cells.size());
        fewer_rows_ = memory_rows_;
        for (std::size_t g = 0; g < fewer_rows_.size(); ++g)
            fewer_rows_[g] = memoryless[g] != 0 ? 0 : memory;
        check(cpu::gemm(pool_, fewer_rows_, d, d, m,
                        layer(weights_.memory_value, group, to_size(d) * to_size(d)), layout, value, false),
              doing);
        check(cpu::gemm(pool_, memory_rows_, d, 1, m, layer(weights_.beta, group, to_size(d)), layout, beta,
                        false),
              doing);
        check(cpu::memory_write(pool_, {.memory_rows = memory,
                                        .keys = keys,
                                        .d = d,
                                        .kappa = kappa,
                                        .v = value,
                                        .beta = beta,
                                        .beta_bias = layer(weights_.beta_bias, group, 1),
                                        .A = layer(buffers_.A, group, to_size(keys) * to_size(d)),
                                        .z = layer(buffers_.z, group, to_size(keys)),
                                        .scratch = {buffers_.update, to_size(memory) * to_size(d)},
                                        .first = first_,
                                        .memoryless = memoryless}),
              doing);
    }

    void find_memoryless() {
        const auto size = to_size(config_.hidden_size) * to_size(config_.hidden_size);
        for (std::size_t l = 0; l < to_size(config_.layers); ++l)
            memoryless_.push_back(std::all_of(weights_.memory_value + l * size,
                                              weights_.memory_value + (l + 1) * size,
                                              [](float weight) { return weight == 0; }));
    }

    void flip() { std::swap(buffers_.slots[0], buffers_.slots[1]); }

    void lay_out() {
        weights_.lay_out(arena_, config_);
        buffers_.lay_out(arena_, config_, rows_);
    }

    /// Row counts and flags of the group, for every kernel of the operation that follows.
    void enter(const CellGroup& group) {
        row_counts_.clear();
        memory_rows_.clear();
        first_.clear();
        for (const Cell& cell : group.cells) {
            row_counts_.push_back(cell.rows);
            memory_rows_.push_back(config_.memory_tokens);
            first_.push_back(cell.first_segment ? 1 : 0);
        }
    }

    float eps() const { return static_cast<float>(config_.rms_norm_eps); }
    k::AttentionShape shape() const { return {config_.heads, config_.kv_heads, config_.head_dim}; }
    std::size_t slot_size() const { return rows_ * to_size(config_.hidden_size); }
    k::Stack<float> slot(int index) const {
        return {buffers_.slots[0] + to_size(index) * slot_size(), slot_size()};
    }
    k::Stack<float> next_slot(int index) const {
        return {buffers_.slots[1] + to_size(index) * slot_size(), slot_size()};
    }
    k::Stack<float> cells(float* data, int width) const { return {data, rows_ * to_size(width)}; }
    static k::Stack<float> layer(float* data, const CellGroup& group, std::size_t size) {
        return {data + to_size(group.first_layer) * size, size};
    }

    void project_qkv(const CellGroup& group, int position) {
        const int d = config_.hidden_size;
        const auto normed = cells(buffers_.normed, d);
        const auto qkv = cells(buffers_.qkv, config_.qkv_width());
        constexpr auto doing = "the attention's projections";
        check(cpu::rms_norm(pool_, row_counts_, d, eps(), slot(group.first_layer),
                            layer(weights_.input_norm, group, to_size(d)), normed, {}),
              doing);
        check(cpu::gemm(pool_, row_counts_, d, config_.qkv_width(), normed,
                        layer(weights_.qkv, group, to_size(d) * to_size(config_.qkv_width())),
                        k::WeightLayout::panels, qkv, false),
              doing);
        check(cpu::rope(pool_, row_counts_, shape(), {buffers_.cos, buffers_.sin, static_cast<int>(rows_)},
                        position, qkv),
              doing);
    }

    void project_heads(const CellGroup& group) {
        enter(group);
        const int q = config_.query_width(), d = config_.hidden_size;
        check(cpu::gemm(pool_, row_counts_, q, d, cells(buffers_.heads, q),
                        layer(weights_.o, group, to_size(q) * to_size(d)), k::WeightLayout::panels,
                        slot(group.first_layer), true),
              "the attention's output");
    }

    void append_to_cache(float* keys, float* values, int rows, int cached) {
        const auto wide = to_size(config_.qkv_width()), kv = to_size(config_.kv_width()),
                   q = to_size(config_.query_width());
        for (std::size_t row = 0; row < to_size(rows); ++row) {
            const float* from = buffers_.qkv + row * wide + q;
            std::copy_n(from, kv, keys + (to_size(cached) + row) * kv);
            std::copy_n(from + kv, kv, values + (to_size(cached) + row) * kv);
        }
    }

    /// The last M rows of each cell's output, gathered: cells may have different row counts.
    k::Stack<float> take_memory_rows(const CellGroup& group) {
        const auto size = to_size(config_.memory_tokens) * to_size(config_.hidden_size);
        const auto out = next_slot(group.first_layer + 1);
        for (std::size_t g = 0; g < group.cells.size(); ++g) {
            const auto first = to_size(group.cells[g].rows - config_.memory_tokens);
            std::copy_n(out[g] + first * to_size(config_.hidden_size), size, buffers_.m + g * size);
        }
        return {buffers_.m, size};
    }

    ModelConfig config_;
    std::string remark_;
    cpu::ThreadPool pool_;
    std::size_t rows_; ///< row capacity of a cell
    Arena arena_;
    CpuWeights weights_;
    Buffers buffers_;
    std::vector<std::uint8_t> memoryless_; ///< by layer: W_mv is zero, so A stays zero and reading adds zero
    std::vector<Cell> cells_;
    std::vector<int> row_counts_, fewer_rows_, memory_rows_;
    std::vector<std::uint8_t> first_;
};

} // namespace

std::unique_ptr<Backend> make_cpu_backend(const ModelConfig& config, const WeightSource& weights, int threads,
                                          std::string remark) {
    return std::make_unique<CpuBackend>(config, weights, threads, std::move(remark));
}

} // namespace longview
