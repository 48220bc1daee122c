// Checks wgmma_gemm on a GPU against a plain product in float64; `--bench` times it next to cuBLASLt.
//   gpu_wgmma_gemm [--bench] [--quick] [--seed N]
// No Qt: it runs on machines that have nothing but a driver.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <cublasLt.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include "kernels/cuda/wgmma_gemm.h"

namespace {

using namespace longview::kernels;
using namespace longview::kernels::cuda;

#define CHECK(expression) check((expression), #expression, __LINE__)

void check(cudaError_t error, const char* expression, int line) {
    if (error == cudaSuccess)
        return;
    std::printf("line %d: %s: %s\n", line, expression, cudaGetErrorString(error));
    std::exit(2);
}

/// Device memory of bf16, freed at the end.
class Buffer {
public:
    explicit Buffer(std::size_t count) : count_(count) { CHECK(cudaMalloc(&data_, count * sizeof(Bf16))); }
    ~Buffer() { cudaFree(data_); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    Bf16* data() const { return data_; }
    std::size_t count() const { return count_; }
    /// 0xffff: not a number.
    void poison() const { CHECK(cudaMemset(data_, 0xff, count_ * sizeof(Bf16))); }
    void copy(const Buffer& from) const {
        CHECK(cudaMemcpy(data_, from.data_, count_ * sizeof(Bf16), cudaMemcpyDeviceToDevice));
    }

private:
    Bf16* data_ = nullptr;
    std::size_t count_ = 0;
};

__device__ float noise(unsigned long long seed, unsigned long long i) {
    unsigned long long z = seed * 0x9e3779b97f4a7c15ULL + i * 0xbf58476d1ce4e5b9ULL + 0x94d049bb133111ebULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    return static_cast<float>(z >> 40) / static_cast<float>(1 << 23) - 1.0F;
}

/// Uniform in ±scale where the element belongs to a matrix [rows, columns] of a cell, poison elsewhere.
__global__ void fill_kernel(__nv_bfloat16* to, std::size_t count, std::size_t stride, std::size_t ld,
                            int rows, int columns, float scale, unsigned long long seed) {
    for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < count;
         i += static_cast<std::size_t>(gridDim.x) * blockDim.x) {
        const std::size_t in_cell = i % stride;
        const bool inside = in_cell / ld < rows && in_cell % ld < columns;
        to[i] = inside ? __float2bfloat16(scale * noise(seed, i)) : __ushort_as_bfloat16(0xffff);
    }
}

void fill(const Buffer& buffer, std::size_t stride, std::size_t ld, int rows, int columns, float scale,
          unsigned long long seed) {
    fill_kernel<<<1024, 256>>>(reinterpret_cast<__nv_bfloat16*>(buffer.data()), buffer.count(), stride, ld,
                               rows, columns, scale, seed);
    CHECK(cudaGetLastError());
}

__device__ double dot(const __nv_bfloat16* a, const __nv_bfloat16* b, int k) {
    double sum = 0;
    for (int i = 0; i < k; ++i)
        sum += static_cast<double>(__bfloat162float(a[i])) * static_cast<double>(__bfloat162float(b[i]));
    return sum;
}

/// One block per row: {‖y − exact‖², ‖exact‖²}. `broken` counts elements further from exact than one rounding
/// to bf16 and `slack` for float32 sums, and guard columns and rows that lost their poison.
__global__ void compare_kernel(Epilogue epilogue, int rows, int out, int k, const __nv_bfloat16* x,
                               std::size_t x_stride, std::size_t ld_x, const __nv_bfloat16* w,
                               std::size_t w_stride, const __nv_bfloat16* residual, const __nv_bfloat16* y,
                               std::size_t y_stride, std::size_t ld_y, double slack, double* errors,
                               int* broken) {
    const int row = blockIdx.x, cell = blockIdx.y;
    const __nv_bfloat16* const y_row = y + cell * y_stride + row * ld_y;
    if (row >= rows) {
        for (std::size_t j = threadIdx.x; j < ld_y; j += blockDim.x)
            if (__bfloat16_as_ushort(y_row[j]) != 0xffff)
                atomicAdd(broken, 1);
        return;
    }
    double difference = 0, norm = 0;
    const __nv_bfloat16* const x_row = x + cell * x_stride + row * ld_x;
    for (int j = threadIdx.x; j < static_cast<int>(ld_y); j += blockDim.x) {
        if (j >= out) {
            if (__bfloat16_as_ushort(y_row[j]) != 0xffff)
                atomicAdd(broken, 1);
            continue;
        }
        const __nv_bfloat16* const weights = w + cell * w_stride;
        double exact = 0;
        if (epilogue == Epilogue::swiglu) {
            const double gate = dot(x_row, weights + (2 * static_cast<std::size_t>(j)) * k, k);
            const double up = dot(x_row, weights + (2 * static_cast<std::size_t>(j) + 1) * k, k);
            exact = gate / (1 + exp(-gate)) * up;
        } else {
            exact = dot(x_row, weights + static_cast<std::size_t>(j) * k, k);
            if (epilogue == Epilogue::add)
                exact += static_cast<double>(__bfloat162float(residual[cell * y_stride + row * ld_y + j]));
        }
        const double d = static_cast<double>(__bfloat162float(y_row[j])) - exact;
        if (!(fabs(d) <= 0x1.01p-8 * fabs(exact) + slack))
            atomicAdd(broken, 1);
        difference += d * d;
        norm += exact * exact;
    }
    for (int offset = 16; offset > 0; offset /= 2) {
        difference += __shfl_xor_sync(0xffffffffU, difference, offset);
        norm += __shfl_xor_sync(0xffffffffU, norm, offset);
    }
    if (threadIdx.x % 32 == 0) {
        double* const to = errors + 2 * (static_cast<std::size_t>(cell) * rows + row);
        atomicAdd(to, difference);
        atomicAdd(to + 1, norm);
    }
}

__global__ void differ_kernel(const std::uint16_t* a, const std::uint16_t* b, std::size_t count,
                              int* differ) {
    for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < count;
         i += static_cast<std::size_t>(gridDim.x) * blockDim.x)
        if (a[i] != b[i])
            atomicAdd(differ, 1);
}

bool same_bits(const Buffer& a, const Buffer& b) {
    int* differ = nullptr;
    CHECK(cudaMalloc(&differ, sizeof(int)));
    CHECK(cudaMemset(differ, 0, sizeof(int)));
    differ_kernel<<<512, 256>>>(reinterpret_cast<const std::uint16_t*>(a.data()),
                                reinterpret_cast<const std::uint16_t*>(b.data()), a.count(), differ);
    int count = -1;
    CHECK(cudaMemcpy(&count, differ, sizeof(int), cudaMemcpyDeviceToHost));
    cudaFree(differ);
    return count == 0;
}

struct Case {
    int cells, rows, n, k;
    Epilogue epilogue;
    TileWidth width = TileWidth::automatic;
    bool in_place = true;  ///< add: the residual is y's memory
    int pad = 0;           ///< columns between rows of x and y, which nobody may touch
    bool shared_w = false; ///< one w for all cells
    float scale = 2.0F;    ///< of the products
    int out() const { return epilogue == Epilogue::swiglu ? n / 2 : n; }
};

constexpr int guard_rows = 3;

/// A case's operands: x and y have guard rows after each cell, x's filled with NaN.
struct Problem {
    Case c;
    std::size_t ld_x, ld_y, x_stride, w_stride, y_stride;
    Buffer x, w, y, residual;

    Problem(const Case& c, unsigned long long seed)
        : c(c),
          ld_x(c.k + c.pad),
          ld_y(c.out() + c.pad),
          x_stride((c.rows + guard_rows) * ld_x),
          w_stride(static_cast<std::size_t>(c.n) * c.k),
          y_stride((c.rows + guard_rows) * ld_y),
          x(c.cells * x_stride),
          w((c.shared_w ? 1 : c.cells) * w_stride),
          y(c.cells * y_stride),
          residual(c.cells * y_stride) {
        fill(x, x_stride, ld_x, c.rows, c.k, 1.7F, seed);
        // Products of about 1: the gate's curve is then neither flat nor a step.
        fill(w, w_stride, c.k, c.n, c.k, c.scale / std::sqrt(static_cast<float>(c.k)), seed + 1);
        fill(residual, y_stride, ld_y, c.rows, c.out(), 1.0F, seed + 2);
        reset();
    }
    void reset() const {
        if (c.epilogue == Epilogue::add && c.in_place)
            y.copy(residual);
        else
            y.poison();
    }
    Status launch(int first, int cells) const {
        WgmmaGemm g;
        g.n = c.n, g.k = c.k, g.epilogue = c.epilogue, g.width = c.width;
        g.x = {x.data() + first * x_stride, x_stride};
        g.w = {w.data() + (c.shared_w ? 0 : first * w_stride), c.shared_w ? 0 : w_stride};
        g.y = {y.data() + first * y_stride, y_stride};
        if (c.epilogue == Epilogue::add)
            g.residual = {(c.in_place ? y : residual).data() + first * y_stride, y_stride};
        g.ld_x = ld_x, g.ld_y = ld_y, g.ld_residual = ld_y;
        return wgmma_gemm(nullptr, {cells, c.rows}, g);
    }
    /// Greatest relative error of a row, or infinity when an element is off or something outside was written.
    double error() const {
        double* errors = nullptr;
        int* broken = nullptr;
        const std::size_t rows = static_cast<std::size_t>(c.cells) * c.rows;
        CHECK(cudaMalloc(&errors, 2 * rows * sizeof(double)));
        CHECK(cudaMalloc(&broken, sizeof(int)));
        CHECK(cudaMemset(errors, 0, 2 * rows * sizeof(double)));
        CHECK(cudaMemset(broken, 0, sizeof(int)));
        const auto raw = [](const Buffer& b) { return reinterpret_cast<const __nv_bfloat16*>(b.data()); };
        compare_kernel<<<dim3(c.rows + guard_rows, c.cells), 256>>>(
            c.epilogue, c.rows, c.out(), c.k, raw(x), x_stride, ld_x, raw(w), c.shared_w ? 0 : w_stride,
            raw(residual), raw(y), y_stride, ld_y, 1e-4 * c.scale * c.scale, errors, broken);
        CHECK(cudaGetLastError());
        std::vector<double> host(2 * rows);
        int touched = 0;
        CHECK(cudaMemcpy(host.data(), errors, host.size() * sizeof(double), cudaMemcpyDeviceToHost));
        CHECK(cudaMemcpy(&touched, broken, sizeof(int), cudaMemcpyDeviceToHost));
        cudaFree(errors);
        cudaFree(broken);
        if (touched != 0)
            return INFINITY;
        double greatest = 0;
        for (std::size_t row = 0; row < rows; ++row) {
            const double e = std::sqrt(host[2 * row] / host[2 * row + 1]);
            if (!(e <= greatest))
                greatest = e;
            if (std::isnan(e))
                return e;
        }
        return greatest;
    }
};

int passed = 0, failed = 0;

void expect(bool ok, const Case& c, const char* what, double value = 0) {
    ok ? ++passed : ++failed;
    static const char* const names[] = {"store", "add", "swiglu"};
    static const char* const widths[] = {"automatic", "fastest", "narrow", "middle", "wide"};
    if (!ok && failed <= 20)
        std::printf("FAILED %s (%.3g): %d cells of %d rows, n %d, k %d, %s, %s, pad %d\n", what, value,
                    c.cells, c.rows, c.n, c.k, names[static_cast<int>(c.epilogue)],
                    widths[static_cast<int>(c.width)], c.pad);
}

/// Rounding to bf16 changes a value by at most 2⁻⁸ of it; float32 sums add far less.
constexpr double error_bound = 4e-3;

void check_case(const Case& c, unsigned long long seed) {
    const Problem problem(c, seed);
    const Status status = problem.launch(0, c.cells);
    if (!status.ok()) {
        expect(false, c, status.message);
        return;
    }
    CHECK(cudaDeviceSynchronize());
    const double error = problem.error();
    expect(error <= error_bound, c, "the error of a row", error);

    Buffer group(problem.y.count());
    group.copy(problem.y);
    problem.reset();
    for (int cell = 0; cell < c.cells; ++cell)
        expect(problem.launch(cell, 1).ok(), c, "launch of one cell");
    CHECK(cudaDeviceSynchronize());
    expect(same_bits(group, problem.y), c, "alone is not as in the group");

    if (c.width == TileWidth::automatic) {
        Case other = c;
        for (const TileWidth width :
             {TileWidth::narrow, TileWidth::middle, TileWidth::wide, TileWidth::fastest}) {
            other.width = width;
            const Problem again(other, seed);
            expect(again.launch(0, c.cells).ok(), other, "launch with another width");
            CHECK(cudaDeviceSynchronize());
            expect(same_bits(group, again.y), other, "another width is not the same");
        }
    }
}

void check_comparator(unsigned long long seed) {
    const Case c{2, 65, 256, 128, Epilogue::store};
    const Problem problem(c, seed);
    const Status status = problem.launch(0, c.cells);
    CHECK(cudaDeviceSynchronize());
    std::vector<std::uint16_t> right(problem.y.count());
    const std::size_t bytes = right.size() * 2;
    CHECK(cudaMemcpy(right.data(), problem.y.data(), bytes, cudaMemcpyDeviceToHost));
    const auto rejects = [&](const char* what, auto change) {
        std::vector<std::uint16_t> wrong = right;
        change(wrong);
        CHECK(cudaMemcpy(problem.y.data(), wrong.data(), bytes, cudaMemcpyHostToDevice));
        expect(!(problem.error() <= error_bound), c, what);
    };
    expect(status.ok() && problem.error() <= error_bound, c, "comparator takes what is right");
    const auto row = right.begin() + static_cast<std::ptrdiff_t>(problem.ld_y);
    rejects("comparator rejects zeros", [&](auto& y) { std::fill(y.begin(), y.end(), 0); });
    rejects("comparator rejects a doubled output", [&](auto& y) {
        for (auto& value : y)
            value = value == 0xffff ? value : static_cast<std::uint16_t>(value + 0x80);
    });
    rejects("comparator rejects a wrong row",
            [&](auto& y) { std::copy(row, row + static_cast<std::ptrdiff_t>(problem.ld_y), y.begin()); });
    rejects("comparator rejects a written guard", [&](auto& y) { y[c.rows * problem.ld_y] = 0; });
}

void check_refusals() {
    const Case c{2, 64, 256, 64, Epilogue::store};
    const Problem p(c, 1);
    const auto refused = [&](const char* what, auto change, Group group = {2, 64}) {
        WgmmaGemm g;
        g.n = c.n, g.k = c.k;
        g.x = {p.x.data(), p.x_stride}, g.w = {p.w.data(), p.w_stride}, g.y = {p.y.data(), p.y_stride};
        change(g);
        expect(!wgmma_gemm(nullptr, group, g).ok(), c, what);
    };
    refused("k of 32", [](WgmmaGemm& g) { g.k = 32; });
    refused("k of 96", [](WgmmaGemm& g) { g.k = 96; });
    refused("n of 192", [](WgmmaGemm& g) { g.n = 192; });
    refused("n of 128 for swiglu", [](WgmmaGemm& g) { g.n = 128, g.epilogue = Epilogue::swiglu; });
    refused("add without residual", [](WgmmaGemm& g) { g.epilogue = Epilogue::add; });
    refused("no w", [](WgmmaGemm& g) { g.w = {}; });
    refused("x off by 2 bytes", [](WgmmaGemm& g) { g.x.data += 1; });
    refused("ld below k", [](WgmmaGemm& g) { g.ld_x = 56; });
    refused("ld of 68", [](WgmmaGemm& g) { g.ld_x = 68; });
    refused("one y for two cells", [](WgmmaGemm& g) { g.y.stride = 0; });
    refused("no rows", [](WgmmaGemm&) {}, {2, 0});
    refused("no cells", [](WgmmaGemm&) {}, {0, 64});
    expect(cudaGetLastError() == cudaSuccess, c, "a refusal left an error behind");
}

void check_all(unsigned long long seed, bool quick) {
    check_comparator(seed++);
    check_refusals();
    constexpr std::array epilogues{Epilogue::store, Epilogue::add, Epilogue::swiglu};
    if (quick) {
        for (const Epilogue epilogue : epilogues)
            check_case({2, 129, 512, 128, epilogue}, seed++);
        return;
    }
    for (const int rows : {1, 63, 64, 65, 127, 128, 129, 576, 1152, 1153})
        for (const int cells : {1, 2, 3, 16})
            for (const Epilogue epilogue : epilogues) {
                check_case({cells, rows, 512, 192, epilogue}, seed++);
                // An odd number of column tiles, and rows with gaps.
                check_case({cells, rows, epilogue == Epilogue::swiglu ? 256 : 384, 64, epilogue,
                            TileWidth::automatic, false, 8},
                           seed++);
            }
    for (const Epilogue epilogue : epilogues)
        check_case({3, 200, 768, 320, epilogue, TileWidth::automatic, true, 64, true}, seed++);
    // Gates far beyond where exp overflows.
    check_case({2, 130, 512, 256, Epilogue::swiglu, TileWidth::automatic, true, 0, false, 300.0F}, seed++);
    check_case({16, 1152, 2048, 384, Epilogue::add}, seed++);
    check_case({2, 1152, 3072, 2048, Epilogue::store}, seed++);
    check_case({2, 640, 2048, 8192, Epilogue::add}, seed++);
    check_case({2, 1152, 16384, 2048, Epilogue::swiglu}, seed++);
    check_case({1, 4224, 2048, 2048, Epilogue::add}, seed++);
}

// Benchmark ----------------------------------------------------------------------------------------------

using Run = std::function<void(int)>;

/// Median milliseconds of one call of each run, timed in batches so that launches overlap with computing, and
/// in turns: a device slows down as it gets warm, and whoever came first would win.
std::vector<double> milliseconds(const std::vector<Run>& runs, int batch, int repetitions) {
    cudaEvent_t begin{}, end{};
    CHECK(cudaEventCreate(&begin));
    CHECK(cudaEventCreate(&end));
    std::vector<std::vector<double>> times(runs.size());
    for (int r = -2; r < repetitions; ++r)
        for (std::size_t which = 0; which < runs.size(); ++which) {
            CHECK(cudaEventRecord(begin));
            for (int i = 0; i < batch; ++i)
                runs[which](i);
            CHECK(cudaEventRecord(end));
            CHECK(cudaEventSynchronize(end));
            float ms = 0;
            CHECK(cudaEventElapsedTime(&ms, begin, end));
            if (r >= 0)
                times[which].push_back(ms / batch);
        }
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
    std::vector<double> medians;
    for (auto& of_run : times) {
        std::sort(of_run.begin(), of_run.end());
        medians.push_back(of_run[of_run.size() / 2]);
    }
    return medians;
}

/// cuBLASLt's product of a problem's operands, the fastest of its first heuristic answers; no epilogue but β
/// = 1 for add. Call i of a batch computes cells [i · cells, i · cells + cells).
class LibraryProduct {
public:
    LibraryProduct(const Problem& p, const Buffer& y, int cells, int batch) : p_(p), y_(y), cells_(cells) {
        cublasLtCreate(&handle_);
        CHECK(cudaMalloc(&workspace_, workspace_bytes));
        cublasLtMatmulDescCreate(&operation_, CUBLAS_COMPUTE_32F, CUDA_R_32F);
        const cublasOperation_t transposed = CUBLAS_OP_T;
        cublasLtMatmulDescSetAttribute(operation_, CUBLASLT_MATMUL_DESC_TRANSA, &transposed,
                                       sizeof transposed);
        w_ = layout(p.c.k, p.c.n, p.c.k, p.w_stride);
        x_ = layout(p.c.k, p.c.rows, p.ld_x, p.x_stride);
        out_ = layout(p.c.n, p.c.rows, p.c.n, y_stride());
        cublasLtMatmulPreference_t preference{};
        cublasLtMatmulPreferenceCreate(&preference);
        const std::size_t most = workspace_bytes;
        cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most,
                                             sizeof most);
        std::array<cublasLtMatmulHeuristicResult_t, 6> results{};
        int found = 0;
        cublasLtMatmulAlgoGetHeuristic(handle_, operation_, w_, x_, out_, out_, preference,
                                       static_cast<int>(results.size()), results.data(), &found);
        cublasLtMatmulPreferenceDestroy(preference);
        double best = INFINITY;
        for (int i = 0; i < found; ++i) {
            const auto& algorithm = results[static_cast<std::size_t>(i)].algo;
            if (run(algorithm, 0) != CUBLAS_STATUS_SUCCESS)
                continue;
            const double ms = milliseconds({[&](int call) { run(algorithm, call); }}, batch, 3).front();
            if (ms < best)
                best = ms, fastest_ = algorithm;
        }
    }
    ~LibraryProduct() {
        for (const auto& layout : {w_, x_, out_})
            cublasLtMatrixLayoutDestroy(layout);
        cublasLtMatmulDescDestroy(operation_);
        cublasLtDestroy(handle_);
        cudaFree(workspace_);
    }
    LibraryProduct(const LibraryProduct&) = delete;
    LibraryProduct& operator=(const LibraryProduct&) = delete;
    void operator()(int call) const { run(fastest_, call); }

private:
    static constexpr std::size_t workspace_bytes = 64 << 20;
    std::size_t y_stride() const { return static_cast<std::size_t>(p_.c.rows) * p_.c.n; }
    cublasStatus_t run(const cublasLtMatmulAlgo_t& algorithm, int call) const {
        const std::size_t cell = static_cast<std::size_t>(call % (p_.c.cells / cells_)) * cells_;
        const float one = 1, beta = p_.c.epilogue == Epilogue::add ? 1.0F : 0.0F;
        Bf16* const y = y_.data() + cell * y_stride();
        return cublasLtMatmul(handle_, operation_, &one, p_.w.data() + cell * p_.w_stride, w_,
                              p_.x.data() + cell * p_.x_stride, x_, &beta, y, out_, y, out_, &algorithm,
                              workspace_, workspace_bytes, nullptr);
    }
    cublasLtMatrixLayout_t layout(int rows, int columns, std::size_t ld, std::size_t stride) const {
        cublasLtMatrixLayout_t layout{};
        cublasLtMatrixLayoutCreate(&layout, CUDA_R_16BF, rows, columns, static_cast<std::int64_t>(ld));
        const auto offset = static_cast<std::int64_t>(stride);
        cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &cells_, sizeof cells_);
        cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &offset,
                                         sizeof offset);
        return layout;
    }
    const Problem& p_;
    const Buffer& y_;
    int cells_;
    cublasLtHandle_t handle_{};
    void* workspace_ = nullptr;
    cublasLtMatmulDesc_t operation_{};
    cublasLtMatrixLayout_t w_{}, x_{}, out_{};
    cublasLtMatmulAlgo_t fastest_{};
};

/// Call i of a batch computes cells [i · cells, i · cells + cells): with few cells, layers in turn, so that
/// weights come from memory and not the cache.
Run product(const Problem& p, int cells, TileWidth width) {
    return [&p, cells, width](int call) {
        const std::size_t cell = static_cast<std::size_t>(call % (p.c.cells / cells)) * cells;
        WgmmaGemm g;
        g.n = p.c.n, g.k = p.c.k, g.epilogue = p.c.epilogue, g.width = width;
        g.x = {p.x.data() + cell * p.x_stride, p.x_stride};
        g.w = {p.w.data() + cell * p.w_stride, p.w_stride};
        g.y = {p.y.data() + cell * p.y_stride, p.y_stride};
        g.residual = {p.residual.data() + cell * p.y_stride, p.y_stride};
        const Status status = wgmma_gemm(nullptr, {cells, p.c.rows}, g);
        if (!status.ok())
            std::printf("%s\n", status.message);
    };
}

void bench_shape(const Case& shape) {
    const Problem p(shape, 7);
    const Buffer plain(static_cast<std::size_t>(shape.cells) * shape.rows * shape.n);
    fill(plain, plain.count(), shape.n, shape.cells * shape.rows, shape.n, 1.0F, 8);
    for (const int cells : {shape.cells, shape.cells / 2, 4, 2, 1}) {
        const int batch = std::max(2, shape.cells / cells);
        const LibraryProduct library(p, plain, cells, batch);
        const std::vector<double> ms =
            milliseconds({product(p, cells, TileWidth::wide), product(p, cells, TileWidth::middle),
                          product(p, cells, TileWidth::narrow), product(p, cells, TileWidth::fastest),
                          [&](int call) { library(call); }},
                         batch, 25);
        const double flops = 2.0 * cells * shape.rows * shape.n * shape.k * 1e-9;
        static const char* const names[] = {"store", "add", "swiglu"};
        std::printf("%-7s %6d %5d %5d %6d", names[static_cast<int>(shape.epilogue)], shape.n, shape.k,
                    shape.rows, cells);
        for (const double time : ms)
            std::printf(" %8.0f", flops / time);
        std::printf(" %8.2f\n", ms[4] / ms[3]);
        std::fflush(stdout);
    }
}

void bench() {
    constexpr int layers = 16;
    std::printf(
        "TF/s, medians; cuBLASLt: the plain product (+ y for add), its fastest of 6 answers; ratio: fastest "
        "to it\n%-7s %6s %5s %5s %6s %8s %8s %8s %8s %8s %8s\n",
        "", "n", "k", "rows", "cells", "wide", "middle", "narrow", "fastest", "cuBLASLt", "ratio");
    for (const int rows : {1152, 640}) {
        bench_shape({layers, rows, 3072, 2048, Epilogue::store});
        bench_shape({layers, rows, 2048, 2048, Epilogue::add});
        bench_shape({layers, rows, 16384, 2048, Epilogue::swiglu});
        bench_shape({layers, rows, 2048, 8192, Epilogue::add});
        bench_shape({layers, rows, 2048, 384, Epilogue::add});
    }
    CHECK(cudaDeviceSynchronize());
}

/// What a launch costs the host: encoding the copy engine's maps is part of it.
void bench_host() {
    const Problem p({1, 64, 256, 64, Epilogue::add}, 7);
    const double ms = milliseconds({[&](int) { static_cast<void>(p.launch(0, 1).ok()); }}, 500, 5).front();
    std::printf("a launch of next to nothing: %.2f us\n", ms * 1000);
}

} // namespace

int main(int count, char** arguments) {
    bool benchmark = false, quick = false;
    unsigned long long seed = 20240607;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        benchmark |= argument == "--bench";
        quick |= argument == "--quick";
        if (argument == "--seed" && i + 1 < count)
            seed = std::strtoull(arguments[++i], nullptr, 10);
    }
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0 || !wgmma_usable(0)) {
        std::printf("0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    if (benchmark) {
        bench_host();
        bench();
        return 0;
    }
    std::printf("seed %llu\n", seed);
    check_all(seed, quick);
    std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
