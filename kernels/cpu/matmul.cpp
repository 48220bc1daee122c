#include "kernels/cpu/matmul.h"

#include <dnnl.h>
#include <omp.h>
#include <pthread.h>

#include <csignal>

#include "kernels/cpu/lanes.h"
#include "kernels/cpu/row_blocks.h"

namespace longview::kernels::cpu {
namespace {

// A row of n_k weights is one dot product per query row: for so few rows oneDNN would spend its time packing
// them. Its k_n products are as fast as our own loops even for one row.
constexpr int kFewRows = 2;

/// What holds while oneDNN computes. One thread: its calls spread over OpenMP's, and ours already run on
/// every core. No signals: its AVX-512 kernel points the stack pointer at a buffer in the heap when k is
/// large, so the frame of a signal that comes meanwhile overwrites whatever lies below that buffer.
class BlasCall {
public:
    BlasCall() : threads_before_(omp_get_max_threads()) {
        omp_set_num_threads(1);
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &signals_before_);
    }
    ~BlasCall() {
        pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
        omp_set_num_threads(threads_before_);
    }
    BlasCall(const BlasCall&) = delete;
    BlasCall& operator=(const BlasCall&) = delete;

private:
    int threads_before_;
    sigset_t signals_before_;
};

struct Shape {
    int rows, k, n;
};

Status blas(char transposed_x, char transposed_w, Shape s, Matrix<const float> x, Matrix<const float> w,
            Matrix<float> y, bool accumulate) {
    const auto ld = [](std::size_t value) { return static_cast<dnnl_dim_t>(value); };
    const BlasCall guard;
    const auto status = dnnl_sgemm(transposed_x, transposed_w, s.rows, s.n, s.k, 1.0F, x.data, ld(x.ld),
                                   w.data, ld(w.ld), accumulate ? 1.0F : 0.0F, y.data, ld(y.ld));
    return status == dnnl_success ? Status{} : Status{"matrix product: oneDNN refused the call"};
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
    if (layout != WeightLayout::n_k) // a panel is a [k, n] matrix
        return blas('N', 'N', shape, x, w, y, accumulate);
    if (rows > kFewRows)
        return blas('N', 'T', shape, x, w, y, accumulate);
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
