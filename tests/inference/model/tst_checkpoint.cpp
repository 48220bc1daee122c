// Finding a model's weights under every spelling, in one file or several, and refusing what does not fit.

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>

#include <string>

#include "inference/model/checkpoint.h"
#include "inference/model/config_file.h"
#include "safetensors_writer.h"

using namespace longview;

class tst_checkpoint : public QObject {
    Q_OBJECT

private slots:
    void opens_golden_cases_data();
    void opens_golden_cases();
    void loads_the_right_tensor();
    void finds_every_spelling_data();
    void finds_every_spelling();
    void finds_a_tied_table_under_the_heads_name();
    void reads_shards();
    void refuses_indexes_data();
    void refuses_indexes();
    void refuses_a_tensor_in_two_shards();
    void refuses_directories();
    void refuses_wrong_tensors();
    void refuses_a_missing_head();
    void refuses_lora();
    void refuses_a_role_that_is_not_there();
};

namespace {

constexpr Weight every_weight[] = {Weight::embedding,    Weight::memory_tokens, Weight::final_norm,
                                   Weight::head,         Weight::input_norm,    Weight::q_proj,
                                   Weight::k_proj,       Weight::v_proj,        Weight::o_proj,
                                   Weight::post_norm,    Weight::gate_proj,     Weight::up_proj,
                                   Weight::down_proj,    Weight::memory_query,  Weight::memory_key,
                                   Weight::memory_value, Weight::memory_beta,   Weight::memory_beta_bias};

std::vector<float> loaded(const Checkpoint& checkpoint, const ModelConfig& config, Weight weight, int layer) {
    std::vector<float> values(elements_of(weight, config));
    checkpoint.load(weight, layer, values);
    return values;
}

/// A model directory that starts as a copy of a golden case.
class Model {
public:
    explicit Model(const std::string& name = "tiny")
        : config(load_config(std::string(FIXTURES "/") + name)),
          tensors(test::copy_of(SafetensorsFile(std::string(FIXTURES "/") + name + "/model.safetensors"))) {}

    std::filesystem::path path() const { return test::to_path(dir_.path()); }
    void write(const std::string& file, const test::Tensors& content) const {
        test::write_file(path() / file, test::file_of(content));
    }
    Checkpoint open() const {
        write("model.safetensors", tensors);
        return Checkpoint(path(), config);
    }
    void rename(const std::function<std::string(const std::string&)>& to) {
        test::Tensors renamed;
        for (auto& [name, tensor] : tensors)
            renamed[to(name)] = tensor;
        tensors = renamed;
    }

    ModelConfig config;
    test::Tensors tensors;

private:
    QTemporaryDir dir_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    if (const auto at = text.find(from); at != std::string::npos)
        text.replace(at, from.size(), to);
    return text;
}

bool same_weights(const Checkpoint& a, const Checkpoint& b, const ModelConfig& config) {
    for (const auto weight : every_weight)
        for (int layer = 0; layer < config.layers; ++layer)
            if (loaded(a, config, weight, layer) != loaded(b, config, weight, layer))
                return false;
    return true;
}

} // namespace

void tst_checkpoint::opens_golden_cases_data() {
    QTest::addColumn<QString>("directory");
    QTest::newRow("tiny") << FIXTURES "/tiny";
    QTest::newRow("llama3") << FIXTURES "/llama3";
    QTest::newRow("default") << RESOURCES "/models/default";
}

void tst_checkpoint::opens_golden_cases() {
    QFETCH(QString, directory);
    const auto path = test::to_path(directory);
    const auto config = load_config(path);
    const Checkpoint checkpoint(path, config);
    std::size_t sum = 0;
    for (const auto weight : every_weight) {
        const bool global = weight == Weight::embedding || weight == Weight::memory_tokens ||
                            weight == Weight::final_norm || weight == Weight::head;
        for (int layer = 0; layer < (global ? 1 : config.layers); ++layer) {
            const auto values = loaded(checkpoint, config, weight, layer);
            QVERIFY(std::ranges::all_of(values, [](float value) { return std::isfinite(value); }));
            const bool may_be_zero =
                weight == Weight::memory_beta_bias ||
                (weight == Weight::memory_value && layer != config.layers - 1); // no memory
            QVERIFY(may_be_zero || std::ranges::any_of(values, [](float value) { return value != 0; }));
            if (weight != Weight::head || !config.tied_embeddings)
                sum += values.size();
        }
    }
    QCOMPARE(checkpoint.parameters(), sum);
    QCOMPARE(loaded(checkpoint, config, Weight::head, 0) == loaded(checkpoint, config, Weight::embedding, 0),
             config.tied_embeddings);
}

void tst_checkpoint::loads_the_right_tensor() {
    const auto config = load_config(FIXTURES "/llama3");
    const Checkpoint checkpoint(FIXTURES "/llama3", config);
    const auto check = [&](Weight weight, int layer, const char* name) {
        const auto* tensor = checkpoint.files().front().find(name);
        QVERIFY2(tensor, name);
        std::vector<float> expected(tensor->elements());
        tensor->copy_to(expected);
        QVERIFY2(loaded(checkpoint, config, weight, layer) == expected, name);
    };
    check(Weight::embedding, 0, "memory_cell.model.model.embed_tokens.weight");
    check(Weight::head, 0, "memory_cell.model.lm_head.weight");
    check(Weight::final_norm, 0, "memory_cell.model.model.norm.weight");
    check(Weight::memory_tokens, 0, "memory_cell.memory");
    const std::pair<Weight, const char*> roles[] = {
        {Weight::input_norm, "layer.input_layernorm.weight"},
        {Weight::post_norm, "layer.post_attention_layernorm.weight"},
        {Weight::q_proj, "layer.self_attn.q_proj.weight"},
        {Weight::k_proj, "layer.self_attn.k_proj.weight"},
        {Weight::v_proj, "layer.self_attn.v_proj.weight"},
        {Weight::o_proj, "layer.self_attn.o_proj.weight"},
        {Weight::gate_proj, "layer.mlp.gate_proj.weight"},
        {Weight::up_proj, "layer.mlp.up_proj.weight"},
        {Weight::down_proj, "layer.mlp.down_proj.weight"},
        {Weight::memory_query, "W_mq.weight"},
        {Weight::memory_key, "W_mk.weight"},
        {Weight::memory_value, "W_mv.weight"},
        {Weight::memory_beta, "W_mb.weight"},
        {Weight::memory_beta_bias, "W_mb.bias"}};
    for (int layer = 0; layer < config.layers; ++layer)
        for (const auto& [weight, suffix] : roles)
            check(weight, layer, ("memory_cell.layers." + std::to_string(layer) + "." + suffix).c_str());
}

void tst_checkpoint::finds_every_spelling_data() {
    QTest::addColumn<QString>("prefix");
    QTest::addColumn<QString>("layers");
    for (const char* prefix : {"", "armt."})
        for (const char* layers : {"memory_cell.layers.", "memory_cell.model.model.layers."})
            QTest::addRow("%s%s", prefix, layers) << prefix << layers;
}

void tst_checkpoint::finds_every_spelling() {
    QFETCH(QString, prefix);
    QFETCH(QString, layers);
    Model model;
    std::erase_if(model.tensors,
                  [](const auto& item) { return item.first.starts_with("memory_cell.model.model.layers."); });
    model.rename([&](const std::string& name) {
        return prefix.toStdString() + replaced(name, "memory_cell.layers.", layers.toStdString());
    });
    QVERIFY(same_weights(model.open(), Checkpoint(FIXTURES "/tiny", model.config), model.config));
}

void tst_checkpoint::finds_a_tied_table_under_the_heads_name() {
    Model model;
    model.rename(
        [](const std::string& name) { return replaced(name, "model.model.embed_tokens", "model.lm_head"); });
    QVERIFY(same_weights(model.open(), Checkpoint(FIXTURES "/tiny", model.config), model.config));
}

void tst_checkpoint::reads_shards() {
    Model model;
    test::Tensors shards[2];
    std::string map;
    int count = 0;
    for (const auto& [name, tensor] : model.tensors) {
        const int shard = count++ % 2;
        shards[shard][name] = tensor;
        map += (map.empty() ? "\"" : ",\"") + name + "\":\"part-" + std::to_string(shard) + ".safetensors\"";
    }
    model.write("part-0.safetensors", shards[0]);
    model.write("part-1.safetensors", shards[1]);
    test::write_file(model.path() / "model.safetensors.index.json",
                     R"({"metadata":{},"weight_map":{)" + map + "}}");
    const Checkpoint checkpoint(model.path(), model.config);
    QCOMPARE(checkpoint.files().size(), std::size_t{2});
    QVERIFY(same_weights(checkpoint, Checkpoint(FIXTURES "/tiny", model.config), model.config));
}

void tst_checkpoint::refuses_indexes_data() {
    QTest::addColumn<QByteArray>("index");
    QTest::addColumn<QByteArray>("part");
    const auto row = [](const char* name, const char* index, const char* part) {
        QTest::newRow(name) << QByteArray(index) << QByteArray(part);
    };
    constexpr const char* plain = "expected the name of a .safetensors file in the same directory";
    row("no map", "{}", "key \"weight_map\" is missing");
    row("empty map", R"({"weight_map":{}})", "key \"weight_map\" is {}");
    row("list", R"({"weight_map":[]})", "key \"weight_map\" is []");
    row("not JSON", "{", "is not valid JSON");
    row("parent", R"({"weight_map":{"a":"../part.safetensors"}})", plain);
    row("absolute", R"({"weight_map":{"a":"/etc/part.safetensors"}})", plain);
    row("backslash", R"({"weight_map":{"a":"..\\part.safetensors"}})", plain);
    row("nul", R"({"weight_map":{"a":"part\u0000.safetensors"}})", plain);
    row("folder", R"({"weight_map":{"a":"x/part.safetensors"}})", plain);
    row("other kind", R"({"weight_map":{"a":"pytorch_model.bin"}})", plain);
    row("dots", R"({"weight_map":{"a":".."}})", plain);
    row("number", R"({"weight_map":{"a":1}})", "tensor a is said to be in 1, expected");
    row("missing shard", R"({"weight_map":{"a":"part-9.safetensors"}})",
        "part-9.safetensors: is missing, though");
    row("missing tensor", R"({"weight_map":{"zz":"part.safetensors"}})",
        "part.safetensors: tensor zz is missing, though model.safetensors.index.json lists it here");
    row("duplicate", R"({"weight_map":{"a":"part.safetensors","a":"part.safetensors"}})",
        "key \"a\" is given twice");
}

void tst_checkpoint::refuses_indexes() {
    QFETCH(QByteArray, index);
    QFETCH(QByteArray, part);
    QTemporaryDir dir;
    const auto path = test::to_path(dir.path());
    test::write_file(path / "part.safetensors", test::file_of({{"a", {"U8", {1}, "x"}}}));
    test::write_file(path / "model.safetensors.index.json", index.toStdString());
    VERIFY_REFUSED(open_model_files(path), part.toStdString());
}

void tst_checkpoint::refuses_a_tensor_in_two_shards() {
    QTemporaryDir dir;
    const auto path = test::to_path(dir.path());
    test::write_file(path / "1.safetensors", test::file_of({{"a", {"U8", {1}, "x"}}}));
    test::write_file(path / "2.safetensors",
                     test::file_of({{"a", {"U8", {1}, "y"}}, {"b", {"U8", {1}, "z"}}}));
    test::write_file(path / "model.safetensors.index.json",
                     R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
    VERIFY_REFUSED(open_model_files(path), "2.safetensors: tensor a is also in 1.safetensors");
}

void tst_checkpoint::refuses_directories() {
    QTemporaryDir dir;
    const auto path = test::to_path(dir.path());
    VERIFY_REFUSED(open_model_files(path), "has neither model.safetensors nor model.safetensors.index.json");
    VERIFY_REFUSED(open_model_files(path / "none"), "is not a model directory");
    test::write_file(path / "pytorch_model.bin", "x");
    VERIFY_REFUSED(open_model_files(path), "pytorch_model.bin is not supported, convert it to safetensors");
    std::filesystem::create_directory(path / "model.safetensors");
    VERIFY_REFUSED(open_model_files(path), "model.safetensors: is a directory");
    VERIFY_REFUSED(open_model_files(path / "pytorch_model.bin"), "is not a model directory");
}

void tst_checkpoint::refuses_wrong_tensors() {
    const auto sentence_after = [](const std::string& name,
                                   const std::function<void(test::Tensors&)>& change) {
        Model model;
        if (!model.tensors.contains(name))
            return std::string();
        change(model.tensors);
        return test::refusal([&] { model.open(); });
    };
    const auto check = [](const std::string& sentence, const char* part) {
        QVERIFY2(sentence.find(part) != std::string::npos, sentence.c_str());
    };
    check(sentence_after("memory_cell.memory",
                         [](test::Tensors& tensors) {
                             tensors["memory_cell.memory"].shape = {8, 32};
                         }),
          "model.safetensors: tensor memory_cell.memory has shape [8, 32], expected [4, 64].");
    check(sentence_after("memory_cell.memory",
                         [](test::Tensors& tensors) { tensors["memory_cell.memory"].shape = {256}; }),
          "tensor memory_cell.memory has shape [256], expected [4, 64].");
    check(sentence_after("memory_cell.memory",
                         [](test::Tensors& tensors) { tensors["memory_cell.memory"].dtype = "I32"; }),
          "model.safetensors: tensor memory_cell.memory has type I32, expected F32, BF16 or F16.");
    check(sentence_after("memory_cell.layers.2.W_mb.bias",
                         [](test::Tensors& tensors) {
                             tensors.erase("memory_cell.layers.2.W_mb.bias");
                             tensors.erase("memory_cell.model.model.layers.2.W_mb.bias");
                         }),
          "model.safetensors: tensor memory_cell.model.model.layers.2.W_mb.bias is missing, expected shape "
          "[1].");
    // A config with more layers than the file.
    Model model;
    model.config.layers = 5;
    VERIFY_REFUSED(model.open(),
                   "tensor memory_cell.model.model.layers.4.layer.input_layernorm.weight is missing");
}

void tst_checkpoint::refuses_a_missing_head() {
    Model model("llama3");
    model.tensors.erase("memory_cell.model.lm_head.weight");
    VERIFY_REFUSED(model.open(),
                   "tensor memory_cell.model.lm_head.weight is missing, expected shape [256, 64]; a model "
                   "without it has tie_word_embeddings true in config.json.");
    model.config.tied_embeddings = true;
    QCOMPARE(test::refusal([&] { model.open(); }), std::string());
}

void tst_checkpoint::refuses_lora() {
    for (const std::string name :
         {"memory_cell.model.base_model.model.model.layers.0.layer.self_attn.q_proj.base_layer.weight",
          "memory_cell.layers.0.layer.self_attn.q_proj.lora_A.default.weight"}) {
        Model model;
        model.tensors[name] = {"F32", {1}, std::string(4, '\0')};
        VERIFY_REFUSED(model.open(), "model.safetensors: tensor " + name + " belongs to a LoRA checkpoint");
    }
}

void tst_checkpoint::refuses_a_role_that_is_not_there() {
    const auto config = load_config(FIXTURES "/tiny");
    const Checkpoint checkpoint(FIXTURES "/tiny", config);
    std::vector<float> values(elements_of(Weight::input_norm, config));
    QVERIFY_THROWS_EXCEPTION(std::out_of_range, checkpoint.load(Weight::input_norm, 4, values));
    QVERIFY_THROWS_EXCEPTION(std::out_of_range, checkpoint.load(Weight::input_norm, -1, values));
    QVERIFY_THROWS_EXCEPTION(std::invalid_argument, checkpoint.load(Weight::memory_value, 0, values));
}

QTEST_GUILESS_MAIN(tst_checkpoint)
#include "tst_checkpoint.moc"
