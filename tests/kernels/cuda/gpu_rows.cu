// The operations of kernels/cuda/ops.h other than attention against their float32 versions of kernels/ops.h.
// Stands alone: no Qt, and without a GPU it says that it skipped. --seed N draws other numbers, --few checks
// little (for a sanitizer).

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <cuda_runtime.h>

#include "kernels/cuda/ops.h"
#include "kernels/ops.h"

using namespace longview::kernels;
using cuda::Bf16;
using cuda::Group;

namespace {

constexpr std::size_t kGuard = 64; // elements around matrices
constexpr float kEps = 1e-5F;

int passed = 0, failed = 0;

void check(bool good, const std::string& what) {
    good ? ++passed : ++failed;
    if (!good)
        std::printf("FAILED: %s\n", what.c_str());
}

[[noreturn]] void give_up(int line, const char* expression, const char* why) {
    std::printf("FAILED: line %d: %s: %s\n%d passed, %d failed, 0 skipped\n", line, expression, why, passed,
                failed + 1);
    std::exit(1);
}
void must(cudaError_t error, const char* expression, int line) {
    if (error != cudaSuccess)
        give_up(line, expression, cudaGetErrorString(error));
}
void must(Status status, const char* expression, int line) {
    if (!status.ok())
        give_up(line, expression, status.message);
}
#define MUST(expression) must(expression, #expression, __LINE__)

cpu::ThreadPool& pool() {
    static cpu::ThreadPool threads(2);
    return threads;
}

/// To nearest, ties to even; not for NaN.
Bf16 to_bf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return {static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16)};
}
float to_float(Bf16 value) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}
float to_float(float value) {
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

double worst_row = 0, worst_element = 0, worst_update = 0, worst_z = 0; // error / allowed error

/// ‖got − expected‖ ≤ tolerance · ‖expected‖ + floor · √width, for every row.
bool rows_close(const Floats& got, const Floats& expected, std::size_t width, double tolerance, double floor,
                double* worst = nullptr) {
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
bool elements_close(const Floats& got, const Floats& expected, double tolerance, double tiny,
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
void check_rejects(const std::string& what, const Floats& good, std::size_t width, const Close& close) {
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
void check_output(const std::string& what, int cells, int rows, std::size_t width, Matrices<Bf16>& out,
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

std::string name_of(const char* operation, std::initializer_list<std::pair<const char*, std::size_t>> sizes) {
    std::string name = operation;
    for (const auto& [key, value] : sizes)
        name += std::string(" ") + key + " " + std::to_string(value);
    return name;
}

std::size_t product(int a, int b, int c = 1) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c);
}

// --- embed and rounding: exact

void check_embed(Numbers& numbers, int count, int memory_rows, int d) {
    constexpr int vocab = 37;
    const auto width = static_cast<std::size_t>(d);
    const auto what = name_of("embed", {{"count", static_cast<std::size_t>(count)},
                                        {"memory", static_cast<std::size_t>(memory_rows)},
                                        {"d", width}});
    const auto table = numbers.rounded_normals(product(vocab, d));
    const auto memory = numbers.rounded_normals(product(memory_rows, d));
    std::vector<std::int32_t> ids(static_cast<std::size_t>(count));
    for (auto& id : ids)
        id = numbers.below(vocab);
    ids.front() = 0;
    ids.back() = vocab - 1;
    Floats expected(product(count + memory_rows, d));
    MUST(cpu::embed(ids, table.data(), vocab, memory_rows > 0 ? memory.data() : nullptr, memory_rows, d,
                    expected.data()));

    Matrices<Bf16> device_table(1, table.size(), 0), x(1, expected.size(), 0);
    Matrices<Bf16> device_memory(1, std::max<std::size_t>(memory.size(), 8), 0);
    Matrices<std::int32_t> device_ids(1, ids.size(), 0);
    device_table.set(table);
    device_ids.set(ids);
    if (memory_rows > 0)
        device_memory.set(memory);
    MUST(cuda::embed(nullptr, device_ids.data(), count, device_table.data(),
                     memory_rows > 0 ? device_memory.data() : nullptr, memory_rows, d, x.data()));
    MUST(cudaDeviceSynchronize());
    const auto image = x.read();
    const auto values = x.floats(image);
    const Close close = [&](const Floats& got) { return got == expected; };
    check(x.guards_intact(image), what + ": wrote outside x");
    check(close(values), what + ": not the rows asked for");
    check(device_table.unchanged() && device_memory.unchanged() && device_ids.unchanged(),
          what + ": changed an input");
    check_rejects(what, values, width, close);
}

/// Normal numbers, among them what rounding can get wrong: ties to either side, overflow, subnormals.
Floats hard_to_round(Numbers& numbers, std::size_t n) {
    const std::uint32_t special[] = {0x3F808000, 0x3F818000, 0x3F807FFF, 0x3F808001, 0xBF808000, 0xBF818000,
                                     0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0x00000001, 0x00008000, 0x00018000,
                                     0x80000000, 0x3FFFFFFF, 0x007FFFFF, 0x80008001};
    auto values = numbers.normals(n);
    for (const auto bits : special) {
        if (n < 64)
            break; // too few to leave others
        values[static_cast<std::size_t>(numbers.below(static_cast<int>(n)))] = std::bit_cast<float>(bits);
    }
    return values;
}

void check_round_rows(Numbers& numbers, int rows, int width, std::size_t row_stride) {
    const auto columns = static_cast<std::size_t>(width);
    const auto what = name_of(
        "round_rows", {{"rows", static_cast<std::size_t>(rows)}, {"width", columns}, {"stride", row_stride}});
    const auto values = hard_to_round(numbers, product(rows, width));
    Matrices<float> from(1, values.size(), 0);
    Matrices<Bf16> to(1, row_stride * static_cast<std::size_t>(rows), 0);
    from.set(values);
    MUST(cuda::round_rows(nullptr, from.data(), rows, width, to.data(), row_stride));
    MUST(cudaDeviceSynchronize());
    const auto image = to.read();
    std::vector<Bf16> expected(image.size(), poison<Bf16>());
    Floats wanted(values.size()), got(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto place = kGuard + i / columns * row_stride + i % columns;
        expected[place] = to_bf16(values[i]);
        wanted[i] = to_float(expected[place]);
        got[i] = to_float(image[place]);
    }
    check(same_bits(image, expected), what + ": not rounded to nearest even, or wrote between the rows");
    check(from.unchanged(), what + ": changed its input");
    check_rejects(what, got, columns, [&](const Floats& other) { return other == wanted; });
}

void check_round_transposed(Numbers& numbers, int cells, int rows, int d, std::size_t gap) {
    const auto what = name_of("round_transposed", {{"cells", static_cast<std::size_t>(cells)},
                                                   {"rows", static_cast<std::size_t>(rows)},
                                                   {"d", static_cast<std::size_t>(d)},
                                                   {"gap", gap}});
    const auto height = static_cast<std::size_t>(rows), width = static_cast<std::size_t>(d);
    const auto matrix = height * width;
    const auto values = hard_to_round(numbers, matrix * static_cast<std::size_t>(cells));
    Matrices<float> from(cells, matrix, gap);
    Matrices<Bf16> to(cells, matrix, gap);
    from.set(values);
    Floats transposed(values.size()), wanted(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto g = i / matrix, row = i % matrix / width, column = i % width;
        transposed[g * matrix + column * height + row] = values[i];
    }
    std::transform(transposed.begin(), transposed.end(), wanted.begin(),
                   [](float value) { return to_float(to_bf16(value)); });
    check_output(
        what, cells, rows, height, to,
        [&](Group group, std::size_t g) {
            return cuda::round_transposed(nullptr, group, d, from.from(g), to.from(g));
        },
        [&](const Floats& got, double*) { return got == wanted; }, nullptr);
    const auto got = to.read();
    to.set(transposed);
    check(same_bits(got, to.read()), what + ": not the rounded transpose, bit for bit");
    check(from.unchanged(), what + ": changed its input");
}

// --- operations on rows

void check_rms_norm(Numbers& numbers, int cells, int rows, int d, std::size_t gap) {
    const auto width = static_cast<std::size_t>(d);
    const auto what = name_of("rms_norm", {{"cells", static_cast<std::size_t>(cells)},
                                           {"rows", static_cast<std::size_t>(rows)},
                                           {"d", width},
                                           {"gap", gap}});
    const auto matrix = product(rows, d);
    auto x = numbers.rounded_normals(product(cells, rows, d));
    const auto weight = numbers.rounded_normals(product(cells, d));
    for (std::size_t row = 0; row * width < x.size(); ++row) { // rows of different sizes, one of zeros
        const float scale = row % 8 == 3 ? 0.0F : row % 8 == 5 ? 1024.0F : row % 8 == 6 ? 0x1p-10F : 1.0F;
        for (std::size_t i = row * width; i < (row + 1) * width; ++i)
            x[i] *= scale;
    }
    Floats expected(x.size());
    const std::vector<int> all_rows(static_cast<std::size_t>(cells), rows);
    MUST(cpu::rms_norm(pool(), all_rows, d, kEps, {x.data(), matrix}, {weight.data(), width},
                       {expected.data(), matrix}, {}));
    Matrices<Bf16> device_x(cells, matrix, gap), device_weight(cells, width, gap), y(cells, matrix, gap);
    device_x.set(x);
    device_weight.set(weight);
    check_output(
        what, cells, rows, width, y,
        [&](Group group, std::size_t g) {
            return cuda::rms_norm(nullptr, group, d, kEps, device_x.from(g), device_weight.from(g),
                                  y.from(g));
        },
        [&](const Floats& got, double* worst) {
            return elements_close(got, expected, 2 * 0x1p-9, 1e-7, worst);
        },
        &worst_element);
    check(device_x.unchanged() && device_weight.unchanged(), what + ": changed an input");
}

void check_swiglu(Numbers& numbers, int cells, int rows, int width, std::size_t gap) {
    const auto columns = static_cast<std::size_t>(width);
    const auto what = name_of("swiglu", {{"cells", static_cast<std::size_t>(cells)},
                                         {"rows", static_cast<std::size_t>(rows)},
                                         {"width", columns},
                                         {"gap", gap}});
    const auto matrix = product(rows, width);
    auto gate_up = numbers.rounded_normals(product(cells, rows, 2 * width), 2); // [gate | up]
    const float extremes[] = {-100, 100, -20, 20, 0, -0.0F, -88, 89};
    for (int i = 0; i < 8; ++i)
        gate_up[static_cast<std::size_t>(i * 3)] = extremes[i]; // of the first row's gate
    Floats turns(gate_up.size()), expected(gate_up.size() / 2);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto row = i / columns, column = i % columns;
        turns[2 * i] = gate_up[row * 2 * columns + column];
        turns[2 * i + 1] = gate_up[row * 2 * columns + columns + column];
    }
    const std::vector<int> all_rows(static_cast<std::size_t>(cells), rows);
    MUST(cpu::swiglu(pool(), all_rows, width, {gate_up.data(), 2 * matrix}, {expected.data(), matrix}));
    Matrices<Bf16> device_gate_up(cells, 2 * matrix, gap), h(cells, matrix, gap);
    device_gate_up.set(turns);
    check_output(
        what, cells, rows, columns, h,
        [&](Group group, std::size_t g) {
            return cuda::swiglu(nullptr, group, width, device_gate_up.from(g), h.from(g));
        },
        [&](const Floats& got, double* worst) {
            return elements_close(got, expected, 2 * 0x1p-9, 1e-6, worst);
        },
        &worst_element);
    check(device_gate_up.unchanged(), what + ": changed its input");
}

void check_read_weights(Numbers& numbers, int cells, int rows, int d_mem, std::size_t gap) {
    const int keys = 6 * d_mem;
    const auto width = static_cast<std::size_t>(keys);
    const auto what = name_of("memory_read_weights", {{"cells", static_cast<std::size_t>(cells)},
                                                      {"rows", static_cast<std::size_t>(rows)},
                                                      {"d_mem", static_cast<std::size_t>(d_mem)},
                                                      {"gap", gap}});
    const auto matrix = product(rows, keys), y_matrix = product(rows, d_mem);
    const auto y = numbers.rounded_normals(product(cells, rows, d_mem));
    Floats z(product(cells, keys)), expected(product(cells, rows, keys));
    for (float& value : z)
        value = numbers.uniform(0.25F, 4);
    const std::vector<int> all_rows(static_cast<std::size_t>(cells), rows);
    const std::vector<std::uint8_t> skip(static_cast<std::size_t>(cells), 0);
    MUST(cpu::dpfp(pool(), all_rows, d_mem, {y.data(), y_matrix}, {expected.data(), matrix}));
    MUST(
        cpu::memory_read_weights(pool(), all_rows, keys, {z.data(), width}, skip, {expected.data(), matrix}));
    Matrices<float> device_y(cells, y_matrix, gap), device_z(cells, width, gap);
    Matrices<Bf16> phi(cells, matrix, gap);
    device_y.set(y);
    device_z.set(z);
    check_output(
        what, cells, rows, width, phi,
        [&](Group group, std::size_t g) {
            return cuda::memory_read_weights(nullptr, group, d_mem, device_y.from(g), device_z.from(g),
                                             phi.from(g));
        },
        [&](const Floats& got, double* worst) { return rows_close(got, expected, width, 1e-2, 0, worst); },
        &worst_row);
    check(device_y.unchanged() && device_z.unchanged(), what + ": changed an input");
}

// --- memory_write

/// Inputs of memory_write as the CPU has them, dense, and what it makes of them.
struct WriteCase {
    int cells, M, d, d_mem, keys, width;
    Floats v, k, kappa, beta, bias, A, z, projected;
    std::vector<std::int32_t> segments;
    Floats new_A, new_z;
};

/// Every second cell is in its first segment, beginning with `first_phase`; A and z are zeros then.
WriteCase make_write(Numbers& numbers, int cells, int M, int d, int d_mem, int unused, int first_phase) {
    WriteCase c{cells, M,  d,  d_mem, 6 * d_mem, d + d_mem + 1 + unused, {}, {}, {}, {}, {}, {},
                {},    {}, {}, {},    {}};
    const auto count = static_cast<std::size_t>(cells), rows = static_cast<std::size_t>(M);
    const auto keys = static_cast<std::size_t>(c.keys), width = static_cast<std::size_t>(d);
    const auto key_width = static_cast<std::size_t>(d_mem), line = static_cast<std::size_t>(c.width);
    c.v = numbers.rounded_normals(count * rows * width);
    c.k = numbers.rounded_normals(count * rows * key_width);
    c.beta = numbers.rounded_normals(count * rows, 2);
    c.bias = numbers.rounded_normals(count);
    c.A.assign(count * keys * width, 0.0F);
    c.z.assign(count * keys, 0.0F);
    std::vector<std::uint8_t> first(count);
    for (std::size_t g = 0; g < count; ++g) {
        first[g] = (static_cast<int>(g) + first_phase) % 2 == 0;
        c.segments.push_back(first[g] ? 0 : static_cast<std::int32_t>(g) + 1);
        if (first[g])
            continue;
        const float scales[] = {2, 0.5F, 8}; // γ in between, near 1, mostly 0
        const float scale = scales[g / 2 % 3];
        for (std::size_t i = 0; i < keys; ++i)
            c.z[g * keys + i] = numbers.uniform(0.25F, 1) * scale;
        for (std::size_t i = 0; i < keys * width; ++i)
            c.A[g * keys * width + i] = 4 * scale * numbers.normal();
    }
    c.projected.assign(count * rows * line, poison<float>()); // unused columns stay so
    for (std::size_t row = 0; row < count * rows; ++row) {
        float* to = c.projected.data() + row * line;
        std::copy_n(c.v.data() + row * width, width, to);
        std::copy_n(c.k.data() + row * key_width, key_width, to + width);
        to[width + key_width] = c.beta[row];
    }
    c.kappa.resize(count * rows * keys);
    const std::vector<int> all_rows(count, M);
    MUST(cpu::dpfp(pool(), all_rows, d_mem, {c.k.data(), rows * key_width}, {c.kappa.data(), rows * keys}));
    for (float& value : c.kappa)
        value = to_float(to_bf16(value));
    c.new_A = c.A;
    c.new_z = c.z;
    Floats scratch(count * rows * width);
    cpu::MemoryWrite write;
    write.memory_rows = M;
    write.keys = c.keys;
    write.d = d;
    write.kappa = {c.kappa.data(), rows * keys};
    write.v = {c.v.data(), rows * width};
    write.beta = {c.beta.data(), rows};
    write.beta_bias = {c.bias.data(), 1};
    write.A = {c.new_A.data(), keys * width};
    write.z = {c.new_z.data(), keys};
    write.scratch = {scratch.data(), rows * width};
    write.first = first;
    MUST(cpu::memory_write(pool(), write));
    return c;
}

/// The same on the device.
struct DeviceWrite {
    DeviceWrite(const WriteCase& c, std::size_t gap)
        : M(c.M),
          d(c.d),
          d_mem(c.d_mem),
          width(c.width),
          projected(c.cells, product(c.M, c.width), gap),
          bias(c.cells, 1, gap),
          A(c.cells, product(c.keys, c.d), gap),
          z(c.cells, static_cast<std::size_t>(c.keys), gap),
          factors(c.cells, product(3, c.M), gap),
          A_rounded(c.cells, product(c.keys, c.d), gap),
          kappa(c.cells, product(c.M, c.keys), gap),
          segments(c.cells, 1, gap) {
        projected.set(c.projected);
        bias.set(c.bias);
        A.set(c.A);
        z.set(c.z);
        segments.set(c.segments);
    }
    /// Everything that a write changes as it was before.
    void reset() {
        A.upload();
        z.upload();
        segments.upload();
        factors.upload();
        A_rounded.upload();
        kappa.upload();
    }
    Status run(int cells, std::size_t g) const {
        cuda::MemoryWrite write;
        write.d_mem = d_mem;
        write.d = d;
        write.projected = projected.from(g);
        write.projected_width = width;
        write.beta_bias = bias.from(g);
        write.A = A.from(g);
        write.A_rounded = A_rounded.from(g);
        write.z = z.from(g);
        write.segments = segments.from(g);
        write.kappa = kappa.from(g);
        write.factors = factors.from(g);
        return cuda::memory_write(nullptr, {cells, M}, write);
    }

    int M, d, d_mem, width;
    Matrices<float> projected, bias, A, z, factors;
    Matrices<Bf16> A_rounded, kappa;
    Matrices<std::int32_t> segments;
};

Floats difference(const Floats& a, const Floats& b) {
    Floats result(a.size());
    std::transform(a.begin(), a.end(), b.begin(), result.begin(), std::minus<float>());
    return result;
}

bool is_rounded_transpose(const Floats& rounded, const Floats& A, std::size_t keys, std::size_t d) {
    for (std::size_t i = 0; i < A.size(); ++i) {
        const auto matrix = i / (keys * d) * keys * d, key = i % (keys * d) / d, column = i % d;
        if (rounded[matrix + column * keys + key] != to_float(to_bf16(A[i]))) // NaN: unequal
            return false;
    }
    return true;
}

void check_write_values(const std::string& what, const WriteCase& c, const Floats& A, const Floats& z) {
    const auto width = static_cast<std::size_t>(c.d), keys = static_cast<std::size_t>(c.keys);
    const auto update = difference(A, c.A), expected = difference(c.new_A, c.A);
    float greatest = 0;
    for (const auto* matrix : {&c.A, &c.new_A})
        for (const float value : *matrix)
            greatest = std::max(greatest, std::abs(value));
    const double floor = greatest * 0x1p-22; // A itself is float32
    check(rows_close(update, expected, width, 2e-2, floor, &worst_update),
          what + ": the update of A differs from the float32 version");
    check(rows_close(z, c.new_z, keys, 1e-5, 0, &worst_z), what + ": z differs from the float32 version");
    check_rejects(what + " A", update, width,
                  [&](const Floats& got) { return rows_close(got, expected, width, 2e-2, floor); });
    check_rejects(what + " z", z, keys,
                  [&](const Floats& got) { return rows_close(got, c.new_z, keys, 1e-5, 0); });
}

void check_write(Numbers& numbers, int cells, int M, int d, int d_mem, std::size_t gap, int unused,
                 int first_phase) {
    const auto what = name_of("memory_write", {{"cells", static_cast<std::size_t>(cells)},
                                               {"M", static_cast<std::size_t>(M)},
                                               {"d", static_cast<std::size_t>(d)},
                                               {"d_mem", static_cast<std::size_t>(d_mem)},
                                               {"gap", gap},
                                               {"unused", static_cast<std::size_t>(unused)},
                                               {"phase", static_cast<std::size_t>(first_phase)}});
    const auto c = make_write(numbers, cells, M, d, d_mem, unused, first_phase);
    const auto width = static_cast<std::size_t>(d), keys = static_cast<std::size_t>(c.keys);
    DeviceWrite device(c, gap);
    MUST(device.run(cells, 0));
    MUST(cudaDeviceSynchronize());
    const auto A = device.A.read(), z = device.z.read(), factors = device.factors.read();
    const auto A_rounded = device.A_rounded.read(), kappa = device.kappa.read();
    const auto segments = device.segments.read();

    check_write_values(what, c, device.A.floats(A), device.z.floats(z));
    check(is_rounded_transpose(device.A_rounded.floats(A_rounded), device.A.floats(A), keys, width),
          what + ": A_rounded is not A rounded and transposed");
    check(device.kappa.floats(kappa) == c.kappa, what + ": κ is not the rounded DPFP");
    auto counted = c.segments;
    for (auto& count : counted)
        ++count;
    check(device.segments.dense(segments) == counted, what + ": segments are not counted");
    check(device.A.guards_intact(A) && device.z.guards_intact(z) && device.factors.guards_intact(factors) &&
              device.A_rounded.guards_intact(A_rounded) && device.kappa.guards_intact(kappa) &&
              device.segments.guards_intact(segments),
          what + ": wrote outside a matrix");
    check(device.projected.unchanged() && device.bias.unchanged(), what + ": changed an input");

    device.reset();
    for (int g = 0; g < cells; ++g)
        MUST(device.run(1, static_cast<std::size_t>(g)));
    MUST(cudaDeviceSynchronize());
    check(same_bits(device.A.read(), A) && same_bits(device.z.read(), z) &&
              same_bits(device.A_rounded.read(), A_rounded) && same_bits(device.kappa.read(), kappa) &&
              same_bits(device.factors.read(), factors) && same_bits(device.segments.read(), segments),
          what + ": alone is not as in the group");
}

// --- all of it

void check_refusals(Numbers& numbers) {
    const auto refused = [](const char* what, Status status) {
        check(!status.ok(), std::string(what) + " must be refused");
    };
    Matrices<Bf16> x(1, 1024, 0), y(1, 1024, 0);
    Matrices<float> f(1, 1024, 0);
    Matrices<std::int32_t> ids(1, 8, 0);
    const auto in = x.from(0), out = y.from(0);
    const auto floats = f.from(0);
    refused("rms_norm of 12 columns", cuda::rms_norm(nullptr, {1, 1}, 12, kEps, in, in, out));
    refused("rms_norm of no rows", cuda::rms_norm(nullptr, {1, 0}, 16, kEps, in, in, out));
    refused("rms_norm of nothing", cuda::rms_norm(nullptr, {1, 1}, 16, kEps, {}, in, out));
    refused("swiglu of 6 columns", cuda::swiglu(nullptr, {1, 1}, 6, in, out));
    refused("swiglu of no cells", cuda::swiglu(nullptr, {0, 1}, 8, in, out));
    refused("embed of 12 columns", cuda::embed(nullptr, ids.data(), 1, x.data(), nullptr, 0, 12, y.data()));
    refused("embed without its memory",
            cuda::embed(nullptr, ids.data(), 1, x.data(), nullptr, 1, 16, y.data()));
    refused("round_rows over its own rows", cuda::round_rows(nullptr, f.data(), 2, 16, y.data(), 15));
    refused("round_transposed of no rows", cuda::round_transposed(nullptr, {1, 0}, 16, floats, out));
    refused("memory_read_weights of no columns",
            cuda::memory_read_weights(nullptr, {1, 1}, 0, floats, floats, out));
    refused("memory_read_weights of 257 columns",
            cuda::memory_read_weights(nullptr, {1, 1}, 257, floats, floats, out));
    const auto c = make_write(numbers, 1, 4, 64, 8, 0, 0);
    DeviceWrite device(c, 0);
    device.M = 513;
    refused("memory_write of 513 rows", device.run(1, 0));
    device.M = 4;
    device.width = 64 + 8;
    refused("memory_write without β", device.run(1, 0));
    device.width = c.width;
    device.d_mem = 0;
    refused("memory_write without keys", device.run(1, 0));
    MUST(cudaDeviceSynchronize());
    check(x.unchanged() && y.unchanged() && f.unchanged() && device.A.unchanged() && device.z.unchanged() &&
              device.segments.unchanged(),
          "a refused operation must not write");
}

void check_all(Numbers& numbers) {
    const int widths[] = {64, 72, 384, 2048}, memory_widths[] = {8, 32, 64},
              row_counts[] = {1, 7, 8, 9, 1152};
    const int memory_row_counts[] = {1, 4, 15, 16, 17, 128, 130};
    // Strides: dense, wider, wider still.
    const auto gap = [&] { return std::size_t{72} * static_cast<std::size_t>(numbers.below(3)); };
    for (const int d : widths) {
        for (const int count : {1, 7, 130})
            for (const int memory_rows : {0, 1, 16})
                check_embed(numbers, count, memory_rows, d);
        for (const int rows : row_counts) {
            for (const int past : {0, 8, 264})
                check_round_rows(numbers, rows, d, static_cast<std::size_t>(d + past));
            for (const int cells : {1, 2, 5}) {
                check_rms_norm(numbers, cells, rows, d, gap());
                check_swiglu(numbers, cells, rows, d, gap());
            }
        }
        for (const int rows : {1, 31, 32, 33, 48, 192, 384})
            for (const int cells : {1, 2, 5})
                check_round_transposed(numbers, cells, rows, d, gap());
    }
    for (const int width : {1, 31, 33, 257})
        check_round_rows(numbers, 9, width, static_cast<std::size_t>(width) + 3);
    for (const int d_mem : memory_widths)
        for (const int rows : row_counts)
            for (const int cells : {1, 2, 5})
                check_read_weights(numbers, cells, rows, d_mem, gap());
    for (const int M : memory_row_counts)
        for (const int d : widths)
            for (const int d_mem : memory_widths)
                for (const int cells : {1, 2, 5}) {
                    if (d == 2048 && cells == 5 && (M != 17 || d_mem != 32))
                        continue; // large, and nothing new
                    const int unused = numbers.below(4) * 5;
                    check_write(numbers, cells, M, d, d_mem, gap(), unused, 0);
                    if (cells != 2)
                        check_write(numbers, cells, M, d, d_mem, gap(), unused, 1);
                }
    // More than shared memory holds at once: A passes in pieces.
    for (const int d : {72, 384})
        for (const int cells : {1, 2})
            check_write(numbers, cells, 300, d, 64, gap(), 5, cells == 1 ? 1 : 0);
    check_refusals(numbers);
}

void check_few(Numbers& numbers) {
    check_embed(numbers, 7, 1, 72);
    check_round_rows(numbers, 9, 72, 80);
    check_round_transposed(numbers, 2, 33, 72, 72);
    check_rms_norm(numbers, 2, 9, 72, 72);
    check_swiglu(numbers, 2, 9, 72, 72);
    check_read_weights(numbers, 2, 9, 8, 72);
    check_write(numbers, 2, 17, 72, 8, 72, 5, 0);
    check_write(numbers, 1, 130, 64, 32, 0, 0, 1);
    check_write(numbers, 1, 300, 72, 64, 0, 0, 1);
    check_refusals(numbers);
}

} // namespace

int main(int argc, char** argv) {
    int devices = 0;
    cudaDeviceProp device{};
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0 ||
        cudaGetDeviceProperties(&device, 0) != cudaSuccess || device.major < 8) {
        std::printf("0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    std::uint64_t seed = 20240704;
    bool few = false;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--few") == 0)
            few = true;
        else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = std::strtoull(argv[++i], nullptr, 10);
    }
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    Numbers numbers(seed);
    few ? check_few(numbers) : check_all(numbers);
    std::printf("greatest error / allowed error: elements %.3f, rows %.3f, update of A %.3f, z %.3f\n",
                worst_element, worst_row, worst_update, worst_z);
    std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
