#include "kernels/cpu/matmul.h"

#include <algorithm>
#include <array>

#include <dnnl.h>
#include <omp.h>

#include "kernels/cpu/lanes.h"
#include "kernels/cpu/row_blocks.h"

namespace longview::kernels::cpu {
namespace {

// Up to here the weights are read once and oneDNN would spend its time packing them.
constexpr int kFewRows = 4;
constexpr int kColumns = 256; // of partial sums that stay in the first-level cache

// oneDNN's calls spread over OpenMP's threads; ours already run on every core, so one call means one thread
// here.
class OneThread {
public:
    OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
    ~OneThread() { omp_set_num_threads(before_); }
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

private:
    int before_;
};

struct Shape {
    int rows, k, n;
};

Status blas(char transposed_x, char transposed_w, Shape s, Matrix<const float> x, Matrix<const float> w,
            Matrix<float> y, bool accumulate) {
    const auto ld = [](std::size_t value) { return static_cast<dnnl_dim_t>(value); };
    const OneThread guard;
    const auto status = dnnl_sgemm(transposed_x, transposed_w, s.rows, s.n, s.k, 1.0F, x.data, ld(x.ld),
                                   w.data, ld(w.ld), accumulate ? 1.0F : 0.0F, y.data, ld(y.ld));
    return status == dnnl_success ? Status{} : Status{"matrix product: oneDNN refused the call"};
}

/// sums[j] += Σ over `k` rows of w, four rows of w for each pass over the sums.
void stream_columns(const float* x, int k, const float* w, std::size_t ld, std::size_t columns, float* sums) {
    int i = 0;
    for (; i + 4 <= k; i += 4) {
        const float *w0 = w + to_size(i) * ld, *w1 = w0 + ld, *w2 = w1 + ld, *w3 = w2 + ld;
        const float x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
        for (std::size_t j = 0; j < columns; ++j)
            sums[j] += (x0 * w0[j] + x1 * w1[j]) + (x2 * w2[j] + x3 * w3[j]);
    }
    for (; i < k; ++i) {
        const float* wi = w + to_size(i) * ld;
        for (std::size_t j = 0; j < columns; ++j)
            sums[j] += x[i] * wi[j];
    }
}

void few_rows_k_n(Shape s, Matrix<const float> x, Matrix<const float> w, Matrix<float> y, bool accumulate) {
    std::array<float, kColumns> sums;
    for (int first = 0; first < s.n; first += kColumns) {
        const auto columns = to_size(std::min(kColumns, s.n - first));
        for (int row = 0; row < s.rows; ++row) {
            std::fill_n(sums.data(), columns, 0.0F);
            stream_columns(x.data + to_size(row) * x.ld, s.k, w.data + first, w.ld, columns, sums.data());
            float* out = y.data + to_size(row) * y.ld + first;
            for (std::size_t j = 0; j < columns; ++j)
                out[j] = accumulate ? out[j] + sums[j] : sums[j];
        }
    }
}

void few_rows_n_k(Shape s, Matrix<const float> x, Matrix<const float> w, Matrix<float> y, bool accumulate) {
    for (int j = 0; j < s.n; ++j) {
        for (int row = 0; row < s.rows; ++row) {
            const float value = dot(x.data + to_size(row) * x.ld, w.data + to_size(j) * w.ld, to_size(s.k));
            float& out = y.data[to_size(row) * y.ld + to_size(j)];
            out = accumulate ? out + value : value;
        }
    }
}

} // namespace

Status matmul(int rows, int k, int n, Matrix<const float> x, Matrix<const float> w, WeightLayout layout,
              Matrix<float> y, bool accumulate) {
    const Shape shape{rows, k, n};
    if (rows > kFewRows)
        return blas('N', layout == WeightLayout::k_n ? 'N' : 'T', shape, x, w, y, accumulate);
    if (layout == WeightLayout::k_n)
        few_rows_k_n(shape, x, w, y, accumulate);
    else
        few_rows_n_k(shape, x, w, y, accumulate);
    return {};
}

Status add_transposed_matmul(int rows, int k, int n, Matrix<const float> x, Matrix<const float> w,
                             Matrix<float> y) {
    return blas('T', 'N', {rows, k, n}, x, w, y, true);
}

void FirstFailure::note(Status status) {
    const char* none = nullptr;
    if (!status.ok())
        message_.compare_exchange_strong(none, status.message);
}

Status FirstFailure::status() const {
    return {message_.load()};
}

} // namespace longview::kernels::cpu
