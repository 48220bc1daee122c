// decode_token and greedy against float64 on the CPU. Without arguments: the checks. --bench: what a token of
// a 1B model costs next to the device's own bandwidth.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <cuda_runtime.h>

#include "kernels/cuda/decode.h"

namespace lv = longview::kernels;
namespace cu = longview::kernels::cuda;

namespace {

int passed = 0, failed = 0;

void check(bool good, const std::string& what) {
    ++(good ? passed : failed);
    if (!good)
        std::printf("FAILED: %s\n", what.c_str());
}

void must(cudaError_t error, const char* what) {
    if (error == cudaSuccess)
        return;
    std::printf("FAILED: %s: %s\n%d passed, %d failed, 0 skipped\n", what, cudaGetErrorString(error), passed,
                failed + 1);
    std::exit(1);
}
#define MUST(call) must(call, #call)

void must(lv::Status status) {
    if (!status.ok()) {
        std::printf("FAILED: %s (%s)\n%d passed, %d failed, 0 skipped\n", status.message,
                    cudaGetErrorString(cudaGetLastError()), passed, failed + 1);
        std::exit(1);
    }
}

std::uint16_t to_bf16(double value) {
    const auto single = static_cast<float>(value);
    std::uint32_t bits;
    std::memcpy(&bits, &single, 4);
    return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

double from_bf16(std::uint16_t half) {
    const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16;
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

/// Device memory with guard bytes behind it, poisoned (0xff: NaN) before use.
template <class T>
struct Buffer {
    static constexpr std::size_t kGuard = 256;
    T* data = nullptr;
    std::size_t size = 0;
    Buffer() = default;
    explicit Buffer(std::size_t n) : size(n) {
        MUST(cudaMalloc(&data, n * sizeof(T) + kGuard));
        poison();
    }
    explicit Buffer(const std::vector<T>& host) : Buffer(host.size()) { set(host); }
    Buffer(Buffer&& other) noexcept : data(std::exchange(other.data, nullptr)), size(other.size) {}
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(data, other.data);
        std::swap(size, other.size);
        return *this;
    }
    ~Buffer() { cudaFree(data); }
    void poison() { MUST(cudaMemset(data, 0xff, size * sizeof(T) + kGuard)); }
    void set(const std::vector<T>& host) {
        MUST(cudaMemcpy(data, host.data(), host.size() * sizeof(T), cudaMemcpyHostToDevice));
    }
    std::vector<T> get() const {
        std::vector<T> host(size);
        MUST(cudaMemcpy(host.data(), data, size * sizeof(T), cudaMemcpyDeviceToHost));
        return host;
    }
    bool guarded() const {
        std::vector<unsigned char> guard(kGuard);
        MUST(cudaMemcpy(guard.data(), data + size, kGuard, cudaMemcpyDeviceToHost));
        return std::all_of(guard.begin(), guard.end(), [](unsigned char c) { return c == 0xff; });
    }
};

using Bits = std::vector<std::uint16_t>;

Buffer<cu::Bf16> upload(const Bits& bits) {
    Buffer<cu::Bf16> buffer(bits.size());
    MUST(cudaMemcpy(buffer.data, bits.data(), 2 * bits.size(), cudaMemcpyHostToDevice));
    return buffer;
}

Bits download(const Buffer<cu::Bf16>& buffer) {
    Bits bits(buffer.size);
    MUST(cudaMemcpy(bits.data(), buffer.data, 2 * bits.size(), cudaMemcpyDeviceToHost));
    return bits;
}

struct Case {
    const char* name;
    int d, heads, kv_heads, head_dim, mlp, d_mem, vocab, capacity, layers, cached, tokens;
    bool memory = true; ///< false: the second layer has none
    int keys() const { return 6 * d_mem; }
    int q() const { return heads * head_dim; }
    int kv() const { return kv_heads * head_dim; }
};

struct HostLayer {
    Bits memory_query, A, input_norm, qkv, o, post_norm, gate_up, down, cache_k, cache_v;
    std::vector<float> z;
    bool memory = true;
};

struct HostModel {
    Case c;
    std::vector<HostLayer> layers;
    Bits embedding, final_norm, head;
    std::vector<float> cos, sin;

    HostModel(const Case& shape, unsigned seed) : c(shape) {
        std::mt19937 random(seed);
        const auto normal = [&](std::size_t n, double deviation, double mean = 0) {
            std::normal_distribution<float> of(static_cast<float>(mean), static_cast<float>(deviation));
            Bits bits(n);
            for (auto& b : bits)
                b = to_bf16(of(random));
            return bits;
        };
        const auto matrix = [&](int rows, int k) {
            return normal(static_cast<std::size_t>(rows) * k, 1 / std::sqrt(static_cast<double>(k)));
        };
        for (int l = 0; l < c.layers; ++l) {
            HostLayer layer;
            layer.memory = c.memory || l != 1;
            layer.memory_query = matrix(c.d_mem, c.d);
            layer.A = normal(static_cast<std::size_t>(c.keys()) * c.d, 0.5);
            for (int i = 0; i < c.keys(); ++i)
                layer.z.push_back(std::uniform_real_distribution<float>(0.1F, 1.0F)(random));
            layer.input_norm = normal(c.d, 0.2, 1);
            layer.post_norm = normal(c.d, 0.2, 1);
            layer.qkv = matrix(c.q() + 2 * c.kv(), c.d);
            layer.o = matrix(c.d, c.q());
            layer.gate_up = matrix(2 * c.mlp, c.d);
            layer.down = matrix(c.d, c.mlp);
            layer.cache_k = normal(static_cast<std::size_t>(c.capacity) * c.kv(), 1);
            layer.cache_v = normal(static_cast<std::size_t>(c.capacity) * c.kv(), 1);
            layers.push_back(std::move(layer));
        }
        embedding = normal(static_cast<std::size_t>(c.vocab) * c.d, 1);
        final_norm = normal(c.d, 0.2, 1);
        head = matrix(c.vocab, c.d);
        for (int p = 0; p < c.capacity; ++p)
            for (int i = 0; i < c.head_dim / 2; ++i) {
                const double angle = p * std::pow(10000.0, -2.0 * i / c.head_dim);
                cos.push_back(static_cast<float>(std::cos(angle)));
                sin.push_back(static_cast<float>(std::sin(angle)));
            }
    }
};

using Row = std::vector<double>;

/// The formulas, plainly. `naive` rounds every activation to bfloat16: what a straightforward bfloat16 model
/// keeps between its operations.
class Reference {
public:
    Reference(const HostModel& model, bool naive) : m_(model), naive_(naive) {
        for (const auto& layer : m_.layers) {
            keys_.push_back(wide(layer.cache_k));
            values_.push_back(wide(layer.cache_v));
        }
    }
    void token(int id, int position) {
        const Case& c = m_.c;
        x.resize(c.d);
        for (int i = 0; i < c.d; ++i)
            x[i] = from_bf16(m_.embedding[static_cast<std::size_t>(id) * c.d + i]);
        for (int l = 0; l < c.layers; ++l)
            layer(l, position);
        logits = multiply(m_.head, norm(m_.final_norm));
    }
    Row x, logits;
    const Row& keys(int layer) const { return keys_[layer]; }
    const Row& values(int layer) const { return values_[layer]; }

private:
    static Row wide(const Bits& bits) {
        Row row(bits.size());
        std::transform(bits.begin(), bits.end(), row.begin(), from_bf16);
        return row;
    }
    double rounded(double v) const { return naive_ ? from_bf16(to_bf16(v)) : v; }
    Row norm(const Bits& weight) const {
        double squares = 0;
        for (const double v : x)
            squares += v * v;
        const double scale = 1 / std::sqrt(squares / static_cast<double>(x.size()) + 1e-5);
        Row y(x.size());
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] = rounded(x[i] * scale * from_bf16(weight[i]));
        return y;
    }
    Row multiply(const Bits& w, const Row& v) const {
        Row y(w.size() / v.size());
        for (std::size_t r = 0; r < y.size(); ++r) {
            double sum = 0;
            for (std::size_t i = 0; i < v.size(); ++i)
                sum += from_bf16(w[r * v.size() + i]) * v[i];
            y[r] = rounded(sum);
        }
        return y;
    }
    void add(const Row& y) {
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] = rounded(x[i] + y[i]);
    }
    void read_memory(const HostLayer& w) {
        const int n = 2 * m_.c.d_mem;
        const Row q = multiply(w.memory_query, x);
        Row u(n), y(x.size());
        for (int i = 0; i < m_.c.d_mem; ++i) {
            u[i] = std::max(q[i], 0.0);
            u[m_.c.d_mem + i] = std::max(-q[i], 0.0);
        }
        double divisor = 1e-5;
        for (int j = 1; j <= 3; ++j)
            for (int i = 0; i < n; ++i) {
                const int key = (j - 1) * n + i;
                const double phi = rounded(u[i] * u[(i - j + n) % n]);
                divisor += phi * w.z[key];
                for (std::size_t column = 0; column < y.size(); ++column)
                    y[column] += phi * from_bf16(w.A[key * y.size() + column]);
            }
        for (auto& v : y)
            v = rounded(v / divisor);
        add(y);
    }
    Row attend(const Row& qkv, const Row& keys, const Row& values, int n) const {
        const Case& c = m_.c;
        Row out(c.q());
        for (int h = 0; h < c.heads; ++h) {
            const int from = h / (c.heads / c.kv_heads) * c.head_dim;
            Row score(n);
            for (int p = 0; p < n; ++p) {
                for (int i = 0; i < c.head_dim; ++i)
                    score[p] +=
                        qkv[h * c.head_dim + i] * keys[static_cast<std::size_t>(p) * c.kv() + from + i];
                score[p] = rounded(score[p] / std::sqrt(static_cast<double>(c.head_dim)));
            }
            const double largest = *std::max_element(score.begin(), score.end());
            double sum = 0;
            for (auto& s : score)
                sum += s = std::exp(s - largest);
            for (int p = 0; p < n; ++p)
                for (int i = 0; i < c.head_dim; ++i)
                    out[h * c.head_dim + i] +=
                        rounded(score[p] / sum) * values[static_cast<std::size_t>(p) * c.kv() + from + i];
        }
        for (auto& v : out)
            v = rounded(v);
        return out;
    }
    void layer(int l, int position) {
        const Case& c = m_.c;
        const HostLayer& w = m_.layers[l];
        if (w.memory)
            read_memory(w);
        Row qkv = multiply(w.qkv, norm(w.input_norm));
        const int half = c.head_dim / 2;
        for (int h = 0; h < c.heads + c.kv_heads; ++h)
            for (int i = 0; i < half; ++i) {
                double &a = qkv[h * c.head_dim + i], &b = qkv[h * c.head_dim + half + i];
                const double co = m_.cos[static_cast<std::size_t>(position) * half + i],
                             si = m_.sin[static_cast<std::size_t>(position) * half + i];
                const double y0 = a * co - b * si, y1 = b * co + a * si;
                a = rounded(y0);
                b = rounded(y1);
            }
        for (int i = 0; i < c.kv(); ++i) {
            keys_[l][static_cast<std::size_t>(position) * c.kv() + i] = qkv[c.q() + i];
            values_[l][static_cast<std::size_t>(position) * c.kv() + i] = qkv[c.q() + c.kv() + i];
        }
        add(multiply(w.o, attend(qkv, keys_[l], values_[l], position + 1)));
        const Row gate_up = multiply(w.gate_up, norm(w.post_norm));
        Row a(c.mlp);
        for (int i = 0; i < c.mlp; ++i)
            a[i] = rounded(rounded(gate_up[2 * i] / (1 + std::exp(-gate_up[2 * i]))) * gate_up[2 * i + 1]);
        add(multiply(w.down, a));
    }

    const HostModel& m_;
    bool naive_;
    std::vector<Row> keys_, values_;
};

template <class T>
double error_of(const std::vector<T>& out, const Row& reference) {
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const double e = static_cast<double>(out[i]) - reference[i];
        difference += e * e;
        norm += reference[i] * reference[i];
    }
    const double error = std::sqrt(difference / norm);
    return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

/// The model on the device.
struct DeviceModel {
    struct Layer {
        Buffer<cu::Bf16> memory_query, A, input_norm, qkv, o, post_norm, gate_up, down, cache_k, cache_v;
        Buffer<float> z;
    };
    std::vector<Layer> layers;
    std::vector<cu::DecodeLayer> pointers;
    Buffer<cu::Bf16> embedding, final_norm, head;
    Buffer<float> cos, sin, scratch, x, logits;
    Buffer<std::int32_t> chosen{1};
    Buffer<cu::DecodeCursor> cursor{1};
    cu::DecodeModel model;

    explicit DeviceModel(const HostModel& host)
        : embedding(upload(host.embedding)),
          final_norm(upload(host.final_norm)),
          head(upload(host.head)),
          cos(host.cos),
          sin(host.sin),
          x(host.c.d),
          logits(host.c.vocab) {
        const Case& c = host.c;
        for (const auto& from : host.layers) {
            layers.push_back({upload(from.memory_query), upload(from.A), upload(from.input_norm),
                              upload(from.qkv), upload(from.o), upload(from.post_norm), upload(from.gate_up),
                              upload(from.down), upload(from.cache_k), upload(from.cache_v),
                              Buffer<float>(from.z)});
            const Layer& l = layers.back();
            pointers.push_back({from.memory ? l.memory_query.data : nullptr, l.A.data, l.z.data,
                                l.input_norm.data, l.qkv.data, l.o.data, l.post_norm.data, l.gate_up.data,
                                l.down.data, l.cache_k.data, l.cache_v.data});
        }
        const cu::DecodeShape shape{c.d,     c.mlp,      c.d_mem,
                                    c.vocab, c.capacity, {c.heads, c.kv_heads, c.head_dim}};
        scratch = Buffer<float>(cu::decode_scratch_floats(shape));
        model = {shape,     1e-5F,       {cos.data, sin.data, c.capacity}, embedding.data, final_norm.data,
                 head.data, scratch.data};
    }
    cu::DecodeOutput output(bool advance = true) const { return {x.data, logits.data, chosen.data, advance}; }
    lv::Status enqueue(cudaStream_t stream, bool advance = true) const {
        return cu::decode_token(stream, model, pointers.data(), static_cast<int>(pointers.size()),
                                cursor.data, output(advance));
    }
    /// The state that decoding changes, as at the start.
    void reset(const HostModel& host, cu::DecodeCursor at) {
        for (std::size_t l = 0; l < layers.size(); ++l) {
            const auto& from = host.layers[l];
            MUST(cudaMemcpy(layers[l].cache_k.data, from.cache_k.data(), 2 * from.cache_k.size(),
                            cudaMemcpyHostToDevice));
            MUST(cudaMemcpy(layers[l].cache_v.data, from.cache_v.data(), 2 * from.cache_v.size(),
                            cudaMemcpyHostToDevice));
        }
        cursor.set({at});
        x.poison();
        logits.poison();
        chosen.poison();
        scratch.poison();
    }
    bool guarded() const {
        return scratch.guarded() && x.guarded() && logits.guarded() && chosen.guarded() && cursor.guarded() &&
               std::all_of(layers.begin(), layers.end(),
                           [](const Layer& l) { return l.cache_k.guarded() && l.cache_v.guarded(); });
    }
};

std::int32_t best_of(const std::vector<float>& logits) {
    std::int32_t best = -1;
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (std::isfinite(logits[i]) && (best < 0 || logits[i] > logits[best]))
            best = static_cast<std::int32_t>(i);
    return best;
}

/// Rows before the first new one and behind the last are as they were; the new ones are the reference's.
void check_cache(const Bits& before, const Bits& after, const Row& reference, const Case& c,
                 const std::string& what) {
    const auto from = static_cast<std::size_t>(c.cached) * c.kv(),
               to = from + static_cast<std::size_t>(c.tokens) * c.kv();
    check(std::equal(before.begin(), before.begin() + static_cast<long>(from), after.begin()) &&
              std::equal(before.begin() + static_cast<long>(to), before.end(),
                         after.begin() + static_cast<long>(to)),
          what + ": other rows stay");
    std::vector<double> rows;
    for (auto i = from; i < to; ++i)
        rows.push_back(from_bf16(after[i]));
    check(error_of(rows, Row(reference.begin() + static_cast<long>(from),
                             reference.begin() + static_cast<long>(to))) < 6e-3,
          what + ": new rows");
}

void check_case(const Case& c, unsigned seed) {
    const HostModel host(c, seed);
    DeviceModel device(host);
    Reference exact(host, false), naive(host, true);
    cudaStream_t stream;
    MUST(cudaStreamCreate(&stream));
    const cu::DecodeCursor start{3 % c.vocab, c.cached};
    device.reset(host, start);
    std::vector<std::vector<float>> direct;
    std::int32_t token = start.token;
    double worst_x = 0, worst_logits = 0, naive_x = 0, naive_logits = 0;
    for (int t = 0; t < c.tokens; ++t) {
        device.logits.poison();
        device.x.poison();
        must(device.enqueue(stream));
        MUST(cudaStreamSynchronize(stream));
        exact.token(token, c.cached + t);
        naive.token(token, c.cached + t);
        direct.push_back(device.logits.get());
        worst_x = std::max(worst_x, error_of(device.x.get(), exact.x));
        worst_logits = std::max(worst_logits, error_of(direct.back(), exact.logits));
        naive_x = std::max(naive_x, error_of(naive.x, exact.x));
        naive_logits = std::max(naive_logits, error_of(naive.logits, exact.logits));
        const auto cursor = device.cursor.get()[0];
        token = best_of(direct.back());
        check(device.chosen.get()[0] == token && cursor.token == token && cursor.position == c.cached + t + 1,
              std::string(c.name) + ": the choice of token " + std::to_string(t));
    }
    std::printf("%-12s x %.1e (naive bfloat16 %.1e)  logits %.1e (%.1e)\n", c.name, worst_x, naive_x,
                worst_logits, naive_logits);
    check(worst_x <= 1e-2 && worst_x <= 4 * naive_x, std::string(c.name) + ": x");
    check(worst_logits <= 1e-2 && worst_logits <= 4 * naive_logits, std::string(c.name) + ": logits");
    for (int l = 0; l < c.layers; ++l) {
        check_cache(host.layers[l].cache_k, download(device.layers[l].cache_k), exact.keys(l), c,
                    std::string(c.name) + ": keys");
        check_cache(host.layers[l].cache_v, download(device.layers[l].cache_v), exact.values(l), c,
                    std::string(c.name) + ": values");
    }

    device.reset(host, start);
    cudaGraph_t graph;
    cudaGraphExec_t run;
    MUST(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    must(device.enqueue(stream));
    MUST(cudaStreamEndCapture(stream, &graph));
    MUST(cudaGraphInstantiate(&run, graph, 0));
    for (int t = 0; t < c.tokens; ++t) {
        device.logits.poison();
        MUST(cudaGraphLaunch(run, stream));
        MUST(cudaStreamSynchronize(stream));
        const auto logits = device.logits.get();
        check(std::memcmp(logits.data(), direct[t].data(), logits.size() * sizeof(float)) == 0,
              std::string(c.name) + ": replay " + std::to_string(t));
    }
    check(device.guarded(), std::string(c.name) + ": nothing is written behind a buffer");
    MUST(cudaGraphExecDestroy(run));
    MUST(cudaGraphDestroy(graph));
    MUST(cudaStreamDestroy(stream));
}

/// A comparison that cannot fail proves nothing.
void check_comparator() {
    const Row reference{1, -2, 3, 0.5};
    check(error_of(reference, reference) == 0, "equal vectors are equal");
    check(error_of(Row(4, 0.0), reference) > 0.5, "zeros are rejected");
    check(error_of(Row{2, -4, 6, 1}, reference) > 0.5, "a doubled output is rejected");
    check(error_of(Row{1, -2, 3, NAN}, reference) > 1, "NaN is rejected");
}

void check_refusals() {
    const Case c{"refusals", 64, 4, 2, 16, 160, 8, 97, 16, 2, 0, 1};
    const HostModel host(c, 5);
    DeviceModel device(host);
    const auto refused = [&](auto change, const char* what) {
        cu::DecodeModel model = device.model;
        change(model);
        check(
            !cu::decode_token(nullptr, model, device.pointers.data(), 2, device.cursor.data, device.output())
                 .ok(),
            what);
    };
    refused([](auto& m) { m.shape.d = 60; }, "d not a multiple of 8 is refused");
    refused([](auto& m) { m.shape.mlp_width = 164; }, "an MLP not a multiple of 8 is refused");
    refused([](auto& m) { m.shape.attention.head_dim = 24; }, "head_dim 24 is refused");
    refused([](auto& m) { m.shape.attention.head_dim = 144; }, "head_dim 144 is refused");
    refused([](auto& m) { m.shape.attention.heads = 3; }, "heads not a multiple of kv_heads are refused");
    refused([](auto& m) { m.shape.mlp_width = 1 << 20; }, "more than shared memory holds is refused");
    refused([](auto& m) { m.head = nullptr; }, "a missing matrix is refused");

    for (const cu::DecodeCursor bad : {cu::DecodeCursor{1, 16}, {1, -1}, {97, 0}, {-1, 0}}) {
        device.reset(host, bad);
        must(device.enqueue(nullptr));
        MUST(cudaDeviceSynchronize());
        const auto cursor = device.cursor.get()[0];
        check(device.chosen.get()[0] == -1 && cursor.token == bad.token && cursor.position == bad.position &&
                  download(device.layers[0].cache_k) == host.layers[0].cache_k,
              "a cursor out of range changes nothing");
    }
    device.reset(host, {1, 2});
    must(device.enqueue(nullptr, false));
    MUST(cudaDeviceSynchronize());
    const auto cursor = device.cursor.get()[0];
    check(device.chosen.get()[0] == best_of(device.logits.get()) && cursor.token == 1 && cursor.position == 2,
          "the cursor stays unless it shall advance");
}

void check_greedy() {
    Buffer<std::int32_t> chosen(1);
    Buffer<cu::DecodeCursor> cursor(1);
    std::mt19937 random(11);
    const float nan = NAN, inf = INFINITY;
    std::vector<std::vector<float>> all{{nan},          {inf, -inf, nan}, {-3},
                                        {-0.0F, 0.0F},  {0.0F, -0.0F},    {1, 2, 2},
                                        {nan, -5, inf}, {-inf, -1e38F},   {-2, -1, -1, nan}};
    for (const int vocab : {1023, 1024, 1025, 128256}) {
        std::vector<float> logits(vocab);
        for (auto& v : logits)
            v = static_cast<float>(static_cast<int>(random() % 64)) - 80; // many ties, all negative
        all.push_back(logits);
        logits[vocab - 1] = 5;
        logits[vocab / 2] = nan;
        all.push_back(logits);
    }
    for (const auto& logits : all) {
        const Buffer<float> device(logits);
        chosen.poison();
        cursor.set({{7, 41}});
        must(cu::greedy(nullptr, device.data, static_cast<int>(logits.size()), chosen.data, cursor.data));
        MUST(cudaDeviceSynchronize());
        const auto best = best_of(logits);
        const auto at = cursor.get()[0];
        check(chosen.get()[0] == best && at.token == (best < 0 ? 7 : best) &&
                  at.position == (best < 0 ? 41 : 42),
              "greedy of " + std::to_string(logits.size()));
    }
    check(!cu::greedy(nullptr, nullptr, 5, chosen.data, nullptr).ok(), "greedy without logits is refused");
}

// The rest is the benchmark.

__global__ void fill_weights(std::uint16_t* out, std::size_t n, float scale, float mean, unsigned seed) {
    for (std::size_t i = blockIdx.x * std::size_t{blockDim.x} + threadIdx.x; i < n;
         i += std::size_t{gridDim.x} * blockDim.x) {
        std::uint64_t h = (i + 1) * 0x9E3779B97F4A7C15ULL + seed * 0xD1B54A32D192ED03ULL;
        h = (h ^ h >> 31) * 0xBF58476D1CE4E5B9ULL;
        h = (h ^ h >> 29) * 0x94D049BB133111EBULL;
        const float uniform = static_cast<float>(h >> 40) / 8388608.0F - 1.0F; // variance 1/3
        out[i] = static_cast<std::uint16_t>(__float_as_uint(mean + scale * 1.7320508F * uniform) >> 16);
    }
}

__global__ void read_all(const uint4* from, std::size_t n, unsigned* out) {
    unsigned sum = 0;
    const auto step = std::size_t{gridDim.x} * blockDim.x;
#pragma unroll 8
    for (std::size_t i = blockIdx.x * std::size_t{blockDim.x} + threadIdx.x; i < n; i += step) {
        const uint4 v = __ldcs(from + i);
        sum ^= v.x ^ v.y ^ v.z ^ v.w;
    }
    if (sum == 0x12345678U)
        *out = sum;
}

Buffer<cu::Bf16> filled(std::size_t n, double scale, double mean, unsigned seed) {
    Buffer<cu::Bf16> buffer(n);
    fill_weights<<<1024, 256>>>(reinterpret_cast<std::uint16_t*>(buffer.data), n, static_cast<float>(scale),
                                static_cast<float>(mean), seed);
    MUST(cudaGetLastError());
    return buffer;
}

/// Milliseconds of each of `runs` calls, sorted.
template <class F>
std::vector<float> times(cudaStream_t stream, int runs, F call) {
    std::vector<cudaEvent_t> events(2 * runs);
    for (auto& e : events)
        MUST(cudaEventCreate(&e));
    for (int i = 0; i < 5; ++i)
        call();
    for (int i = 0; i < runs; ++i) {
        MUST(cudaEventRecord(events[2 * i], stream));
        call();
        MUST(cudaEventRecord(events[2 * i + 1], stream));
    }
    MUST(cudaStreamSynchronize(stream));
    std::vector<float> result(runs);
    for (int i = 0; i < runs; ++i)
        MUST(cudaEventElapsedTime(&result[i], events[2 * i], events[2 * i + 1]));
    for (auto& e : events)
        MUST(cudaEventDestroy(e));
    std::sort(result.begin(), result.end());
    return result;
}

struct BenchModel {
    static constexpr int d = 2048, mlp = 8192, d_mem = 64, keys = 384, vocab = 128256, layers = 16,
                         capacity = 8192, kv = 512, q = 2048;
    std::vector<Buffer<cu::Bf16>> weights;
    Buffer<float> z, table, scratch, x{d}, logits{vocab};
    Buffer<std::int32_t> chosen{1};
    Buffer<cu::DecodeCursor> cursor{1};
    std::vector<cu::DecodeLayer> pointers;
    cu::DecodeModel model;
    double layer_bytes = 0, head_bytes = 2.0 * vocab * d;

    const cu::Bf16* matrix(std::size_t n, double scale, double mean = 0) {
        weights.push_back(filled(n, scale, mean, static_cast<unsigned>(weights.size()) + 1));
        return weights.back().data;
    }
    BenchModel() : z(std::vector<float>(keys, 0.5F)), table(std::vector<float>(capacity * 32, 0.70710678F)) {
        const double in = 1 / std::sqrt(d);
        for (int l = 0; l < layers; ++l)
            pointers.push_back({matrix(d_mem * d, in), matrix(keys * d, 0.5), z.data, matrix(d, 0.1, 1),
                                matrix((q + 2 * kv) * d, in), matrix(d * q, in), matrix(d, 0.1, 1),
                                matrix(2 * mlp * d, in), matrix(d * mlp, 1 / std::sqrt(mlp)),
                                const_cast<cu::Bf16*>(matrix(std::size_t{capacity} * kv, 1)),
                                const_cast<cu::Bf16*>(matrix(std::size_t{capacity} * kv, 1))});
        layer_bytes = 2.0 * (d_mem * d + keys * d + (q + 2 * kv) * d + d * q + 3.0 * mlp * d);
        const cu::DecodeShape shape{d, mlp, d_mem, vocab, capacity, {32, 8, 64}};
        const auto* embedding = matrix(std::size_t{vocab} * d, in);
        scratch = Buffer<float>(cu::decode_scratch_floats(shape));
        model = {shape,     1e-5F,       {table.data, table.data, capacity}, embedding, matrix(d, 0.1, 1),
                 embedding, scratch.data};
    }
    cudaGraphExec_t capture(cudaStream_t stream, int count, bool memory, bool advance, std::int64_t* trace) {
        auto used = pointers;
        if (!memory)
            for (auto& l : used)
                l.memory_query = nullptr;
        cudaGraph_t graph;
        cudaGraphExec_t run;
        MUST(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        must(cu::decode_token(stream, model, used.data(), count, cursor.data,
                              {x.data, logits.data, chosen.data, advance, trace}));
        MUST(cudaStreamEndCapture(stream, &graph));
        MUST(cudaGraphInstantiate(&run, graph, 0));
        MUST(cudaGraphDestroy(graph));
        return run;
    }
};

/// Where the time of the middle layers goes, by the clock of one multiprocessor.
void print_trace(const std::vector<std::int64_t>& trace, double us) {
    const char* names[] = {"memory query", "memory read", "qkv", "attention", "o", "gate/up", "down"};
    const double tick = us / static_cast<double>(trace[trace.size() - 1] - trace[0]);
    for (int step = 0; step < 7; ++step) {
        double work = 0, wait = 0;
        for (int layer = 2; layer < 14; ++layer) {
            const std::size_t at = 2 * (1 + 7 * layer + step);
            work += static_cast<double>(trace[at] - trace[at - 1]) / 12;
            wait += static_cast<double>(trace[at + 1] - trace[at]) / 12;
        }
        std::printf("  %-13s work %6.2f us, barrier %5.2f us\n", names[step], work * tick, wait * tick);
    }
}

int bench() {
    cudaDeviceProp device;
    MUST(cudaGetDeviceProperties(&device, 0));
    int driver = 0;
    MUST(cudaDriverGetVersion(&driver));
    std::printf("%s, %d multiprocessors, driver CUDA %d.%d\n", device.name, device.multiProcessorCount,
                driver / 1000, driver % 1000 / 10);
    cudaStream_t stream;
    MUST(cudaStreamCreate(&stream));
    constexpr std::size_t kCopy = std::size_t{1} << 30;
    double copied = 0, read = 0;
    {
        Buffer<cu::Bf16> from = filled(kCopy / 2, 1, 0, 99), to(kCopy / 2);
        Buffer<unsigned> sink(1);
        copied = 2.0 * kCopy /
                 times(stream, 20,
                       [&] {
                           MUST(cudaMemcpyAsync(to.data, from.data, kCopy, cudaMemcpyDeviceToDevice, stream));
                       })[10] /
                 1e9;
        read = kCopy /
               times(stream, 20,
                     [&] {
                         read_all<<<device.multiProcessorCount * 8, 256, 0, stream>>>(
                             reinterpret_cast<const uint4*>(from.data), kCopy / 16, sink.data);
                     })[10] /
               1e9;
    }
    std::printf("device copy %.2f TB/s (read + write), plain reading %.2f TB/s\n", copied, read);

    BenchModel m;
    double full = 0;
    const auto line = [&](const char* name, int count, bool memory, int cached) {
        m.cursor.set({{17, cached}});
        const auto run = m.capture(stream, count, memory, false, nullptr);
        const auto ms = times(stream, 200, [&] { MUST(cudaGraphLaunch(run, stream)); });
        MUST(cudaGraphExecDestroy(run));
        double bytes = m.head_bytes + count * (m.layer_bytes + 2.0 * 2 * cached * m.kv);
        if (!memory)
            bytes -= count * 2.0 * m.d * (m.d_mem + m.keys);
        const double us = 1e3 * ms[100];
        if (full == 0)
            full = us;
        std::printf(
            "%-26s %8.1f us (%.1f .. %.1f), %6.0f tokens/s, %.3f GB, %.2f TB/s, %.0f %% of the copy\n", name,
            us, 1e3 * ms[10], 1e3 * ms[190], 1e6 / us, bytes / 1e9, bytes / us / 1e6,
            100 * bytes / us / 1e6 / copied);
    };
    line("16 layers, 512 cached", 16, true, 512);
    line("the same again", 16, true, 512);
    line("without memory", 16, false, 512);
    line("1 cached", 16, true, 1);
    line("2000 cached", 16, true, 2000);
    line("8000 cached", 16, true, 8000);
    line("8 layers", 8, true, 512);
    line("no layer: embed and head", 0, true, 512);

    m.cursor.set({{17, 512}});
    auto run = m.capture(stream, 16, true, true, nullptr);
    std::int32_t id = 0;
    const auto loop = times(stream, 200, [&] {
        MUST(cudaGraphLaunch(run, stream));
        MUST(cudaMemcpyAsync(&id, m.chosen.data, 4, cudaMemcpyDeviceToHost, stream));
        MUST(cudaStreamSynchronize(stream));
    });
    MUST(cudaGraphExecDestroy(run));
    std::printf("generation loop, every id copied to the host: %.1f us, last id %d\n", 1e3 * loop[100], id);
    std::printf("greedy alone: %.1f us\n",
                1e3 * times(stream, 100, [&] {
                    must(cu::greedy(stream, m.logits.data, m.vocab, m.chosen.data, nullptr));
                })[50]);

    const auto barriers = static_cast<std::size_t>(cu::decode_barriers(m.pointers.data(), m.layers));
    Buffer<std::int64_t> trace(2 * barriers);
    m.cursor.set({{17, 512}});
    run = m.capture(stream, 16, true, false, trace.data);
    times(stream, 10, [&] { MUST(cudaGraphLaunch(run, stream)); });
    MUST(cudaGraphExecDestroy(run));
    const auto ticks = trace.get();
    int khz = 0;
    MUST(cudaDeviceGetAttribute(&khz, cudaDevAttrClockRate, 0));
    std::printf("%.0f ticks from the first barrier to the last, %d MHz at most\n",
                static_cast<double>(ticks.back() - ticks.front()), khz / 1000);
    print_trace(ticks, static_cast<double>(ticks.back() - ticks.front()) / (khz / 1e3));
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 1 << 16);
    int devices = 0, major = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0 ||
        cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0) != cudaSuccess || major < 8) {
        std::printf("0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    if (argc > 1 && std::strcmp(argv[1], "--bench") == 0)
        return bench();
    const bool small = argc > 1 && std::strcmp(argv[1], "--small") == 0; // for the sanitizers
    std::printf("seeds 1, 2, … by case\n");
    // Name, d, heads, kv_heads, head_dim, mlp, d_mem, vocab, capacity, layers, cached, tokens. `cached`
    // stands before, at and behind the ends of splits and where their length changes.
    std::vector<Case> cases{{"tiny", 64, 4, 2, 16, 160, 8, 97, 140, 2, 126, 4, false}};
    if (!small) {
        cases.push_back({"from 0", 64, 4, 2, 16, 160, 8, 97, 8, 3, 0, 8});
        cases.push_back({"d 384", 384, 6, 2, 64, 1024, 32, 1001, 200, 2, 127, 3});
        cases.push_back({"odd", 72, 3, 3, 48, 88, 5, 33, 40, 2, 17, 3});
        cases.push_back({"group 6", 136, 6, 1, 128, 1032, 2, 129, 1100, 2, 1023, 3});
        cases.push_back({"heads 80", 200, 8, 1, 80, 2056, 11, 130, 4200, 1, 4095, 3});
        cases.push_back({"long", 64, 2, 2, 112, 96, 8, 50, 8192, 1, 8189, 3});
        cases.push_back({"1B layer", 2048, 32, 8, 64, 8192, 64, 1003, 600, 1, 512, 2});
    }
    unsigned seed = 0;
    for (const auto& c : cases)
        check_case(c, ++seed);
    check_comparator();
    check_greedy();
    if (!small)
        check_refusals();
    std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
