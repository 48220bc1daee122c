#include "kernels/cuda/blas_lt.h"

#include <array>
#include <cstring>
#include <map>
#include <tuple>
#include <type_traits>
#include <vector>

#include <cublasLt.h>
#include <dlfcn.h>

#include "kernels/cuda/runtime.h"

namespace longview::kernels::cuda {

namespace {

/// The library's functions, found at run time: Longview starts, and computes on the CPU, where it is missing.
struct Library {
    decltype(&cublasLtCreate) create = nullptr;
    decltype(&cublasLtDestroy) destroy = nullptr;
    decltype(&cublasLtGetVersion) get_version = nullptr;
    decltype(&cublasLtGetStatusString) status_string = nullptr;
    decltype(&cublasLtMatmul) matmul = nullptr;
    decltype(&cublasLtMatmulDescCreate) create_operation = nullptr;
    decltype(&cublasLtMatmulDescDestroy) destroy_operation = nullptr;
    decltype(&cublasLtMatmulDescSetAttribute) set_operation = nullptr;
    decltype(&cublasLtMatrixLayoutCreate) create_layout = nullptr;
    decltype(&cublasLtMatrixLayoutDestroy) destroy_layout = nullptr;
    decltype(&cublasLtMatrixLayoutSetAttribute) set_layout = nullptr;
    decltype(&cublasLtMatmulPreferenceCreate) create_preference = nullptr;
    decltype(&cublasLtMatmulPreferenceDestroy) destroy_preference = nullptr;
    decltype(&cublasLtMatmulPreferenceSetAttribute) set_preference = nullptr;
    decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic = nullptr;
    bool complete = false;

    Library() {
        constexpr auto flags = RTLD_NOW | RTLD_LOCAL;
        void* file = dlopen("libcublasLt.so." LONGVIEW_CUBLASLT_MAJOR, flags);
        if (file == nullptr) // where the toolkit that we were built with keeps it
            file = dlopen(LONGVIEW_CUDA_LIBRARIES "/libcublasLt.so." LONGVIEW_CUBLASLT_MAJOR, flags);
        if (file == nullptr)
            return;
        const auto find = [file](const char* name, auto& function) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(file, name));
            return function != nullptr;
        };
        complete = find("cublasLtCreate", create) && find("cublasLtDestroy", destroy) &&
                   find("cublasLtGetVersion", get_version) &&
                   find("cublasLtGetStatusString", status_string) && find("cublasLtMatmul", matmul) &&
                   find("cublasLtMatmulDescCreate", create_operation) &&
                   find("cublasLtMatmulDescDestroy", destroy_operation) &&
                   find("cublasLtMatmulDescSetAttribute", set_operation) &&
                   find("cublasLtMatrixLayoutCreate", create_layout) &&
                   find("cublasLtMatrixLayoutDestroy", destroy_layout) &&
                   find("cublasLtMatrixLayoutSetAttribute", set_layout) &&
                   find("cublasLtMatmulPreferenceCreate", create_preference) &&
                   find("cublasLtMatmulPreferenceDestroy", destroy_preference) &&
                   find("cublasLtMatmulPreferenceSetAttribute", set_preference) &&
                   find("cublasLtMatmulAlgoGetHeuristic", heuristic);
    }
};

const Library& library() {
    static const Library loaded;
    return loaded;
}

Status status_of(cublasStatus_t status) {
    if (status == CUBLAS_STATUS_SUCCESS)
        return {};
    return {library().complete ? library().status_string(status) : "cuBLASLt is not installed"};
}

template <auto Library::*destroy>
struct Destroy {
    template <class T>
    void operator()(T* object) const {
        if (library().complete)
            (library().*destroy)(object);
    }
};
using Handle = std::unique_ptr<std::remove_pointer_t<cublasLtHandle_t>, Destroy<&Library::destroy>>;
using Operation = std::unique_ptr<cublasLtMatmulDescOpaque_t, Destroy<&Library::destroy_operation>>;
using Layout = std::unique_ptr<cublasLtMatrixLayoutOpaque_t, Destroy<&Library::destroy_layout>>;
using Preference = std::unique_ptr<cublasLtMatmulPreferenceOpaque_t, Destroy<&Library::destroy_preference>>;

Layout make_layout(cudaDataType type, int rows, int columns, int ld, int cells, std::size_t stride) {
    cublasLtMatrixLayout_t layout = nullptr;
    if (!library().complete)
        return {};
    if (library().create_layout(&layout, type, static_cast<std::uint64_t>(rows),
                                static_cast<std::uint64_t>(columns), ld) != CUBLAS_STATUS_SUCCESS)
        return {};
    Layout owned(layout);
    const auto batch = static_cast<std::int32_t>(cells);
    const auto distance = static_cast<std::int64_t>(stride);
    if (library().set_layout(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batch, sizeof batch) !=
            CUBLAS_STATUS_SUCCESS ||
        library().set_layout(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &distance,
                             sizeof distance) != CUBLAS_STATUS_SUCCESS)
        return {};
    return owned;
}

/// The library is column-major: it sees yᵀ [n, rows] = w · xᵀ, with w transposed from how it lies.
struct Layouts {
    Layout w, x, c, y;
    bool complete() const { return w && x && c && y; }
};

struct Call {
    Product product;
    cudaDataType type = CUDA_R_16BF; ///< of y
    bool accumulate = false;
    int rows = 0;
    std::size_t stride_x = 0, stride_w = 0, stride_c = 0, stride_y = 0;

    Layouts layouts(int cells) const {
        return {make_layout(CUDA_R_16BF, product.k, product.n, product.k, cells, stride_w),
                make_layout(CUDA_R_16BF, product.k, rows, product.ld_x, cells, stride_x),
                make_layout(type, product.n, rows, product.n, cells, stride_c),
                make_layout(type, product.n, rows, product.n, cells, stride_y)};
    }
    auto key() const {
        return std::make_tuple(product.n, product.k, product.ld_x, type, accumulate, rows, stride_x, stride_w,
                               stride_c, stride_y);
    }
};

} // namespace

struct BlasLt::Impl {
    /// Where a call's matrices lie.
    struct Operands {
        const void *x, *w, *c;
        void* y;
    };
    using Proposals = std::vector<cublasLtMatmulAlgo_t>;

    Handle handle;
    Operation operation;
    Preference preference;
    void* workspace = nullptr;
    std::size_t workspace_bytes = 0;
    int greatest_group = 1;
    bool tuning = false;
    std::map<std::pair<decltype(Call{}.key()), int>, cublasLtMatmulAlgo_t> algorithms; ///< by call and cells

    Status propose(const Call& call, int most, Proposals& proposals) const;
    Status choose(Stream stream, int cells, const Call& call, const Operands& at,
                  cublasLtMatmulAlgo_t& algorithm);
    Status tune(Stream stream, int cells, const Call& call, const Operands& at);
    Status keep_same_bits(Stream stream, const Call& call, const Operands& at, Proposals& proposals) const;
    Status time(Stream stream, const Call& call, const Layouts& layouts, const Operands& at,
                const cublasLtMatmulAlgo_t& algorithm, float& ms) const;
    Status multiply(Stream stream, const Call& call, const Layouts& layouts, const Operands& at,
                    const cublasLtMatmulAlgo_t& algorithm) const;
    Status run(Stream stream, int cells, const Call& call, const Operands& at);
};

Status BlasLt::Impl::propose(const Call& call, int most, Proposals& proposals) const {
    const Layouts full = call.layouts(greatest_group);
    if (!full.complete())
        return {"cuBLASLt refused a matrix layout"};
    std::vector<cublasLtMatmulHeuristicResult_t> found(static_cast<std::size_t>(most));
    int count = 0;
    const auto status =
        library().heuristic(handle.get(), operation.get(), full.w.get(), full.x.get(), full.c.get(),
                            full.y.get(), preference.get(), most, found.data(), &count);
    if (status != CUBLAS_STATUS_SUCCESS)
        return status_of(status);
    proposals.clear();
    for (int i = 0; i < count; ++i)
        if (found[static_cast<std::size_t>(i)].state == CUBLAS_STATUS_SUCCESS)
            proposals.push_back(found[static_cast<std::size_t>(i)].algo);
    if (proposals.empty())
        return {"cuBLASLt has no algorithm for a product of this shape"};
    return {};
}

Status BlasLt::Impl::choose(Stream stream, int cells, const Call& call, const Operands& at,
                            cublasLtMatmulAlgo_t& algorithm) {
    // Groups in between, of the ramps, use what the full one does.
    const int size = cells == 1 ? 1 : greatest_group;
    auto known = algorithms.find({call.key(), size});
    if (known == algorithms.end() && tuning) {
        if (const Status status = tune(stream, cells, call, at); !status.ok())
            return status;
        known = algorithms.find({call.key(), size});
    }
    if (known == algorithms.end()) {
        Proposals proposals;
        if (const Status status = propose(call, 1, proposals); !status.ok())
            return status;
        known = algorithms.emplace(std::pair(call.key(), size), proposals.front()).first;
    }
    algorithm = known->second;
    return {};
}

Status BlasLt::Impl::tune(Stream stream, int cells, const Call& call, const Operands& at) {
    if (cells != 1 && cells != greatest_group)
        return {};
    Proposals proposals;
    constexpr int most = 16;
    if (const Status status = propose(call, most, proposals); !status.ok())
        return status;
    if (const Status status = keep_same_bits(stream, call, at, proposals); !status.ok())
        return status;
    const Layouts layouts = call.layouts(cells);
    if (!layouts.complete())
        return {"cuBLASLt refused a matrix layout"};
    std::size_t best = 0;
    float least = 0;
    for (std::size_t i = 0; i < proposals.size(); ++i) {
        float ms = 0;
        if (const Status status = time(stream, call, layouts, at, proposals[i], ms); !status.ok())
            return status;
        if (i == 0 || ms < least) {
            least = ms;
            best = i;
        }
    }
    algorithms.emplace(std::pair(call.key(), cells), proposals[best]);
    return {};
}

/// Computes one cell with each of the proposals, the first being the measure.
Status BlasLt::Impl::keep_same_bits(Stream stream, const Call& call, const Operands& at,
                                    Proposals& proposals) const {
    const Layouts one = call.layouts(1);
    if (!one.complete())
        return {"cuBLASLt refused a matrix layout"};
    const std::size_t bytes = static_cast<std::size_t>(call.rows) * static_cast<std::size_t>(call.product.n) *
                              (call.type == CUDA_R_32F ? 4 : 2);
    DeviceArena arena;
    arena.take<std::byte>(bytes);
    if (const Status status = arena.allocate(); !status.ok())
        return status;
    auto* room = arena.take<std::byte>(bytes);
    std::vector<std::byte> first(bytes), other(bytes);
    Proposals kept;
    for (const auto& proposal : proposals) {
        auto& result = kept.empty() ? first : other;
        // What the library proposes for a full group it may refuse for a single cell.
        if (!multiply(stream, call, one, {at.x, at.w, call.accumulate ? at.c : room, room}, proposal).ok())
            continue;
        if (const Status status = copy_to_host(stream, result.data(), room, bytes); !status.ok())
            return status;
        if (const Status status = synchronize(stream); !status.ok())
            return status;
        if (kept.empty() || std::memcmp(first.data(), other.data(), bytes) == 0)
            kept.push_back(proposal);
    }
    if (kept.empty())
        return {"cuBLASLt has no algorithm for a product of this shape"};
    proposals = std::move(kept);
    return {};
}

/// The least of a few times: anything else on the device only adds.
Status BlasLt::Impl::time(Stream stream, const Call& call, const Layouts& layouts, const Operands& at,
                          const cublasLtMatmulAlgo_t& algorithm, float& least) const {
    Event begin, end;
    for (const Status status : {begin.create(true), end.create(true)})
        if (!status.ok())
            return status;
    constexpr int rounds = 5;
    for (int i = 0; i < rounds; ++i) {
        float ms = 0;
        for (const Status status : {begin.record(stream), multiply(stream, call, layouts, at, algorithm),
                                    end.record(stream), end.synchronize(), end.since(begin, ms)})
            if (!status.ok())
                return status;
        if (i == 0 || ms < least)
            least = ms;
    }
    return {};
}

Status BlasLt::Impl::multiply(Stream stream, const Call& call, const Layouts& layouts, const Operands& at,
                              const cublasLtMatmulAlgo_t& algorithm) const {
    if (!library().complete)
        return status_of(CUBLAS_STATUS_NOT_INITIALIZED);
    const float one = 1.0F, beta = call.accumulate ? 1.0F : 0.0F;
    return status_of(library().matmul(handle.get(), operation.get(), &one, at.w, layouts.w.get(), at.x,
                                      layouts.x.get(), &beta, at.c, layouts.c.get(), at.y, layouts.y.get(),
                                      &algorithm, workspace, workspace_bytes, stream));
}

Status BlasLt::Impl::run(Stream stream, int cells, const Call& call, const Operands& at) {
    if (call.rows <= 0 || cells <= 0 || cells > greatest_group || call.product.ld_x < call.product.k)
        return {"matrix product: rows, cells or strides are out of range"};
    cublasLtMatmulAlgo_t algorithm{};
    if (const Status status = choose(stream, cells, call, at, algorithm); !status.ok())
        return status;
    const Layouts layouts = call.layouts(cells);
    if (!layouts.complete())
        return {"cuBLASLt refused a matrix layout"};
    return multiply(stream, call, layouts, at, algorithm);
}

BlasLt::BlasLt() : impl_(std::make_unique<Impl>()) {}
BlasLt::~BlasLt() = default;

Status BlasLt::create(void* workspace, std::size_t workspace_bytes, int greatest_group) {
    if (!library().complete)
        return {"the library libcublasLt.so." LONGVIEW_CUBLASLT_MAJOR " is not installed"};
    cublasLtHandle_t handle = nullptr;
    if (const auto status = library().create(&handle); status != CUBLAS_STATUS_SUCCESS)
        return status_of(status);
    impl_->handle.reset(handle);
    cublasLtMatmulDesc_t operation = nullptr;
    if (const auto status = library().create_operation(&operation, CUBLAS_COMPUTE_32F, CUDA_R_32F);
        status != CUBLAS_STATUS_SUCCESS)
        return status_of(status);
    impl_->operation.reset(operation);
    cublasLtMatmulPreference_t preference = nullptr;
    if (const auto status = library().create_preference(&preference); status != CUBLAS_STATUS_SUCCESS)
        return status_of(status);
    impl_->preference.reset(preference);
    const cublasOperation_t transposed = CUBLAS_OP_T;
    const std::uint32_t no_split = CUBLASLT_REDUCTION_SCHEME_NONE;
    for (const auto status :
         {library().set_operation(operation, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed),
          library().set_preference(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace_bytes,
                                   sizeof workspace_bytes),
          library().set_preference(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &no_split,
                                   sizeof no_split)})
        if (status != CUBLAS_STATUS_SUCCESS)
            return status_of(status);
    impl_->workspace = workspace;
    impl_->workspace_bytes = workspace_bytes;
    impl_->greatest_group = greatest_group;
    return {};
}

Status BlasLt::multiply(Stream stream, Group group, const Product& product, Stack<const Bf16> x,
                        Stack<const Bf16> w, Stack<const Bf16> residual, Stack<Bf16> y) {
    const bool accumulate = residual.data != nullptr;
    const Call call{product,
                    CUDA_R_16BF,
                    accumulate,
                    group.rows,
                    x.stride,
                    w.stride,
                    accumulate ? residual.stride : y.stride,
                    y.stride};
    return impl_->run(stream, group.cells, call,
                      {x.data, w.data, accumulate ? residual.data : y.data, y.data});
}

Status BlasLt::multiply(Stream stream, Group group, const Product& product, Stack<const Bf16> x,
                        Stack<const Bf16> w, Stack<float> y) {
    const Call call{product, CUDA_R_32F, false, group.rows, x.stride, w.stride, y.stride, y.stride};
    return impl_->run(stream, group.cells, call, {x.data, w.data, y.data, y.data});
}

void BlasLt::tune(bool on) {
    impl_->tuning = on;
}

std::size_t BlasLt::version() {
    return library().complete ? library().get_version() : 0;
}

} // namespace longview::kernels::cuda
