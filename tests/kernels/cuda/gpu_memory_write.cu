// memory_write of kernels/cuda/ops.h against its float32 version of kernels/ops.h. Stands alone: no Qt, and
// without a GPU it says that it skipped. --seed N draws other numbers, --few checks little (for a sanitizer).

#include "checks.h"

using namespace longview::kernels;
using namespace longview::kernels::testing;

namespace {

double worst_update = 0, worst_z = 0; // error / allowed error

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

/// Of matrices [height, width], one after the other.
Floats transposed(const Floats& values, std::size_t height, std::size_t width) {
    Floats result(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto matrix = i / (height * width) * height * width, row = i % (height * width) / width;
        result[matrix + i % width * height + row] = values[i];
    }
    return result;
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
          u(c.cells, product(c.M, c.d), gap),
          segments(c.cells, 1, gap) {
        projected.set(c.projected);
        bias.set(c.bias);
        A.set(c.A);
        A_rounded.set(transposed(c.A, static_cast<std::size_t>(c.keys), static_cast<std::size_t>(c.d)));
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
        u.upload();
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
        write.u = u.from(g);
        return cuda::memory_write(nullptr, {cells, M}, write);
    }

    int M, d, d_mem, width;
    Matrices<float> projected, bias, A, z, factors;
    Matrices<Bf16> A_rounded, kappa, u;
    Matrices<std::int32_t> segments;
};

Floats difference(const Floats& a, const Floats& b) {
    Floats result(a.size());
    std::transform(a.begin(), a.end(), b.begin(), result.begin(), std::minus<float>());
    return result;
}

bool is_rounded_transpose(const Floats& rounded, const Floats& A, std::size_t keys, std::size_t d) {
    const Floats expected = transposed(A, keys, d);
    return std::equal(rounded.begin(), rounded.end(), expected.begin(), expected.end(),
                      [](float a, float b) { return a == to_float(to_bf16(b)); }); // NaN: unequal
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
              device.u.guards_intact(device.u.read()) && device.segments.guards_intact(segments),
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

void check_refusals(Numbers& numbers) {
    const auto refused = [](const char* what, Status status) {
        check(!status.ok(), std::string(what) + " must be refused");
    };
    const auto c = make_write(numbers, 1, 4, 64, 8, 0, 0);
    DeviceWrite device(c, 0);
    device.M = 0;
    refused("memory_write of no rows", device.run(1, 0));
    device.M = 4;
    device.width = 64 + 8;
    refused("memory_write without β", device.run(1, 0));
    device.width = c.width;
    device.d_mem = 0;
    refused("memory_write without keys", device.run(1, 0));
    MUST(cudaDeviceSynchronize());
    check(device.A.unchanged() && device.z.unchanged() && device.segments.unchanged(),
          "a refused operation must not write");
}

void check_all(Numbers& numbers) {
    const int widths[] = {64, 72, 384, 2048}, memory_widths[] = {8, 32, 64};
    const int memory_row_counts[] = {1, 4, 15, 16, 17, 128, 130};
    // Strides: dense, wider, wider still.
    const auto gap = [&] { return std::size_t{72} * static_cast<std::size_t>(numbers.below(3)); };
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
    // More rows than a block takes at once, several times over.
    for (const int d : {72, 384})
        for (const int cells : {1, 2})
            check_write(numbers, cells, 300, d, 64, gap(), 5, cells == 1 ? 1 : 0);
    check_refusals(numbers);
}

void check_few(Numbers& numbers) {
    check_write(numbers, 2, 17, 72, 8, 72, 5, 0);
    check_write(numbers, 1, 130, 64, 32, 0, 0, 1);
    check_write(numbers, 1, 300, 72, 64, 0, 0, 1);
    check_refusals(numbers);
}

} // namespace

int main(int argc, char** argv) {
    const auto options = start(argc, argv);
    if (!options)
        return 0;
    Numbers numbers(options->seed);
    options->few ? check_few(numbers) : check_all(numbers);
    std::printf("greatest error / allowed error: update of A %.3f, z %.3f\n", worst_update, worst_z);
    return finish();
}
