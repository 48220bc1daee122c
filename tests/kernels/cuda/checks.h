#pragma once
// What the tests of CUDA operations share: random numbers, matrices with guards, comparators that are
// themselves tested, and the count.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <cuda_runtime.h>

#include "kernels/cuda/ops.h"
#include "kernels/ops.h"

namespace longview::kernels::testing {

using cuda::Bf16;
using cuda::Group;

constexpr std::size_t kGuard = 64; // elements around matrices
constexpr float kEps = 1e-5F;

inline int passed = 0, failed = 0;

inline void check(bool good, const std::string& what) {
    good ? ++passed : ++failed;
    if (!good)
        std::printf("FAILED: %s\n", what.c_str());
}

[[noreturn]] inline void give_up(int line, const char* expression, const char* why) {
    std::printf("FAILED: line %d: %s: %s\n%d passed, %d failed, 0 skipped\n", line, expression, why, passed,
                failed + 1);
    std::exit(1);
}
inline void must(cudaError_t error, const char* expression, int line) {
    if (error != cudaSuccess)
        give_up(line, expression, cudaGetErrorString(error));
}
inline void must(Status status, const char* expression, int line) {
    if (!status.ok())
        give_up(line, expression, status.message);
}
#define MUST(expression) must(expression, #expression, __LINE__)

inline cpu::ThreadPool& pool() {
    static cpu::ThreadPool threads(2);
    return threads;
}

/// To nearest, ties to even; not for NaN.
inline Bf16 to_bf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return {static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16)};
}
inline float to_float(Bf16 value) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}
inline float to_float(float value) {
    return value;
}

template <class T>
T poison() {
    if constexpr (std::is_same_v<T, Bf16>)
        return {0x7FC1}; // NaNs
    else
        return std::bit_cast<T>(0x7FC12345U);
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

class Numbers {
public:
    explicit Numbers(std::uint64_t seed) : engine_(seed) {}
    /// Nearly normal: the sum of four uniform numbers.
    float normal() {
        const std::uint64_t bits = engine_();
        const auto sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        return (static_cast<float>(sum) - 131070.0F) * (1.7320508F / 65536.0F);
    }
    float uniform(float low, float high) {
        return low + (high - low) * static_cast<float>(engine_() >> 40) * 0x1p-24F;
    }
    std::vector<float> normals(std::size_t n, float scale = 1) {
        std::vector<float> values(n);
        for (float& value : values)
            value = scale * normal();
        return values;
    }
    /// The same, each a bfloat16 value.
    std::vector<float> rounded_normals(std::size_t n, float scale = 1) {
        auto values = normals(n, scale);
        for (float& value : values)
            value = to_float(to_bf16(value));
        return values;
    }
    int below(int end) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(end)); }

private:
    std::mt19937_64 engine_;
};

/// Matrices on the device with guards before and after them and `gap` elements or more between them. What the
/// device gets is the image: poison, until a matrix is set.
template <class T>
class Matrices {
public:
    Matrices(int cells, std::size_t matrix, std::size_t gap)
        : cells_(static_cast<std::size_t>(cells)),
          matrix_(matrix),
          stride_((matrix + gap + 7) / 8 * 8),
          image_(2 * kGuard + stride_ * cells_, poison<T>()) {
        MUST(cudaMalloc(&data_, image_.size() * sizeof(T)));
        upload();
    }
    ~Matrices() { cudaFree(data_); }
    Matrices(const Matrices&) = delete;
    Matrices& operator=(const Matrices&) = delete;

    /// `values`: the matrices of all cells, one after the other.
    template <class U>
    void set(const std::vector<U>& values) {
        for (std::size_t i = 0; i < cells_ * matrix_; ++i)
            if constexpr (std::is_same_v<T, Bf16>)
                image_[place(i)] = to_bf16(values[i]);
            else
                image_[place(i)] = values[i];
        upload();
    }
    void upload() {
        MUST(cudaMemcpy(data_, image_.data(), image_.size() * sizeof(T), cudaMemcpyHostToDevice));
    }
    std::vector<T> read() const {
        std::vector<T> values(image_.size());
        MUST(cudaMemcpy(values.data(), data_, values.size() * sizeof(T), cudaMemcpyDeviceToHost));
        return values;
    }
    bool unchanged() const { return same_bits(read(), image_); }
    static bool is_poison(const T& value) {
        const T bad = poison<T>();
        return std::memcmp(&value, &bad, sizeof(T)) == 0;
    }
    bool guards_intact(const std::vector<T>& values) const {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const bool inside = i >= kGuard && i < kGuard + stride_ * cells_;
            if ((!inside || (i - kGuard) % stride_ >= matrix_) && !is_poison(values[i]))
                return false;
        }
        return true;
    }
    /// The matrices alone, one after the other.
    std::vector<T> dense(const std::vector<T>& values) const {
        std::vector<T> all(cells_ * matrix_);
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = values[place(i)];
        return all;
    }
    std::vector<float> floats(const std::vector<T>& values) const {
        std::vector<float> all(cells_ * matrix_);
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = to_float(values[place(i)]);
        return all;
    }
    /// The stack whose first matrix is that of cell g.
    Stack<T> from(std::size_t g) const { return {data_ + kGuard + g * stride_, stride_}; }
    T* data() const { return data_ + kGuard; }

private:
    std::size_t place(std::size_t i) const { return kGuard + i / matrix_ * stride_ + i % matrix_; }
    std::size_t cells_, matrix_, stride_;
    std::vector<T> image_;
    T* data_ = nullptr;
};

// --- comparators

using Floats = std::vector<float>;
using Close = std::function<bool(const Floats&)>;

/// ‖got − expected‖ ≤ tolerance · ‖expected‖ + floor · √width, for every row.
inline bool rows_close(const Floats& got, const Floats& expected, std::size_t width, double tolerance,
                       double floor, double* worst = nullptr) {
    bool close = got.size() == expected.size();
    for (std::size_t row = 0; close && row < got.size(); row += width) {
        double error = 0, norm = 0;
        for (std::size_t i = row; i < row + width; ++i) {
            const double difference = static_cast<double>(got[i]) - expected[i];
            error += difference * difference;
            norm += static_cast<double>(expected[i]) * expected[i];
        }
        const double allowed = tolerance * std::sqrt(norm) + floor * std::sqrt(static_cast<double>(width));
        close = std::sqrt(error) <= allowed; // false for NaN
        if (worst && allowed > 0)
            *worst = std::max(*worst, std::sqrt(error) / allowed);
    }
    return close;
}

/// |got − expected| ≤ tolerance · |expected| + tiny, for every element.
inline bool elements_close(const Floats& got, const Floats& expected, double tolerance, double tiny,
                           double* worst = nullptr) {
    bool close = got.size() == expected.size();
    for (std::size_t i = 0; close && i < got.size(); ++i) {
        const double error = std::abs(static_cast<double>(got[i]) - expected[i]);
        const double allowed = tolerance * std::abs(static_cast<double>(expected[i])) + tiny;
        close = error <= allowed; // false for NaN
        if (worst && allowed > 0)
            *worst = std::max(*worst, error / allowed);
    }
    return close;
}

/// A comparator that takes anything would prove nothing.
inline void check_rejects(const std::string& what, const Floats& good, std::size_t width,
                          const Close& close) {
    if (good.size() > 300'000)
        return; // said often enough by smaller ones
    check(!close(Floats(good.size(), 0.0F)), what + ": zeros must be rejected");
    auto bad = good;
    for (float& value : bad)
        value *= 2;
    check(!close(bad), what + ": a doubled output must be rejected");
    bad = good;
    std::size_t greatest = 0;
    double norm = -1;
    for (std::size_t row = 0; row < good.size(); row += width) {
        double sum = 0;
        for (std::size_t i = row; i < row + width; ++i)
            sum += static_cast<double>(good[i]) * good[i];
        if (std::isfinite(sum) && sum > norm) {
            norm = sum;
            greatest = row;
        }
    }
    if (width == 1) {
        bad[greatest] = -bad[greatest];
    } else {
        const auto start = bad.begin() + static_cast<std::ptrdiff_t>(greatest);
        std::rotate(start, start + 1, start + static_cast<std::ptrdiff_t>(width));
    }
    check(!close(bad), what + ": one wrong row must be rejected");
    bad = good;
    bad.back() = poison<float>();
    check(!close(bad), what + ": a NaN must be rejected");
}

/// Runs an operation with one pure output on the group, and then on each cell alone.
inline void check_output(const std::string& what, int cells, int rows, std::size_t width, Matrices<Bf16>& out,
                         const std::function<Status(Group, std::size_t)>& run,
                         const std::function<bool(const Floats&, double*)>& close, double* worst) {
    out.upload(); // poison
    MUST(run({cells, rows}, 0));
    MUST(cudaDeviceSynchronize());
    const auto together = out.read();
    const auto values = out.floats(together);
    check(out.guards_intact(together), what + ": wrote outside the output");
    check(close(values, worst), what + ": differs from the float32 version");
    check_rejects(what, values, width, [&](const Floats& got) { return close(got, nullptr); });
    out.upload();
    for (int g = 0; g < cells; ++g)
        MUST(run({1, rows}, static_cast<std::size_t>(g)));
    MUST(cudaDeviceSynchronize());
    check(same_bits(out.read(), together), what + ": alone is not as in the group");
}

inline std::string name_of(const char* operation,
                           std::initializer_list<std::pair<const char*, std::size_t>> sizes) {
    std::string name = operation;
    for (const auto& [key, value] : sizes)
        name += std::string(" ") + key + " " + std::to_string(value);
    return name;
}

inline std::size_t product(int a, int b, int c = 1) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c);
}

struct Options {
    std::uint64_t seed = 20240704;
    bool few = false;
};

/// --seed N and --few; nothing when there is no GPU to test on, which it has said then.
inline std::optional<Options> start(int argc, char** argv) {
    int devices = 0;
    cudaDeviceProp device{};
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0 ||
        cudaGetDeviceProperties(&device, 0) != cudaSuccess || device.major < 8) {
        std::printf("0 passed, 0 failed, 1 skipped\n");
        return {};
    }
    Options options;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--few") == 0)
            options.few = true;
        else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            options.seed = std::strtoull(argv[++i], nullptr, 10);
    }
    std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
    return options;
}

/// The exit code, after the count.
inline int finish() {
    std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed == 0 ? 0 : 1;
}

} // namespace longview::kernels::testing
