// The operations of kernels/cuda/ops.h other than attention and memory_write against their float32 versions
// of kernels/ops.h. Stands alone: no Qt, and without a GPU it says that it skipped. --seed N draws other
// numbers,
// --few checks little (for a sanitizer).

#include "checks.h"

using namespace longview::kernels;
using namespace longview::kernels::testing;

namespace {

double worst_row = 0, worst_element = 0; // error / allowed error

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

// --- all of it

void check_refusals() {
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
    MUST(cudaDeviceSynchronize());
    check(x.unchanged() && y.unchanged() && f.unchanged(), "a refused operation must not write");
}

void check_all(Numbers& numbers) {
    const int widths[] = {64, 72, 384, 2048}, memory_widths[] = {8, 32, 64},
              row_counts[] = {1, 7, 8, 9, 1152};
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
    check_refusals();
}

void check_few(Numbers& numbers) {
    check_embed(numbers, 7, 1, 72);
    check_round_rows(numbers, 9, 72, 80);
    check_round_transposed(numbers, 2, 33, 72, 72);
    check_rms_norm(numbers, 2, 9, 72, 72);
    check_swiglu(numbers, 2, 9, 72, 72);
    check_read_weights(numbers, 2, 9, 8, 72);
    check_refusals();
}

} // namespace

int main(int argc, char** argv) {
    const auto options = start(argc, argv);
    if (!options)
        return 0;
    Numbers numbers(options->seed);
    options->few ? check_few(numbers) : check_all(numbers);
    std::printf("greatest error / allowed error: elements %.3f, rows %.3f\n", worst_element, worst_row);
    return finish();
}
