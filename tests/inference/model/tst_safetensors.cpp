// The safetensors reader on right files, on every kind of wrong one, and on random damage.

#include <QTemporaryDir>
#include <QtTest>

#include <random>
#include <sys/stat.h>
#include <unistd.h>

#include "safetensors_writer.h"

using namespace longview;

class tst_safetensors : public QObject {
    Q_OBJECT

private slots:
    void reads_golden_files();
    void reads_every_known_type();
    void reads_scalars_and_empty_tensors();
    void accepts_metadata_and_padding();
    void refuses_headers_data();
    void refuses_headers();
    void refuses_files_data();
    void refuses_files();
    void refuses_what_is_no_file();
    void refuses_unreadable_file();
    void random_headers_round_trip();
    void survives_random_damage();
    void long_names_are_cut_in_errors();
    void copies_unaligned_data();
    void copy_refuses_other_types_and_sizes();
    void moves_keep_the_map();
};

namespace {

constexpr const char* one_f32 = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

float f32_at(const TensorView& tensor, std::size_t index) {
    std::vector<float> values(tensor.elements());
    tensor.copy_to(values);
    return values.at(index);
}

/// Header of one tensor "a" with 8 bytes of data.
std::string with(const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

} // namespace

void tst_safetensors::reads_golden_files() {
    const SafetensorsFile model(FIXTURES "/tiny/model.safetensors");
    QCOMPARE(model.tensors().size(), std::size_t{115});
    const auto* memory = model.find("memory_cell.memory");
    QVERIFY(memory);
    QVERIFY(memory->dtype == DType::f32);
    QCOMPARE(memory->shape, (std::vector<std::int64_t>{4, 64}));
    QCOMPARE(memory->elements(), std::size_t{256});
    QVERIFY(!model.find("memory_cell.memory2"));

    const SafetensorsFile expected(FIXTURES "/default/expected.safetensors"); // with __metadata__ and I64
    QCOMPARE(expected.tensors().size(), std::size_t{7});
    QVERIFY(expected.find("input_ids")->dtype == DType::i64);
    QCOMPARE(expected.bytes().size(), std::filesystem::file_size(expected.path()));
}

void tst_safetensors::reads_every_known_type() {
    QTemporaryDir dir;
    test::Tensors tensors;
    const std::pair<const char*, std::size_t> types[] = {
        {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
        {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
        {"U32", 4},  {"F32", 4}, {"F64", 8}, {"I64", 8},     {"U64", 8}};
    for (const auto& [name, size] : types)
        tensors[name] = {name, {3}, std::string(3 * size, '\1')};
    const auto path = test::to_path(dir.filePath("types.safetensors"));
    test::write_file(path, test::file_of(tensors));
    const SafetensorsFile file(path);
    QCOMPARE(file.tensors().size(), std::size(types));
    for (const auto& [name, size] : types) {
        QCOMPARE(name_of(file.find(name)->dtype), std::string_view(name));
        QCOMPARE(size_of(file.find(name)->dtype), size);
        QCOMPARE(file.find(name)->elements(), std::size_t{3});
        QCOMPARE(is_float(file.find(name)->dtype), std::string_view(name) == "F32" ||
                                                       std::string_view(name) == "F16" ||
                                                       std::string_view(name) == "BF16");
    }
}

void tst_safetensors::reads_scalars_and_empty_tensors() {
    const auto entries = parse_safetensors_header(
        R"({"none":{"dtype":"F32","shape":[3,0],"data_offsets":[4,4]},"one":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})",
        4, "x");
    QVERIFY(entries.at("one").shape.empty());
    QCOMPARE(entries.at("none").begin, entries.at("none").end);
    QVERIFY(parse_safetensors_header("{}", 0, "x").empty());
}

void tst_safetensors::accepts_metadata_and_padding() {
    const std::string header =
        R"({"__metadata__":{"format":"pt","note":"\u00e9"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   )";
    QCOMPARE(parse_safetensors_header(header, 8, "x").size(), std::size_t{1});
    QCOMPARE(parse_safetensors_header(R"({"__metadata__":{}})", 0, "x").size(), std::size_t{0});
}

void tst_safetensors::refuses_headers_data() {
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("part");
    const auto row = [](const char* name, const std::string& header, const char* part) {
        QTest::newRow(name) << QByteArray::fromStdString(header) << QByteArray(part);
    };
    row("empty", "", "does not begin with '{'");
    row("leading space", std::string(" ") + one_f32, "does not begin with '{'");
    row("array", "[]", "does not begin with '{'");
    row("cut", std::string(one_f32).substr(0, 30), "not valid JSON (at byte");
    row("trailing garbage", std::string(one_f32) + "x", "not valid JSON");
    row("nul and garbage", std::string(one_f32) + std::string(1, '\0') + "x", "NUL byte");
    row("bad utf-8", "{\"\xff\":{}}", "not valid JSON");
    row("comment", "{/**/}", "not valid JSON");
    row("duplicate tensor",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
        "tensor a is listed twice");
    row("duplicate by escape",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}})",
        "tensor a is listed twice");
    row("duplicate metadata", R"({"__metadata__":{},"__metadata__":{}})", "__metadata__ is listed twice");
    row("duplicate metadata key", R"({"__metadata__":{"k":"1","k":"2"}})", "__metadata__ has two fields k");
    row("duplicate field", R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
        "tensor a has two fields dtype");
    row("metadata number", R"({"__metadata__":{"k":1}})", "__metadata__ k is 1, expected a string");
    row("metadata object", R"({"__metadata__":{"k":{}}})", "__metadata__ k is an object, expected a string");
    row("metadata text", R"({"__metadata__":"x"})", "__metadata__ is described by a string");
    row("tensor null", R"({"a":null})", "tensor a is described by null, expected an object");
    row("tensor array", R"({"a":[]})", "tensor a is described by an array");
    row("unknown type", with(R"("F4")", "[2]", "[0,8]"),
        "tensor a has type F4, which Longview does not know");
    row("lower case type", with(R"("f32")", "[2]", "[0,8]"), "tensor a has type f32");
    row("type number", with("32", "[2]", "[0,8]"), "tensor a has 32 as dtype, expected a string");
    row("type array", with("[]", "[2]", "[0,8]"), "tensor a has an array as dtype, expected a string");
    row("shape text", with(R"("F32")", R"("2")", "[0,8]"), "tensor a has a string as shape");
    row("shape negative", with(R"("F32")", "[-2]", "[0,8]"),
        "tensor a has -2 in its shape, expected an integer >= 0");
    row("shape float", with(R"("F32")", "[2.0]", "[0,8]"), "tensor a has 2.0 in its shape");
    row("shape nested", with(R"("F32")", "[[2]]", "[0,8]"), "tensor a has an array in its shape");
    row("shape object", with(R"("F32")", "[{}]", "[0,8]"), "tensor a has an object in its shape");
    row("shape bool", with(R"("F32")", "[true]", "[0,8]"), "tensor a has true in its shape");
    row("shape too large", with(R"("F32")", "[9223372036854775808]", "[0,8]"),
        "in its shape, expected an integer");
    row("shape larger still", with(R"("F32")", "[99999999999999999999999]", "[0,8]"), "in its shape");
    row("product overflows", with(R"("U8")", "[4294967296,4294967296,2]", "[0,8]"),
        "more bytes than can be counted");
    row("bytes overflow", with(R"("F64")", "[4611686018427387904]", "[0,8]"),
        "more bytes than can be counted");
    row("overflow to a match", with(R"("F32")", "[4611686018427387906]", "[0,8]"),
        "more bytes than can be counted");
    row("overflow hidden by zero", with(R"("U8")", "[4294967296,4294967296,0]", "[0,0]"),
        "more bytes than can be counted");
    row("too many dimensions",
        with(R"("U8")",
             "[8" +
                 [] {
                     std::string ones;
                     for (int i = 0; i < 64; ++i)
                         ones += ",1";
                     return ones;
                 }() +
                 "]",
             "[0,8]"),
        "more than 64 dimensions");
    row("size differs", with(R"("F32")", "[3]", "[0,8]"),
        "tensor a has 8 bytes of data, expected 12 for F32 of shape [3]");
    row("end before begin", with(R"("F32")", "[2]", "[8,0]"), "end before they begin");
    row("past the end", with(R"("F32")", "[4]", "[0,16]"),
        "tensor a has bytes [0, 16) of the data, but the file has only 8");
    row("offset huge", with(R"("F32")", "[2]", "[18446744073709551608,18446744073709551615]"),
        "but the file has only 8");
    row("offset negative", with(R"("F32")", "[2]", "[-8,0]"), "tensor a has -8 in its data_offsets");
    row("one offset", with(R"("F32")", "[2]", "[0]"), "tensor a has 1 data_offsets");
    row("three offsets", with(R"("F32")", "[2]", "[0,8,8]"), "tensor a has more than 2 data_offsets");
    row("no dtype", R"({"a":{"shape":[2],"data_offsets":[0,8]}})", "tensor a has no dtype");
    row("no shape", R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", "tensor a has no shape");
    row("no offsets", R"({"a":{"dtype":"F32","shape":[2]}})", "tensor a has no data_offsets");
    row("unknown field", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})",
        "unknown field x");
    row("overlap",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
        "tensor b overlaps tensor a");
    row("alias",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
        "tensor b overlaps tensor a");
    row("hole at start", with(R"("F32")", "[1]", "[4,8]"),
        "bytes [0, 4) of the data, before tensor a, belong to no tensor");
    row("rest", with(R"("F32")", "[1]", "[0,4]"),
        "the tensors end at byte 4 of the data, but the file has 8");
    row("deep nesting", std::string(100000, '{'), "not valid JSON");
    row("deep arrays", "{\"a\":" + std::string(100000, '['), "described by an array");
}

void tst_safetensors::refuses_headers() {
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, part);
    VERIFY_REFUSED(parse_safetensors_header(header.toStdString(), 8, "some.safetensors"), part.toStdString());
    VERIFY_REFUSED(parse_safetensors_header(header.toStdString(), 8, "some.safetensors"),
                   "some.safetensors: ");
}

void tst_safetensors::refuses_files_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("part");
    const std::string good = test::file_bytes(one_f32, std::string(8, '\0'));
    const auto row = [](const char* name, const std::string& bytes, const char* part) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray(part);
    };
    row("empty", "", "is empty");
    row("seven bytes", good.substr(0, 7), "has only 7 bytes");
    row("length alone", good.substr(0, 8), "but only 0 follow; the file is truncated");
    row("half a header", good.substr(0, 30), "the file is truncated");
    row("one byte short", good.substr(0, good.size() - 1), "but the file has only 7");
    row("one byte more", good + "x", "the tensors end at byte 8 of the data, but the file has 9");
    row("no header", std::string(8, '\0'), "does not begin with '{'");
    row("length too large", std::string("\x01\xe1\xf5\x05\0\0\0\0", 8) + good,
        "more than the 100000000 allowed");
    row("length all ones", std::string(8, '\xff') + good, "more than the 100000000 allowed");
    row("text", "Once upon a time there was a lighthouse.", "this is not a safetensors file");
}

void tst_safetensors::refuses_files() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, part);
    QTemporaryDir dir;
    const auto path = test::to_path(dir.filePath("bad.safetensors"));
    test::write_file(path, bytes.toStdString());
    VERIFY_REFUSED(SafetensorsFile{path}, part.toStdString());
    VERIFY_REFUSED(SafetensorsFile{path}, path.string());
}

void tst_safetensors::refuses_what_is_no_file() {
    QTemporaryDir dir;
    const auto missing = test::to_path(dir.filePath("none.safetensors"));
    VERIFY_REFUSED(SafetensorsFile{missing}, "none.safetensors: cannot be opened (No such file");
    VERIFY_REFUSED(SafetensorsFile{test::to_path(dir.path())}, "is a directory");
    const auto pipe = test::to_path(dir.filePath("pipe.safetensors"));
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    VERIFY_REFUSED(SafetensorsFile{pipe}, "is not a regular file");
}

void tst_safetensors::refuses_unreadable_file() {
    if (::geteuid() == 0)
        QSKIP("the superuser may read every file");
    QTemporaryDir dir;
    const auto path = test::to_path(dir.filePath("closed.safetensors"));
    test::write_file(path, test::file_bytes(one_f32, std::string(8, '\0')));
    std::filesystem::permissions(path, std::filesystem::perms::none);
    VERIFY_REFUSED(SafetensorsFile{path}, "cannot be opened (Permission denied)");
}

void tst_safetensors::random_headers_round_trip() {
    constexpr unsigned seed = 20240707;
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    QTemporaryDir dir;
    const auto path = test::to_path(dir.filePath("random.safetensors"));
    const std::pair<const char*, std::size_t> types[] = {{"F32", 4}, {"BF16", 2}, {"U8", 1}, {"I64", 8}};
    for (int round = 0; round < 200; ++round) {
        test::Tensors tensors;
        for (auto count = random() % 8; count > 0; --count) {
            const auto& [type, size] = types[random() % std::size(types)];
            test::Tensor tensor{type, {}, ""};
            std::size_t elements = 1;
            for (auto rank = random() % 4; rank > 0; --rank) {
                tensor.shape.push_back(static_cast<std::int64_t>(random() % 5));
                elements *= static_cast<std::size_t>(tensor.shape.back());
            }
            for (std::size_t i = 0; i < elements * size; ++i)
                tensor.bytes += static_cast<char>(random() & 0xFFU);
            tensors["layer." + std::to_string(random() % 100) + "/é"] = std::move(tensor);
        }
        test::write_file(path, test::file_of(tensors));
        const auto read = test::copy_of(SafetensorsFile(path));
        QCOMPARE(read.size(), tensors.size());
        for (const auto& [name, tensor] : tensors) {
            QVERIFY(read.contains(name));
            QCOMPARE(read.at(name).dtype, tensor.dtype);
            QCOMPARE(read.at(name).shape, tensor.shape);
            QCOMPARE(read.at(name).bytes, tensor.bytes);
        }
    }
}

void tst_safetensors::survives_random_damage() {
    constexpr unsigned seed = 1;
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    QTemporaryDir dir;
    const auto path = test::to_path(dir.filePath("damaged.safetensors"));
    const auto good = test::file_of({{"a", {"F32", {2, 3}, std::string(24, 'a')}},
                                     {"b.weight", {"BF16", {5}, std::string(10, 'b')}},
                                     {"c", {"I64", {}, std::string(8, 'c')}}});
    int refused = 0;
    constexpr int rounds = 4000;
    for (int round = 0; round < rounds; ++round) {
        auto bytes = good;
        for (auto changes = 1 + random() % 4; changes > 0; --changes)
            bytes[random() % bytes.size()] = static_cast<char>(random() & 0xFFU);
        if (random() % 4 == 0)
            bytes.resize(random() % bytes.size());
        test::write_file(path, bytes);
        try {
            const SafetensorsFile file(path);
            std::size_t sum = 0;
            for (const auto& [name, tensor] : file.tensors())
                for (const auto byte : tensor.data)
                    sum += std::to_integer<std::size_t>(byte); // every byte named can be read
            QVERIFY(sum > 0);
        } catch (const Error& error) {
            QVERIFY(error.kind() == ErrorKind::model);
            QVERIFY(std::string(error.what()).starts_with(path.string()));
            ++refused;
        }
    }
    QVERIFY(refused > rounds / 2);
    QVERIFY(refused < rounds); // damage to data alone is no damage to the format
}

void tst_safetensors::long_names_are_cut_in_errors() {
    const auto header = "{\"" + std::string(1'000'000, 'x') + "\\n\":1}";
    const auto sentence = test::refusal([&] { parse_safetensors_header(header, 0, "f"); });
    QVERIFY(!sentence.empty());
    QVERIFY(sentence.size() < 300);
    VERIFY_REFUSED(parse_safetensors_header("{\"a\\n\\u0000b\":1}", 0, "f"),
                   "tensor a\\x0a\\x00b is described by 1");
}

void tst_safetensors::copies_unaligned_data() {
    QTemporaryDir dir;
    const auto path = test::to_path(dir.filePath("odd.safetensors"));
    const float value = 3.25F;
    std::string bytes(4, '\0');
    std::memcpy(bytes.data(), &value, 4);
    // One byte of "a" moves the others off their alignment; the header's odd length does so again.
    test::write_file(path, test::file_of({{"a", {"U8", {1}, "x"}},
                                          {"b", {"F32", {1}, bytes}},
                                          {"c", {"F16", {2}, std::string("\x00\x3c\x01\x80", 4)}},
                                          {"d", {"BF16", {1}, std::string("\x80\x3f", 2)}}}));
    const SafetensorsFile file(path);
    QCOMPARE(f32_at(*file.find("b"), 0), 3.25F);
    QCOMPARE(f32_at(*file.find("c"), 0), 1.0F);
    QCOMPARE(f32_at(*file.find("c"), 1), -0x1p-24F);
    QCOMPARE(f32_at(*file.find("d"), 0), 1.0F);
}

void tst_safetensors::copy_refuses_other_types_and_sizes() {
    const std::string bytes(8, '\0');
    const TensorView floats{DType::f32, {2}, std::as_bytes(std::span(bytes))};
    const TensorView integers{DType::i32, {2}, std::as_bytes(std::span(bytes))};
    std::vector<float> two(2), three(3);
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, floats.copy_to(three));
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, integers.copy_to(two));
}

void tst_safetensors::moves_keep_the_map() {
    SafetensorsFile first(FIXTURES "/tiny/model.safetensors");
    const auto* tensor = first.find("memory_cell.memory");
    const auto value = f32_at(*tensor, 7);
    SafetensorsFile second(FIXTURES "/llama3/model.safetensors");
    second = std::move(first);
    QVERIFY(second.find("memory_cell.memory") == tensor);
    QCOMPARE(f32_at(*tensor, 7), value);
}

QTEST_GUILESS_MAIN(tst_safetensors)
#include "tst_safetensors.moc"
