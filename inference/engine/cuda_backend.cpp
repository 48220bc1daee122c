#include "inference/engine/cuda_backend.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <tuple>
#include <vector>

#include "inference/engine/cuda_buffers.h"
#include "inference/engine/cuda_products.h"
#include "inference/engine/cuda_snapshots.h"
#include "inference/engine/cuda_weights.h"
#include "inference/engine/rope_table.h"
#include "inference/values/error.h"
#include "kernels/cuda/nucleus.h"

namespace longview {

namespace {

namespace k = kernels;
namespace cuda = kernels::cuda;
using cuda::Bf16;

std::size_t to_size(int value) {
    return static_cast<std::size_t>(value);
}

std::string gib(std::size_t bytes) {
    std::ostringstream text;
    text.precision(1);
    text << std::fixed << static_cast<double>(bytes) / (1 << 30) << " GiB";
    return text.str();
}

/// What the kernels ask of a model; nothing when they can run it.
std::string unfit(const ModelConfig& c) {
    if (c.hidden_size % 8 != 0 || c.intermediate_size % 8 != 0)
        return "its widths are no multiples of 8";
    if (c.head_dim % 16 != 0 || c.head_dim > 128)
        return "its head size is " + std::to_string(c.head_dim) + ", not a multiple of 16 up to 128";
    if (c.d_mem % 8 != 0 || c.d_mem > 256)
        return "its d_mem is " + std::to_string(c.d_mem) + ", not a multiple of 8 up to 256";
    return {};
}

class CudaBackend : public Backend {
public:
    CudaBackend(const k::cuda::Device& device, const ModelConfig& config, const WeightSource& source)
        : config_(config), device_(device), T_(to_size(config.segment_rows())) {
        if (const std::string reason = unfit(config); !reason.empty())
            throw Error(ErrorKind::device, "This model cannot run on " + device.name + ": " + reason +
                                               ". Choose the CPU (--device cpu).");
        check(cuda::select_device(device.index), "start");
        check(stream_.create(), "start");
        allocate();
        weights_.load(config, source, stream_.get());
        load_rope_table();
        check(products_.create(device.index, buffers_.workspace, CudaBuffers::workspace_bytes, config.layers),
              "start cuBLASLt");
        check(snapshots_.create(config), "reserve host memory for copies of the memory state");
        check(host_tokens_.allocate(kRing * to_size(config.final_capacity()) * sizeof(std::int32_t)),
              "reserve host memory for tokens");
        check(host_cursors_.allocate(kRing * sizeof(cuda::DecodeCursor)), "reserve host memory for tokens");
        check(host_logits_.allocate(CudaBuffers::logit_rows * to_size(config.vocab_size) * sizeof(float)),
              "reserve host memory for logits");
        for (auto& event : step_ended_)
            check(event.create(), "start");
        warm_up();
    }

    const ModelConfig& config() const override { return config_; }

    DeviceInfo device() const override {
        return {.id = "cuda:" + std::to_string(device_.index),
                .name = device_.name,
                .memory_bytes = static_cast<std::int64_t>(arena_.bytes()),
                .compute_capability = std::to_string(device_.major) + "." + std::to_string(device_.minor),
                .usable = true};
    }

    std::string numerics() const override {
        return "cuda-bfloat16-1/" + std::to_string(device_.major) + "." + std::to_string(device_.minor) +
               "/cuBLASLt " + std::to_string(cuda::BlasLt::version());
    }

    void load_state(const MemoryState& state) override {
        constexpr auto doing = "restore the memory";
        check(snapshots_.hold_back(stream_), doing);
        check(cuda::copy_to_device(stream_.get(), buffers_.A, state.A.data(), state.A.size() * sizeof(float)),
              doing);
        check(cuda::copy_to_device(stream_.get(), buffers_.z, state.z.data(), state.z.size() * sizeof(float)),
              doing);
        const int keys = config_.keys(), d = config_.hidden_size;
        const auto size = to_size(keys) * to_size(d);
        check(cuda::round_transposed(stream_.get(), {config_.layers, keys}, d, {buffers_.A, size},
                                     {buffers_.A_rounded, size}),
              doing);
        check(cuda::round_rows(stream_.get(), buffers_.A, config_.layers * keys, d, buffers_.A_rows,
                               to_size(d)),
              doing);
        const std::vector<std::int32_t> segments(
            to_size(config_.layers),
            static_cast<std::int32_t>(std::min<std::int64_t>(state.segments, 1 << 30)));
        check(cuda::copy_to_device(stream_.get(), buffers_.segments, segments.data(),
                                   segments.size() * sizeof(std::int32_t)),
              doing);
        check(stream_.synchronize(), doing); // `segments` and `state` may go
    }

    void store_state(int layer, MemoryState& out) override {
        check(snapshots_.queue(stream_.get(), buffers_, layer, begun_, out), "copy the memory");
    }

    void begin_step(const CellGroup& group, std::span<const TokenId> entering) override {
        constexpr auto doing = "run a step";
        if (group.first_layer == 0)
            bring(entering);
        check(snapshots_.hold_back(stream_), doing);
        const int rows = group.cells.front().rows, count = static_cast<int>(group.cells.size());
        const bool uniform = std::all_of(group.cells.begin(), group.cells.end(),
                                         [&](const Cell& cell) { return cell.rows == rows; });
        const auto all = [&] {
            if (group.first_layer == 0)
                embed(static_cast<int>(entering.size()), slot(0).data);
            if (uniform)
                run_cells(group.first_layer, count, rows);
            else // only the last, shorter segment of a reading: its cell goes alone
                for (int i = 0; i < count; ++i)
                    run_cells(group.first_layer + i, 1, group.cells[to_size(i)].rows);
        };
        if (uniform)
            replay({group.first_layer, count, rows, half_}, all);
        else
            all();
        check(step_ended_[to_size(static_cast<int>(begun_ % kRing))].record(stream_.get()), doing);
        ++begun_;
        half_ ^= 1;
        output_ = slot(config_.layers).data;
    }

    int wait(int unfinished) override {
        while (begun_ - finished_ > unfinished) {
            check(step_ended_[to_size(static_cast<int>(finished_ % kRing))].synchronize(), "finish a step");
            ++finished_;
        }
        check(snapshots_.deliver(finished_), "copy the memory");
        return static_cast<int>(begun_ - finished_);
    }

    void extend(std::span<const TokenId> tokens, int cached, bool) override {
        if (cached == 0) {
            bring(tokens);
            prefill(static_cast<int>(tokens.size()));
        }
        for (std::size_t i = 0; cached > 0 && i < tokens.size(); ++i)
            decode({tokens[i], cached + static_cast<std::int32_t>(i)});
    }

    void logits(int first_row, int rows, std::span<float> out) override {
        if (output_ == nullptr) { // decoding computes them with the token
            copy_logits(1, out.data());
            return;
        }
        for (int row = 0; row < rows; row += CudaBuffers::logit_rows) {
            const int count = std::min(CudaBuffers::logit_rows, rows - row);
            compute_logits(first_row + row, count);
            copy_logits(count, out.data() + to_size(row) * to_size(config_.vocab_size));
        }
    }

    TokenId choose(int rows, const TokenChoice& choice) override {
        constexpr auto doing = "choose a token";
        if (output_ != nullptr) {
            compute_logits(rows - 1, 1);
            check(cuda::greedy(stream_.get(), buffers_.logits, config_.vocab_size, buffers_.chosen, nullptr),
                  doing);
        }
        if (choice.temperature > 0)
            check(cuda::nucleus(stream_.get(), buffers_.logits, config_.vocab_size,
                                {static_cast<float>(choice.temperature), choice.top_p, choice.uniform},
                                buffers_.nucleus_scratch, buffers_.chosen),
                  doing);
        auto* chosen = host_logits_.as<std::int32_t>();
        check(cuda::copy_to_host(stream_.get(), chosen, buffers_.chosen, sizeof *chosen), doing);
        check(stream_.synchronize(), doing);
        return *chosen;
    }

private:
    static constexpr int kRing = 4; ///< more than the steps that are ever under way

    void check(k::Status status, const char* doing) const {
        if (!status.ok())
            throw Error(ErrorKind::device, device_.name + " (cuda:" + std::to_string(device_.index) +
                                               ") could not " + doing + ": " + status.message +
                                               ". Choose the CPU to go on without it (--device cpu).");
    }

    void allocate() {
        const bool fused =
            CudaProducts::fuses_swiglu(device_.index, config_.hidden_size, config_.intermediate_size);
        weights_.lay_out(arena_, config_);
        buffers_.lay_out(arena_, config_, fused);
        std::size_t free = 0;
        check(cuda::free_memory(free), "say how much memory is free");
        if (arena_.bytes() > free)
            throw Error(ErrorKind::device,
                        "The model needs " + gib(arena_.bytes()) + " of GPU memory on " + device_.name +
                            " and " + gib(free) +
                            " are free. Close other programs, choose a smaller model, or choose "
                            "the CPU (--device cpu).");
        check(arena_.allocate(), "reserve its memory");
        weights_.lay_out(arena_, config_);
        buffers_.lay_out(arena_, config_, fused);
    }

    void load_rope_table() {
        const int positions = rope().positions;
        std::vector<float> cos(to_size(positions) * to_size(config_.head_dim) / 2), sin(cos.size());
        fill_rope_table(config_, positions, cos.data(), sin.data());
        constexpr auto doing = "load the model";
        check(cuda::copy_to_device(stream_.get(), buffers_.cos, cos.data(), cos.size() * sizeof(float)),
              doing);
        check(cuda::copy_to_device(stream_.get(), buffers_.sin, sin.data(), sin.size() * sizeof(float)),
              doing);
    }

    /// Runs everything once on made-up text: the device's code is loaded and the products have found their
    /// algorithms before a person waits for the first answer.
    void warm_up() {
        load_state(MemoryState::empty(config_));
        std::vector<TokenId> text(to_size(config_.segment_size));
        for (std::size_t i = 0; i < text.size(); ++i)
            text[i] = static_cast<TokenId>(i * 7919 % to_size(config_.vocab_size));
        bring(text);
        for (int layer = 0; layer < config_.layers; ++layer)
            embed(config_.segment_size, slot(layer).data);
        for (const bool tuning : {false, true}) { // the first time fills the memory
            products_.tune(tuning);
            run_cells(0, config_.layers, config_.segment_rows());
            run_cells(0, 1, config_.segment_rows());
        }
        products_.tune(false);
        const auto prompt =
            std::span(text).first(std::min(text.size(), to_size(config_.final_capacity() - 1)));
        extend(prompt, 0, false);
        (void)choose(static_cast<int>(prompt.size()), {});
        extend(prompt.first(1), static_cast<int>(prompt.size()), false);
        (void)choose(1, {.temperature = 1, .top_p = 1, .uniform = 0});
    }

    float eps() const { return static_cast<float>(config_.rms_norm_eps); }
    k::AttentionShape shape() const { return {config_.heads, config_.kv_heads, config_.head_dim}; }
    k::RopeTable rope() const {
        return {buffers_.cos, buffers_.sin, std::max(config_.segment_rows(), config_.final_capacity())};
    }
    k::Stack<Bf16> slot(int layer) const { return slot_of(half_, layer); }
    k::Stack<Bf16> next_slot(int layer) const { return slot_of(half_ ^ 1, layer); }
    k::Stack<Bf16> slot_of(int half, int layer) const {
        const std::size_t size = T_ * to_size(config_.hidden_size);
        return {buffers_.slots[half] + to_size(layer) * size, size};
    }
    /// A stack over the cells of a group, or over layers from `first` on.
    template <class T>
    k::Stack<T> cells(T* data, int width) const {
        return {data, T_ * to_size(width)};
    }
    template <class T>
    static k::Stack<T> layers(T* data, int first, std::size_t size) {
        return {data + to_size(first) * size, size};
    }

    /// Brings token ids to the device, in order with everything else.
    void bring(std::span<const TokenId> tokens) {
        auto* room = host_tokens_.as<std::int32_t>() +
                     to_size(static_cast<int>(brought_++ % kRing)) * to_size(config_.final_capacity());
        if (tokens.size() > to_size(config_.final_capacity()))
            throw Error(ErrorKind::device, "More tokens than a segment holds were to be embedded.");
        std::copy(tokens.begin(), tokens.end(), room);
        check(
            cuda::copy_to_device(stream_.get(), buffers_.tokens, room, tokens.size() * sizeof(std::int32_t)),
            "take the tokens");
    }

    /// Final norm and head over `count` rows of what ran last, at most logit_rows.
    void compute_logits(int first_row, int count) {
        constexpr auto doing = "compute the output logits";
        const int d = config_.hidden_size, vocab = config_.vocab_size;
        const cuda::Group group{1, count};
        check(cuda::rms_norm(stream_.get(), group, d, eps(), {output_ + to_size(first_row) * to_size(d), 0},
                             {weights_.final_norm, 0}, {buffers_.normed, 0}),
              doing);
        check(products_.multiply(stream_.get(), group, vocab, d, {buffers_.normed, 0}, {weights_.head, 0},
                                 {buffers_.logits, 0}),
              doing);
    }

    /// The first `count` rows of the logits computed last.
    void copy_logits(int count, float* out) {
        constexpr auto doing = "copy the output logits";
        const std::size_t floats = to_size(count) * to_size(config_.vocab_size);
        check(cuda::copy_to_host(stream_.get(), host_logits_.as<float>(), buffers_.logits,
                                 floats * sizeof(float)),
              doing);
        check(stream_.synchronize(), doing);
        std::copy_n(host_logits_.as<float>(), floats, out);
    }

    void embed(int count, Bf16* x) {
        check(cuda::embed(stream_.get(), buffers_.tokens, count, weights_.embedding, weights_.memory_tokens,
                          config_.memory_tokens, config_.hidden_size, x),
              "embed the tokens");
    }

    /// Steps of one shape differ only in what lies in device memory: the first is launched kernel by kernel,
    /// the second recorded, and the others are replays.
    struct StepShape {
        int first_layer, count, rows, half;
        bool operator<(const StepShape& other) const {
            return std::tie(first_layer, count, rows, half) <
                   std::tie(other.first_layer, other.count, other.rows, other.half);
        }
    };
    template <class Launch>
    void replay(const StepShape& shape, const Launch& launch) {
        auto [it, first_time] = graphs_.try_emplace(shape);
        if (first_time) {
            launch();
            return;
        }
        constexpr auto doing = "replay a step";
        if (it->second.empty()) {
            check(cuda::Graph::begin_capture(stream_.get()), doing);
            try {
                launch();
            } catch (const Error&) {
                (void)it->second.end_capture(stream_.get()); // or the stream would stay in capture
                throw;
            }
            check(it->second.end_capture(stream_.get()), doing);
        }
        check(it->second.launch(stream_.get()), doing);
    }

    /// `count` cells from layer `first` on, all of `rows` rows.
    void run_cells(int first, int count, int rows) {
        const cuda::Group group{count, rows};
        const auto x = slot(first), out = next_slot(first + 1);
        read_memory(first, group, x);
        project_qkv(first, group, x);
        attend(first, group, x);
        feed_forward(first, group, x, out);
        write_memory(first, group, out);
    }

    void read_memory(int first, cuda::Group group, k::Stack<Bf16> x) {
        constexpr auto doing = "read the memory";
        const int d = config_.hidden_size, d_mem = config_.d_mem, keys = config_.keys();
        const auto query = cells(buffers_.query, d_mem);
        const auto phi = cells(buffers_.phi, keys);
        check(products_.multiply(stream_.get(), group, d_mem, d, x,
                                 layers(weights_.memory_query, first, to_size(d_mem) * to_size(d)), query),
              doing);
        check(cuda::memory_read_weights(stream_.get(), group, d_mem, query,
                                        layers(buffers_.z, first, to_size(keys)), phi),
              doing);
        check(products_.multiply(stream_.get(), group, d, keys, phi,
                                 layers(buffers_.A_rounded, first, to_size(keys) * to_size(d)), x, x),
              doing);
    }

    void attend(int first, cuda::Group group, k::Stack<Bf16> x) {
        constexpr auto doing = "compute the attention";
        const int q = config_.query_width(), d = config_.hidden_size;
        const auto heads = cells(buffers_.normed, q);
        check(cuda::attention(stream_.get(), group, shape(), rope(), cells(buffers_.qkv, config_.qkv_width()),
                              heads),
              doing);
        check(products_.multiply(stream_.get(), group, d, q, heads,
                                 layers(weights_.o, first, to_size(d) * to_size(q)), x, x),
              doing);
    }

    void project_qkv(int first, cuda::Group group, k::Stack<Bf16> x) {
        constexpr auto doing = "compute the attention's projections";
        const int d = config_.hidden_size, wide = config_.qkv_width();
        const auto normed = cells(buffers_.normed, d);
        check(cuda::rms_norm(stream_.get(), group, d, eps(), x,
                             layers(weights_.input_norm, first, to_size(d)), normed),
              doing);
        check(products_.multiply(stream_.get(), group, wide, d, normed,
                                 layers(weights_.qkv, first, to_size(wide) * to_size(d)), {},
                                 cells(buffers_.qkv, wide)),
              doing);
    }

    void feed_forward(int first, cuda::Group group, k::Stack<Bf16> x, k::Stack<Bf16> out) {
        constexpr auto doing = "compute the feed-forward layer";
        const int d = config_.hidden_size, width = config_.intermediate_size;
        const auto normed = cells(buffers_.normed, d);
        const auto gate_up = cells(buffers_.gate_up, 2 * width);
        const auto mlp = cells(buffers_.mlp, width);
        check(cuda::rms_norm(stream_.get(), group, d, eps(), x, layers(weights_.post_norm, first, to_size(d)),
                             normed),
              doing);
        check(products_.gate_up(stream_.get(), group, width, d, normed,
                                layers(weights_.gate_up, first, 2 * to_size(width) * to_size(d)), gate_up,
                                mlp),
              doing);
        check(products_.multiply(stream_.get(), group, d, width, mlp,
                                 layers(weights_.down, first, to_size(d) * to_size(width)), x, out),
              doing);
    }

    void write_memory(int first, cuda::Group group, k::Stack<Bf16> out) {
        constexpr auto doing = "write the memory";
        const int d = config_.hidden_size, M = config_.memory_tokens, keys = config_.keys(),
                  wide = CudaWeights::write_width(config_);
        const cuda::Group memory{group.cells, M};
        const k::Stack<const Bf16> m{out.data + to_size(group.rows - M) * to_size(d), out.stride};
        const k::Stack<float> projected{buffers_.projected, to_size(M) * to_size(wide)};
        check(products_.multiply(stream_.get(), memory, wide, d, m,
                                 layers(weights_.memory_write, first, to_size(wide) * to_size(d)), projected),
              doing);
        check(cuda::memory_write(stream_.get(), memory,
                                 {.d_mem = config_.d_mem,
                                  .d = d,
                                  .projected = projected,
                                  .projected_width = wide,
                                  .beta_bias = layers(weights_.beta_bias, first, 1),
                                  .A = layers(buffers_.A, first, to_size(keys) * to_size(d)),
                                  .A_rounded = layers(buffers_.A_rounded, first, to_size(keys) * to_size(d)),
                                  .z = layers(buffers_.z, first, to_size(keys)),
                                  .segments = layers(buffers_.segments, first, 1),
                                  .kappa = {buffers_.kappa, to_size(M) * to_size(keys)},
                                  .factors = {buffers_.factors, 3 * to_size(M)},
                                  .u = {buffers_.surprise, to_size(M) * to_size(d)}}),
              doing);
    }

    /// The final segment's first rows: as a reading's cell, layer after layer, keys and values kept.
    void prefill(int rows) {
        const cuda::Group group{1, rows};
        Bf16 *x = buffers_.slots[0], *out = buffers_.slots[1];
        check(cuda::embed(stream_.get(), buffers_.tokens, rows, weights_.embedding, nullptr, 0,
                          config_.hidden_size, x),
              "embed the tokens");
        const auto cache = to_size(config_.final_capacity()) * to_size(config_.kv_width());
        for (int layer = 0; layer < config_.layers; ++layer) {
            read_memory(layer, group, {x, 0});
            project_qkv(layer, group, {x, 0});
            check(cuda::fill_cache(stream_.get(), rows, shape(), rope(), buffers_.qkv,
                                   buffers_.cache_k + to_size(layer) * cache,
                                   buffers_.cache_v + to_size(layer) * cache),
                  "keep the keys and values");
            attend(layer, group, {x, 0});
            feed_forward(layer, group, {x, 0}, {out, 0});
            std::swap(x, out);
        }
        output_ = x;
    }

    /// One more token of the final segment, its logits with it. The same graph serves every token: what
    /// changes lies in the cursor.
    void decode(cuda::DecodeCursor cursor) {
        constexpr auto doing = "decode a token";
        auto* room = host_cursors_.as<cuda::DecodeCursor>() + brought_++ % kRing;
        *room = cursor;
        check(cuda::copy_to_device(stream_.get(), buffers_.cursor, room, sizeof cursor), doing);
        if (token_graph_.empty()) {
            check(cuda::Graph::begin_capture(stream_.get()), doing);
            const k::Status launched = launch_token();
            const k::Status recorded = token_graph_.end_capture(stream_.get());
            check(launched, doing);
            check(recorded, doing);
        }
        check(token_graph_.launch(stream_.get()), doing);
        output_ = nullptr;
    }

    k::Status launch_token() {
        const auto l = [](auto* data, int layer, std::size_t size) { return data + to_size(layer) * size; };
        const auto& c = config_;
        const auto d = to_size(c.hidden_size), keys = to_size(c.keys()), q = to_size(c.query_width()),
                   mlp = to_size(c.intermediate_size);
        const auto cache = to_size(c.final_capacity()) * to_size(c.kv_width());
        std::vector<cuda::DecodeLayer> model;
        model.reserve(to_size(c.layers));
        for (int i = 0; i < c.layers; ++i)
            model.push_back({.memory_query = l(weights_.memory_query, i, to_size(c.d_mem) * d),
                             .A = l(buffers_.A_rows, i, keys * d),
                             .z = l(buffers_.z, i, keys),
                             .input_norm = l(weights_.input_norm, i, d),
                             .qkv = l(weights_.qkv, i, to_size(c.qkv_width()) * d),
                             .o = l(weights_.o, i, d * q),
                             .post_norm = l(weights_.post_norm, i, d),
                             .gate_up = l(weights_.gate_up, i, 2 * mlp * d),
                             .down = l(weights_.down, i, d * mlp),
                             .cache_k = l(buffers_.cache_k, i, cache),
                             .cache_v = l(buffers_.cache_v, i, cache)});
        return cuda::decode_token(
            stream_.get(),
            {.shape = CudaBuffers::decode_shape(c),
             .eps = eps(),
             .rope = rope(),
             .embedding = weights_.embedding,
             .final_norm = weights_.final_norm,
             .head = weights_.head,
             .scratch = buffers_.decode_scratch},
            model.data(), c.layers, buffers_.cursor,
            {.x = buffers_.decode_x, .logits = buffers_.logits, .chosen = buffers_.chosen});
    }

    ModelConfig config_;
    k::cuda::Device device_;
    std::size_t T_; ///< rows of a whole segment's cell
    cuda::DeviceArena arena_;
    CudaWeights weights_;
    CudaBuffers buffers_;
    cuda::OwnedStream stream_;
    CudaProducts products_;
    CudaSnapshots snapshots_;
    cuda::PinnedMemory host_tokens_; ///< [kRing, capacity]
    cuda::PinnedMemory host_logits_; ///< [logit_rows, vocab]
    std::array<cuda::Event, kRing> step_ended_;
    cuda::PinnedMemory host_cursors_; ///< [kRing]
    std::map<StepShape, cuda::Graph> graphs_;
    cuda::Graph token_graph_;
    std::int64_t begun_ = 0, finished_ = 0, brought_ = 0;
    int half_ = 0;
    Bf16* output_ = nullptr; ///< slot L of what ran last; nullptr: a token was decoded
};

} // namespace

std::unique_ptr<Backend> make_cuda_backend(const kernels::cuda::Device& device, const ModelConfig& config,
                                           const WeightSource& weights) {
    return std::make_unique<CudaBackend>(device, config, weights);
}

} // namespace longview
