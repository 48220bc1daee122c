// Checks attention and fill_cache on a GPU against float64, and times them with --bench. Stands alone: no Qt,
// and without a GPU it says that it skipped.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/cuda/attention_tiles.cuh"

using namespace longview::kernels;
using namespace longview::kernels::cuda;

namespace {

constexpr std::uint16_t kPoison = 0x7FC1; // a NaN
constexpr std::size_t kGuard = 64;        // elements around and between matrices

int passed = 0, failed = 0;

void check(bool good, const std::string& what) {
    good ? ++passed : ++failed;
    if (!good)
        std::printf("FAILED: %s\n", what.c_str());
}

void must(cudaError_t error, const char* expression, int line) {
    if (error == cudaSuccess)
        return;
    std::printf("FAILED: line %d: %s: %s\n", line, expression, cudaGetErrorString(error));
    std::exit(1);
}
#define MUST(expression) must(expression, #expression, __LINE__)

/// Device memory of n values.
template <class T>
class Buffer {
public:
    explicit Buffer(std::size_t n) : size_(n) { MUST(cudaMalloc(&data_, n * sizeof(T))); }
    ~Buffer() { cudaFree(data_); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    T* data() const { return data_; }
    std::size_t size() const { return size_; }
    std::vector<T> read() const {
        std::vector<T> values(size_);
        MUST(cudaMemcpy(values.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost));
        return values;
    }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

constexpr unsigned kThreads = 256;
unsigned blocks_for(std::size_t n) {
    return static_cast<unsigned>((n + kThreads - 1) / kThreads);
}
__device__ std::size_t my_index() {
    return static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ float to_float(Bf16 x) {
    return __bfloat162float(__ushort_as_bfloat16(x.bits));
}

__device__ std::uint32_t hash(std::uint32_t x) {
    x ^= x >> 16;
    x *= 0x7FEB352DU;
    x ^= x >> 15;
    x *= 0x846CA68BU;
    return x ^ x >> 16;
}

__global__ void normal_kernel(Bf16* values, std::size_t n, std::uint32_t seed, float scale) {
    const auto i = my_index();
    if (i >= n)
        return;
    const auto low =
        hash(static_cast<std::uint32_t>(i) * 2 + hash(seed + static_cast<std::uint32_t>(i >> 31)));
    const float u = (static_cast<float>(low >> 8) + 1) / 16777217.0F,
                v = static_cast<float>(hash(low)) * 0x1p-32F;
    values[i].bits = __bfloat16_as_ushort(__float2bfloat16(scale * sqrtf(-2 * logf(u)) * cospif(2 * v)));
}

__global__ void poison_kernel(Bf16* values, std::size_t n) {
    if (const auto i = my_index(); i < n)
        values[i].bits = kPoison;
}

__global__ void table_kernel(float* cos_table, float* sin_table, int positions, int half) {
    const auto i = my_index();
    if (i >= static_cast<std::size_t>(positions) * half)
        return;
    const double angle = static_cast<double>(i / half) * pow(500000.0, -static_cast<double>(i % half) / half);
    cos_table[i] = static_cast<float>(cos(angle));
    sin_table[i] = static_cast<float>(sin(angle));
}

__global__ void count_different_kernel(const Bf16* a, const Bf16* b, std::size_t n,
                                       unsigned long long* count) {
    if (const auto i = my_index(); i < n && a[i].bits != b[i].bits)
        atomicAdd(count, 1ULL);
}

unsigned long long different(const Bf16* a, const Bf16* b, std::size_t n) {
    Buffer<unsigned long long> count(1);
    MUST(cudaMemset(count.data(), 0, sizeof(unsigned long long)));
    count_different_kernel<<<blocks_for(n), kThreads>>>(a, b, n, count.data());
    return count.read()[0];
}

class Tables {
public:
    Tables(int positions, int head_dim)
        : positions_(positions),
          cos_(static_cast<std::size_t>(positions) * (head_dim / 2)),
          sin_(cos_.size()) {
        table_kernel<<<blocks_for(cos_.size()), kThreads>>>(cos_.data(), sin_.data(), positions,
                                                            head_dim / 2);
    }
    RopeTable table() const { return {cos_.data(), sin_.data(), positions_}; }

private:
    int positions_;
    Buffer<float> cos_, sin_;
};

/// Matrices of [rows, width], each between guards.
class Matrices {
public:
    Matrices(int cells, int rows, int width)
        : cells_(static_cast<std::size_t>(cells)),
          matrix_(static_cast<std::size_t>(rows) * width),
          stride_((matrix_ + kGuard + 7) / 8 * 8),
          all_(kGuard + stride_ * cells_) {
        poison();
    }
    void poison() { poison_kernel<<<blocks_for(all_.size()), kThreads>>>(all_.data(), all_.size()); }
    void normal(std::uint32_t seed, float scale) {
        for (std::size_t g = 0; g < cells_; ++g)
            normal_kernel<<<blocks_for(matrix_), kThreads>>>(cell(g), matrix_,
                                                             seed * 977 + static_cast<unsigned>(g), scale);
    }
    void copy(const Matrices& other) {
        MUST(
            cudaMemcpy(all_.data(), other.all_.data(), all_.size() * sizeof(Bf16), cudaMemcpyDeviceToDevice));
    }
    Bf16* cell(std::size_t g) const { return all_.data() + kGuard + g * stride_; }
    Stack<Bf16> stack() const { return {cell(0), stride_}; }
    std::size_t matrix() const { return matrix_; }
    const Buffer<Bf16>& all() const { return all_; }
    bool guards_intact() const {
        const auto values = all_.read();
        for (std::size_t i = 0; i < values.size(); ++i)
            if ((i < kGuard || (i - kGuard) % stride_ >= matrix_) && values[i].bits != kPoison)
                return false;
        return true;
    }

private:
    std::size_t cells_, matrix_, stride_;
    Buffer<Bf16> all_;
};

/// What a number is kept in on its way, in the truth (T = double) and in the naive version (T = float).
__device__ double kept(double x) {
    return x;
}
__device__ float kept(float x) {
    return __bfloat162float(__float2bfloat16(x));
}

template <class T>
__device__ T rotated(const Bf16* head, int i, int half, const float* cos, const float* sin) {
    const int pair = i % half;
    const T a = to_float(head[pair]), b = to_float(head[pair + half]);
    const T c = cos[pair], s = sin[pair];
    return kept(i < half ? a * c - b * s : b * c + a * s);
}

template <class T>
__device__ T reduce(T value, T* shared, bool greatest) {
    shared[threadIdx.x] = value;
    __syncthreads();
    for (unsigned n = blockDim.x / 2; n > 0; n /= 2) {
        if (threadIdx.x < n) {
            const T other = shared[threadIdx.x + n];
            shared[threadIdx.x] = greatest ? max(shared[threadIdx.x], other) : shared[threadIdx.x] + other;
        }
        __syncthreads();
    }
    const T result = shared[0];
    __syncthreads();
    return result;
}

/// The formula, one block per row and head. Takes qkv before its keys are rotated; out [rows, heads ·
/// head_dim] of one cell.
template <class T>
__global__ void reference_kernel(const Bf16* qkv, AttentionShape shape, RopeTable table, T* out) {
    extern __shared__ double memory[];
    T* const weights = reinterpret_cast<T*>(memory);
    __shared__ T q[128], partial[128];
    const int row = static_cast<int>(blockIdx.x), head = static_cast<int>(blockIdx.y);
    const int size = shape.head_dim, half = size / 2;
    const int kv = head / (shape.heads / shape.kv_heads);
    const int width = (shape.heads + 2 * shape.kv_heads) * size;
    const auto line = [&](int j) { return qkv + static_cast<std::size_t>(j) * width; };
    const int thread = static_cast<int>(threadIdx.x);
    if (thread < size)
        q[thread] =
            rotated<T>(line(row) + head * size, thread, half, table.cos + row * half, table.sin + row * half);
    __syncthreads();
    T top = -INFINITY, sum = 0;
    for (int j = thread; j <= row; j += 128) {
        T score = 0;
        for (int i = 0; i < size; ++i)
            score += q[i] * rotated<T>(line(j) + (shape.heads + kv) * size, i, half, table.cos + j * half,
                                       table.sin + j * half);
        weights[j] = score / sqrt(static_cast<T>(size));
        top = max(top, weights[j]);
    }
    top = reduce(top, partial, true);
    for (int j = thread; j <= row; j += 128) {
        const T weight = exp(weights[j] - top);
        sum += weight;
        weights[j] = kept(weight);
    }
    sum = reduce(sum, partial, false);
    if (thread < size) {
        T y = 0;
        for (int j = 0; j <= row; ++j)
            y += weights[j] *
                 static_cast<T>(to_float(line(j)[(shape.heads + shape.kv_heads + kv) * size + thread]));
        out[(static_cast<std::size_t>(row) * shape.heads + head) * size + thread] = kept(y / sum);
    }
}

/// ‖a − b‖ / ‖b‖ of lines of `width`.
template <class T>
std::vector<double> line_errors(const std::vector<T>& a, const std::vector<double>& b, std::size_t width) {
    std::vector<double> errors;
    for (std::size_t line = 0; line < b.size(); line += width) {
        double difference = 0, norm = 0;
        for (std::size_t i = line; i < line + width; ++i) {
            const double d = static_cast<double>(a[i]) - b[i];
            difference += d * d;
            norm += b[i] * b[i];
        }
        errors.push_back(std::sqrt(difference / norm));
    }
    return errors;
}

/// The greatest; NaN when one is.
double greatest(const std::vector<double>& errors) {
    double top = 0;
    for (const double error : errors)
        if (std::isnan(error))
            return error;
        else
            top = std::max(top, error);
    return top;
}

std::vector<float> widen(const Bf16* device, std::size_t n) {
    std::vector<std::uint16_t> bits(n);
    MUST(cudaMemcpy(bits.data(), device, n * sizeof(Bf16), cudaMemcpyDeviceToHost));
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t wide = static_cast<std::uint32_t>(bits[i]) << 16;
        std::memcpy(&values[i], &wide, sizeof wide);
    }
    return values;
}

struct Reference {
    std::vector<double> exact;
    double bound = 0; ///< 4 × the greatest error of a line in the naive version
};

Reference reference(const Bf16* qkv, int rows, const AttentionShape& shape, const RopeTable& table) {
    const auto n = static_cast<std::size_t>(rows) * shape.q_width();
    const dim3 grid(static_cast<unsigned>(rows), static_cast<unsigned>(shape.heads));
    Buffer<double> exact(n);
    Buffer<float> naive(n);
    reference_kernel<double><<<grid, 128, rows * sizeof(double)>>>(qkv, shape, table, exact.data());
    reference_kernel<float><<<grid, 128, rows * sizeof(double)>>>(qkv, shape, table, naive.data());
    MUST(cudaGetLastError());
    Reference result{exact.read(), 0};
    const auto errors = line_errors(naive.read(), result.exact, static_cast<std::size_t>(shape.head_dim));
    result.bound = 4 * greatest(errors);
    return result;
}

std::string name(AttentionKernel kernel, int cells, int rows, const AttentionShape& shape) {
    return std::string(kernel == AttentionKernel::mma ? "mma" : "wgmma") + " cells " + std::to_string(cells) +
           " T " + std::to_string(rows) + " heads " + std::to_string(shape.heads) + "/" +
           std::to_string(shape.kv_heads) + " of " + std::to_string(shape.head_dim);
}

bool has_wgmma(int head_dim) {
    AttentionWork work;
    work.head_dim = head_dim;
    return attention_wgmma_takes(work);
}

std::vector<AttentionKernel> kernels_for(int head_dim) {
    if (has_wgmma(head_dim))
        return {AttentionKernel::mma, AttentionKernel::wgmma};
    return {AttentionKernel::mma};
}

/// The largest ratio of an error to its bound that was seen.
double worst_ratio[2] = {};

/// A comparator that accepts these is none.
void check_comparator(const Reference& truth, const std::vector<float>& out, std::size_t width) {
    const auto rejects = [&](const std::vector<float>& values) {
        return !(greatest(line_errors(values, truth.exact, width)) <= truth.bound);
    };
    auto zeros = out, doubled = out, one = out;
    for (std::size_t i = 0; i < out.size(); ++i) {
        zeros[i] = 0;
        doubled[i] *= 2;
    }
    std::copy_n(out.begin(), width, one.end() - static_cast<std::ptrdiff_t>(width));
    check(rejects(zeros) && rejects(doubled) && rejects(one), "the comparator rejects wrong outputs");
}

void check_case(int cells, int rows, const AttentionShape& shape, std::uint32_t seed) {
    const Tables tables(rows, shape.head_dim);
    const auto count = static_cast<std::size_t>(cells);
    Matrices fresh(cells, rows, shape.qkv_width()), qkv(cells, rows, shape.qkv_width()),
        alone(cells, rows, shape.qkv_width());
    Matrices out(cells, rows, shape.q_width()), single(cells, rows, shape.q_width());
    // Scores of a few units: softmax then is neither flat nor one key alone.
    fresh.normal(seed, seed % 2 ? 1.0F : 1.7F);
    std::vector<Reference> truth;
    for (std::size_t g = 0; g < count; ++g)
        truth.push_back(reference(fresh.cell(g), rows, shape, tables.table()));
    for (const auto kernel : kernels_for(shape.head_dim)) {
        const auto what = name(kernel, cells, rows, shape) + ": ";
        qkv.copy(fresh);
        alone.copy(fresh);
        out.poison();
        single.poison();
        const auto status =
            attention_with(kernel, nullptr, {cells, rows}, shape, tables.table(), qkv.stack(), out.stack());
        check(status.ok(), what + (status.ok() ? "" : status.message));
        MUST(cudaDeviceSynchronize());
        bool same = true, close = true;
        for (std::size_t g = 0; g < count; ++g) {
            const auto values = widen(out.cell(g), out.matrix());
            const auto width = static_cast<std::size_t>(shape.head_dim);
            const double error = greatest(line_errors(values, truth[g].exact, width));
            auto& worst = worst_ratio[kernel == AttentionKernel::wgmma];
            worst = std::max(worst, error / truth[g].bound);
            if (!(error <= truth[g].bound) || !(truth[g].bound < 0.25)) {
                close = false;
                std::printf("%scell %zu error %g, allowed %g\n", what.c_str(), g, error, truth[g].bound);
            }
            if (g == 0 && rows == 129 && cells == 1)
                check_comparator(truth[g], values, width);
            const auto again = attention_with(kernel, nullptr, {1, rows}, shape, tables.table(),
                                              {alone.cell(g), 0}, {single.cell(g), 0});
            same = same && again.ok();
        }
        check(close, what + "close to float64");
        check(same && different(out.all().data(), single.all().data(), out.all().size()) == 0 &&
                  different(qkv.all().data(), alone.all().data(), qkv.all().size()) == 0,
              what + "alone as in a group");
        check(out.guards_intact() && single.guards_intact() && qkv.guards_intact(), what + "guards intact");
    }

    // The cache holds what attention worked with; the rest of qkv is as it was.
    Matrices keys(1, rows, shape.kv_width()), values(1, rows, shape.kv_width());
    const auto status =
        fill_cache(nullptr, rows, shape, tables.table(), fresh.cell(count - 1), keys.cell(0), values.cell(0));
    const auto cached_keys = widen(keys.cell(0), keys.matrix()),
               cached_values = widen(values.cell(0), keys.matrix()),
               before = widen(fresh.cell(count - 1), fresh.matrix()),
               after = widen(qkv.cell(count - 1), qkv.matrix());
    bool good = status.ok() && keys.guards_intact() && values.guards_intact();
    const auto width = static_cast<std::size_t>(shape.qkv_width()),
               kv = static_cast<std::size_t>(shape.kv_width()), q = static_cast<std::size_t>(shape.q_width());
    for (std::size_t i = 0; i < before.size(); ++i) {
        const auto row = i / width, column = i % width;
        const bool is_key = column >= q && column < q + kv;
        good = good && after[i] == (is_key ? cached_keys[row * kv + column - q] : before[i]);
        if (column >= q + kv)
            good = good && before[i] == cached_values[row * kv + column - q - kv];
    }
    check(good, name(AttentionKernel::mma, cells, rows, shape) + ": fill_cache");
}

/// Keys of zero weigh all rows alike; equal values then come out as they are, integers as their mean.
void check_exact(AttentionKernel kernel, bool zero_keys, bool equal_values) {
    const AttentionShape shape{32, 8, 64};
    const int rows = 333;
    const Tables tables(rows, shape.head_dim);
    const auto width = static_cast<std::size_t>(shape.qkv_width()),
               q = static_cast<std::size_t>(shape.q_width()), kv = static_cast<std::size_t>(shape.kv_width());
    Matrices qkv(1, rows, shape.qkv_width()), out(1, rows, shape.q_width());
    qkv.normal(99, 1);
    std::vector<Bf16> host(qkv.matrix());
    MUST(cudaMemcpy(host.data(), qkv.cell(0), host.size() * sizeof(Bf16), cudaMemcpyDeviceToHost));
    const auto value = [&](std::size_t row, std::size_t column) {
        return static_cast<float>((row * (equal_values ? 0 : 7) + column * 5) % 17) - 8;
    };
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row)
        for (std::size_t c = 0; c < kv; ++c) {
            if (zero_keys)
                host[row * width + q + c].bits = 0;
            const float v = value(row, c);
            std::uint32_t bits = 0;
            std::memcpy(&bits, &v, sizeof bits);
            host[row * width + q + kv + c].bits = static_cast<std::uint16_t>(bits >> 16);
        }
    MUST(cudaMemcpy(qkv.cell(0), host.data(), host.size() * sizeof(Bf16), cudaMemcpyHostToDevice));
    const auto status =
        attention_with(kernel, nullptr, {1, rows}, shape, tables.table(), qkv.stack(), out.stack());
    const auto actual = widen(out.cell(0), out.matrix());
    double worst = status.ok() ? 0 : 1; // in units of what rounding to bfloat16 changes at most
    std::vector<double> sums(q);
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row)
        for (std::size_t c = 0; c < q; ++c) {
            sums[c] += value(row, c / 256 * 64 + c % 64);
            const double exact = sums[c] / static_cast<double>(row + 1);
            const double error = std::abs(actual[row * q + c] - exact);
            if (!(error <= worst * std::abs(exact) / 256))
                worst = exact == 0 ? (error == 0 ? worst : 1e9) : error / std::abs(exact) * 256;
        }
    const double allowed = zero_keys ? (equal_values ? 0 : 1.001) : 2;
    check(worst <= allowed, name(kernel, 1, rows, shape) + ": exact case " + std::to_string(zero_keys) +
                                std::to_string(equal_values) + ", off by " + std::to_string(worst));
}

void check_refusals() {
    const Tables tables(64, 64);
    Matrices qkv(2, 64, 3072), out(2, 64, 2048);
    const auto refused = [&](Group group, const AttentionShape& shape, Stack<Bf16> in, Stack<Bf16> to) {
        return !attention(nullptr, group, shape, tables.table(), in, to).ok();
    };
    const auto in = qkv.stack(), to = out.stack();
    const AttentionShape shape{32, 8, 64};
    check(!refused({2, 64}, shape, in, to), "a call that fits is taken");
    check(refused({2, 65}, shape, in, to), "more rows than positions");
    check(refused({0, 64}, shape, in, to), "no cells");
    check(refused({2, 0}, shape, in, to), "no rows");
    check(refused({1, 64}, {32, 7, 64}, in, to), "heads that do not divide");
    check(refused({1, 64}, {32, 8, 24}, in, to), "head_dim 24");
    check(refused({1, 64}, {32, 8, 144}, in, to), "head_dim 144");
    check(refused({1, 64}, shape, {in.data + 1, in.stride}, to), "qkv off 16 bytes");
    check(refused({2, 64}, shape, {in.data, 0}, to), "one qkv for two cells");
    check(refused({2, 64}, shape, in, {to.data, to.stride + 4}), "a stride that breaks the alignment");
}

/// Captured, then replayed with other values in the same place.
void check_graph() {
    const AttentionShape shape{32, 8, 64};
    const int rows = 200;
    const Tables tables(rows, shape.head_dim);
    Matrices qkv(2, rows, shape.qkv_width()), out(2, rows, shape.q_width()), direct(2, rows, shape.q_width());
    cudaStream_t stream{};
    cudaGraph_t graph{};
    cudaGraphExec_t replay{};
    MUST(cudaStreamCreate(&stream));
    MUST(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    const auto status = attention(stream, {2, rows}, shape, tables.table(), qkv.stack(), out.stack());
    MUST(cudaStreamEndCapture(stream, &graph));
    MUST(cudaGraphInstantiate(&replay, graph, 0));
    bool same = status.ok();
    for (const std::uint32_t seed : {5U, 6U}) {
        qkv.normal(seed, 1);
        MUST(cudaDeviceSynchronize());
        MUST(cudaGraphLaunch(replay, stream));
        MUST(cudaStreamSynchronize(stream));
        qkv.normal(seed, 1);
        same = same &&
               attention(nullptr, {2, rows}, shape, tables.table(), qkv.stack(), direct.stack()).ok() &&
               different(out.all().data(), direct.all().data(), out.all().size()) == 0;
    }
    check(same, "a graph replays it");
    MUST(cudaGraphExecDestroy(replay));
    MUST(cudaGraphDestroy(graph));
    MUST(cudaStreamDestroy(stream));
}

double median_ms(int repeats, AttentionKernel kernel, Group group, const AttentionShape& shape,
                 const RopeTable& table, Stack<Bf16> qkv, Stack<Bf16> out) {
    cudaEvent_t start{}, stop{};
    MUST(cudaEventCreate(&start));
    MUST(cudaEventCreate(&stop));
    std::vector<float> times;
    for (int i = -2; i < repeats; ++i) {
        MUST(cudaEventRecord(start));
        const auto status = attention_with(kernel, nullptr, group, shape, table, qkv, out);
        MUST(cudaEventRecord(stop));
        MUST(cudaEventSynchronize(stop));
        float ms = 0;
        MUST(cudaEventElapsedTime(&ms, start, stop));
        if (!status.ok())
            return -1;
        if (i >= 0)
            times.push_back(ms);
    }
    MUST(cudaEventDestroy(start));
    MUST(cudaEventDestroy(stop));
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

void bench(bool small) {
    const AttentionShape shape{32, 8, 64};
    struct Size {
        int cells, rows, repeats;
    };
    std::vector<Size> sizes{{16, 640, 51}, {16, 1152, 51}, {16, 2176, 31}, {16, 4224, 21}};
    if (!small)
        sizes.insert(sizes.end(), {{1, 1152, 51}, {1, 32768, 5}, {1, 131072, 3}});
    std::printf("%-6s %6s %7s %10s %8s\n", "kernel", "cells", "T", "median ms", "TF/s");
    for (const auto& size : sizes) {
        const Tables tables(size.rows, shape.head_dim);
        Matrices qkv(size.cells, size.rows, shape.qkv_width()), out(size.cells, size.rows, shape.q_width());
        qkv.normal(3, 1);
        for (const auto kernel : kernels_for(shape.head_dim)) {
            const double ms = median_ms(size.repeats, kernel, {size.cells, size.rows}, shape, tables.table(),
                                        qkv.stack(), out.stack());
            const double flops = 4.0 * size.rows * (size.rows + 1.0) / 2 * shape.q_width() * size.cells;
            std::printf("%-6s %6d %7d %10.4f %8.1f\n", kernel == AttentionKernel::mma ? "mma" : "wgmma",
                        size.cells, size.rows, ms, flops / ms * 1e-9);
        }
    }
}

void check_all() {
    const AttentionShape shapes[] = {{4, 2, 16},  {6, 2, 64}, {32, 8, 64},
                                     {8, 8, 128}, {4, 1, 32}, {2, 1, 80}};
    std::uint32_t seed = 1;
    for (const auto& shape : shapes)
        for (const int rows : {1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 200, 1152})
            for (const int cells : {1, 2, 5})
                if (rows < 1000 || cells == 2 || shape.heads == 6)
                    check_case(cells, rows, shape, seed++);
    for (const auto kernel : kernels_for(64)) {
        check_exact(kernel, true, true);
        check_exact(kernel, true, false);
        check_exact(kernel, false, true);
    }
    check_refusals();
    check_graph();
    std::printf("greatest error / allowed error: mma %.3f, wgmma %.3f\n", worst_ratio[0], worst_ratio[1]);
}

} // namespace

int main(int argc, char** argv) {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
        std::printf("0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    cudaDeviceProp device{};
    MUST(cudaGetDeviceProperties(&device, 0));
    if (device.major < 8) {
        std::printf("0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    const std::string mode = argc > 1 ? argv[1] : "";
    if (mode == "--bench") {
        std::printf("%s, %d multiprocessors\n", device.name, device.multiProcessorCount);
        bench(argc > 2);
        return 0;
    }
    if (mode == "--few") { // for a sanitizer
        check_case(2, 129, {6, 2, 64}, 7);
        check_case(1, 65, {4, 1, 32}, 8);
    } else {
        check_all();
    }
    std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
