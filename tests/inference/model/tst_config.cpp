// config.json: what is read from right ones, and the sentence for every wrong one.

#include <QTemporaryDir>
#include <QtTest>

#include <random>
#include <string>

#include "inference/model/config_file.h"
#include "safetensors_writer.h"

using namespace longview;

class tst_config : public QObject {
    Q_OBJECT

private slots:
    void reads_golden_configs();
    void reads_default_model();
    void fills_in_what_llama_leaves_out();
    void reads_the_wrappers_own_keys();
    void accepts_equal_rope_duplicates();
    void reads_end_token_lists();
    void refuses_data();
    void refuses();
    void refuses_missing_keys_data();
    void refuses_missing_keys();
    void refuses_variants_data();
    void refuses_variants();
    void refuses_bad_text_data();
    void refuses_bad_text();
    void refuses_what_is_no_file();
    void survives_random_damage();
};

namespace {

const std::map<std::string, std::string>& good_keys() {
    static const std::map<std::string, std::string> keys{{"vocab_size", "256"},
                                                         {"hidden_size", "64"},
                                                         {"intermediate_size", "160"},
                                                         {"num_hidden_layers", "4"},
                                                         {"num_attention_heads", "4"},
                                                         {"num_key_value_heads", "2"},
                                                         {"head_dim", "16"},
                                                         {"rms_norm_eps", "1e-05"},
                                                         {"rope_theta", "10000.0"},
                                                         {"tie_word_embeddings", "true"},
                                                         {"num_mem_tokens", "4"},
                                                         {"segment_size", "16"},
                                                         {"d_mem", "8"}};
    return keys;
}

/// The good config with some keys replaced or added; an empty value removes the key.
std::string config_with(const std::map<std::string, std::string>& changes) {
    auto keys = good_keys();
    for (const auto& [key, value] : changes)
        keys[key] = value;
    std::string text;
    for (const auto& [key, value] : keys)
        if (!value.empty())
            text += (text.empty() ? "{\"" : ",\"") + key + "\":" + value;
    return text + "}";
}

ModelConfig parse(const std::map<std::string, std::string>& changes) {
    return parse_config(config_with(changes), "dir/config.json");
}

constexpr const char* llama3_scaling =
    R"({"rope_type":"llama3","factor":32.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192})";

std::string scaling_with(const std::string& from, const std::string& to) {
    std::string text = llama3_scaling;
    return text.replace(text.find(from), from.size(), to);
}

} // namespace

void tst_config::reads_golden_configs() {
    const auto tiny = load_config(FIXTURES "/tiny");
    QCOMPARE(tiny.vocab_size, 256);
    QCOMPARE(tiny.hidden_size, 64);
    QCOMPARE(tiny.intermediate_size, 160);
    QCOMPARE(tiny.layers, 4);
    QCOMPARE(tiny.heads, 4);
    QCOMPARE(tiny.kv_heads, 2);
    QCOMPARE(tiny.head_dim, 16);
    QCOMPARE(tiny.rms_norm_eps, 1e-5);
    QCOMPARE(tiny.rope_theta, 10000.0);
    QVERIFY(!tiny.rope_scaling);
    QVERIFY(tiny.tied_embeddings);
    QCOMPARE(tiny.memory_tokens, 4);
    QCOMPARE(tiny.segment_size, 16);
    QCOMPARE(tiny.d_mem, 8);
    QVERIFY(!tiny.bos_token && !tiny.question_token);

    const auto llama3 = load_config(FIXTURES "/llama3");
    QVERIFY((llama3.rope_scaling == RopeScaling{32, 1, 4, 64}));
    QCOMPARE(llama3.rope_theta, 500000.0);
    QVERIFY(!llama3.tied_embeddings);
}

void tst_config::reads_default_model() {
    const auto config = load_config(RESOURCES "/models/default");
    QCOMPARE(config.layers, 12);
    QCOMPARE(config.head_dim, 64);
    QCOMPARE(config.keys(), 384);
    QCOMPARE(config.bos_token, std::optional<TokenId>(1));
    QCOMPARE(config.eos_token, std::optional<TokenId>(2));
    QCOMPARE(config.question_token, std::optional<TokenId>(3));
    QCOMPARE(config.answer_token, std::optional<TokenId>(4));
    QCOMPARE(config.newline_token, std::optional<TokenId>(5));
    QCOMPARE(config.unquoted_answers, std::vector<std::string>{"not stated"});
    QVERIFY(config.tested_tokens > 100'000);
    QVERIFY(config.memory_span && *config.memory_span * config.segment_size > 10'000);
    QCOMPARE(config.memories(0), std::int64_t{1});
    QCOMPARE(config.memories(*config.memory_span), std::int64_t{1});
    QCOMPARE(config.memories(*config.memory_span + 1), std::int64_t{2});
    QVERIFY(load_config(FIXTURES "/tiny").unquoted_answers.empty());
    QVERIFY(!load_config(FIXTURES "/tiny").tested_tokens);
    QCOMPARE(load_config(FIXTURES "/tiny").memories(1'000'000), std::int64_t{1});
}

void tst_config::fills_in_what_llama_leaves_out() {
    const auto config = parse({{"head_dim", ""}, {"num_key_value_heads", "null"}, {"rope_scaling", "null"}});
    QCOMPARE(config.head_dim, 16);
    QCOMPARE(config.kv_heads, 4);
    QVERIFY(!config.rope_scaling);
}

void tst_config::reads_the_wrappers_own_keys() {
    const auto config =
        parse_config(R"({"model_type":"armt","architectures":["ARMTForCausalLM"],"base_model_name":null,
        "base_model_config":{"model_type":"llama","architectures":["LlamaForCausalLM"],"vocab_size":256,"hidden_size":64,
        "intermediate_size":160,"num_hidden_layers":4,"num_attention_heads":4,"num_key_value_heads":2,"rms_norm_eps":1e-5,
        "rope_theta":10000.0,"tie_word_embeddings":true,"bos_token_id":1},
        "num_mem_tokens":4,"segment_size":16,"segment_alignment":"left","d_mem":8,"sliding_window":false,
        "attend_to_previous_input":false,"use_sink":false,"layers_attr":"model.layers","wrap_pos":false,"correction":true,
        "n_heads":1,"use_denom":true,"gating":false,"act_on":false,"max_hop":4,"act_type":"associative","dtype":"float32",
        "wrap_layers":[true,true,true,true]})",
                     "config.json");
    auto expected = parse({});
    expected.bos_token = 1;
    QVERIFY(config == expected);
}

void tst_config::accepts_equal_rope_duplicates() {
    const auto inside = scaling_with("}", ",\"rope_theta\":10000}");
    const auto config = parse({{"rope_scaling", inside}, {"rope_parameters", inside}});
    QVERIFY((config.rope_scaling == RopeScaling{32, 1, 4, 8192}));
    QCOMPARE(parse({{"rope_theta", ""}, {"rope_parameters", R"({"rope_type":"default","rope_theta":7e5})"}})
                 .rope_theta,
             7e5);
    QVERIFY((parse({{"rope_scaling", scaling_with("rope_type", "type")}}).rope_scaling ==
             RopeScaling{32, 1, 4, 8192}));
}

void tst_config::reads_end_token_lists() {
    QCOMPARE(parse({{"eos_token_id", "[128,9]"}}).eos_token, std::optional<TokenId>(128));
    QVERIFY(!parse({{"eos_token_id", "null"}}).eos_token);
}

void tst_config::refuses_data() {
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("part");
    int index = 0;
    const auto row = [&](const char* key, const std::string& value, const char* part) {
        QTest::addRow("%02d %s", index++, key)
            << QByteArray(key) << QByteArray::fromStdString(value) << QByteArray(part);
    };
    row("num_hidden_layers", "0", "key \"num_hidden_layers\" is 0, expected an integer from 1 to 1024");
    row("num_hidden_layers", "-1", "is -1, expected an integer");
    row("num_hidden_layers", "1025", "is 1025, expected an integer");
    row("num_hidden_layers", "4.0", "is 4.0, expected an integer");
    row("num_hidden_layers", "\"4\"", "is \"4\", expected an integer");
    row("num_hidden_layers", "true", "is true, expected an integer");
    row("num_hidden_layers", "18446744073709551615", "is 18446744073709551615, expected an integer");
    row("num_hidden_layers", "4294967300", "is 4294967300, expected an integer"); // 4 when cut to 32 bits
    row("num_hidden_layers", "[4]", "is [4], expected an integer");
    row("vocab_size", "0", "key \"vocab_size\" is 0");
    row("vocab_size", "2147483647", "key \"vocab_size\" is 2147483647");
    row("hidden_size", "1000000", "key \"hidden_size\" is 1000000");
    row("hidden_size", "0", "key \"hidden_size\" is 0");
    row("intermediate_size", "0", "key \"intermediate_size\" is 0");
    row("num_attention_heads", "0", "key \"num_attention_heads\" is 0");
    row("num_key_value_heads", "3",
        "key \"num_key_value_heads\" is 3, expected a divisor of num_attention_heads (4)");
    row("num_key_value_heads", "8", "is 8, expected a divisor of num_attention_heads (4)");
    row("num_key_value_heads", "0", "key \"num_key_value_heads\" is 0");
    row("head_dim", "15", "key \"head_dim\" is 15, expected an even number");
    row("head_dim", "0", "key \"head_dim\" is 0");
    row("rms_norm_eps", "0", "key \"rms_norm_eps\" is 0, expected a number");
    row("rms_norm_eps", "-1e-5", "key \"rms_norm_eps\" is -1e-05");
    row("rms_norm_eps", "\"1e-5\"", "key \"rms_norm_eps\" is \"1e-5\"");
    row("rms_norm_eps", "1e400", "a number that is too large");
    row("rope_theta", "0", "key \"rope_theta\" is 0");
    row("rope_theta", "true", "key \"rope_theta\" is true");
    row("tie_word_embeddings", "1", "key \"tie_word_embeddings\" is 1, expected true or false");
    row("num_mem_tokens", "0", "key \"num_mem_tokens\" is 0");
    row("segment_size", "0", "key \"segment_size\" is 0");
    row("segment_size", "2000000000", "key \"segment_size\" is 2000000000");
    row("d_mem", "1", "key \"d_mem\" is 1, expected an integer from 2");
    row("bos_token_id", "256", "key \"bos_token_id\" is 256, expected an integer from 0 to 255");
    row("eos_token_id", "-1", "key \"eos_token_id\" is -1");
    row("eos_token_id", "[]", "key \"eos_token_id\" is []");
    row("eos_token_id", "[1,999]", "key \"eos_token_id\" is 999");
    row("question_token_id", "3", "key \"answer_token_id\" is missing");
    row("unquoted_answers", "\"no\"",
        "key \"unquoted_answers\" is \"no\", expected a list of what the model");
    row("unquoted_answers", "[]", "key \"unquoted_answers\" is []");
    row("unquoted_answers", "[1]", "key \"unquoted_answers\" is [1]");
    row("unquoted_answers", "[\"\"]", "key \"unquoted_answers\" is [\"\"]");
    row("unquoted_answers", "[\" no\"]", "single spaces between its words");
    row("unquoted_answers", "[\"not  stated\"]", "single spaces between its words");
    row("memory_span", "0", "key \"memory_span\" is 0");
    row("tested_tokens", "0", "key \"tested_tokens\" is 0");
    row("base_model_config", R"({"hidden_size":65})",
        "key \"hidden_size\" is 64 here and 65 in base_model_config");
    row("rope_scaling", "\"llama3\"", "key \"rope_scaling\" is \"llama3\", expected an object");
    row("rope_scaling", "{}", "key \"rope_scaling.rope_type\" is missing");
    row("rope_scaling", R"({"type":"linear","factor":2})",
        "key \"rope_scaling.type\" is \"linear\", expected \"llama3\"");
    row("rope_scaling", R"({"rope_type":"yarn","factor":2})", "key \"rope_scaling.rope_type\" is \"yarn\"");
    row("rope_scaling", R"({"rope_type":"default","type":"llama3"})", "expected the same as rope_type");
    row("rope_scaling", R"({"rope_type":"llama3","factor":2})",
        "key \"rope_scaling.low_freq_factor\" is missing");
    row("rope_scaling", scaling_with("32.0", "0.5"), "key \"rope_scaling.factor\" is 0.5");
    row("rope_scaling", scaling_with("4.0", "1.0"),
        "key \"rope_scaling.high_freq_factor\" is 1.0, expected more than");
    row("rope_scaling", scaling_with("8192", "8192.5"), "original_max_position_embeddings\" is 8192.5");
    row("rope_scaling", scaling_with("}", ",\"rope_theta\":5000.0}"),
        "key \"rope_scaling.rope_theta\" is 5000.0, expected the same as elsewhere in the file (10000.0)");
    row("rope_parameters", R"({"rope_type":"default","partial_rotary_factor":0.5})",
        "partial_rotary_factor\" is 0.5");
}

void tst_config::refuses() {
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, part);
    VERIFY_REFUSED(parse({{key.toStdString(), value.toStdString()}}), part.toStdString());
    VERIFY_REFUSED(parse({{key.toStdString(), value.toStdString()}}), "dir/config.json: ");
}

void tst_config::refuses_missing_keys_data() {
    QTest::addColumn<QByteArray>("key");
    for (const auto& [key, value] : good_keys())
        if (key != "head_dim" && key != "num_key_value_heads")
            QTest::newRow(key.c_str()) << QByteArray::fromStdString(key);
}

void tst_config::refuses_missing_keys() {
    QFETCH(QByteArray, key);
    const auto name = key.toStdString();
    VERIFY_REFUSED(parse({{name, ""}}), "dir/config.json: key \"" + name + "\" is missing, expected ");
    VERIFY_REFUSED(parse({{name, "null"}}), "key \"" + name + "\" is missing");
    VERIFY_REFUSED(parse({{name, ""}, {"base_model_name", "\"meta-llama/Llama-3.2-1B\""}}),
                   "; copy it from config.json of the base model \"meta-llama/Llama-3.2-1B\"");
}

void tst_config::refuses_variants_data() {
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("wanted");
    int index = 0;
    const auto row = [&](const char* key, const char* value, const char* wanted) {
        QTest::addRow("%02d %s", index++, key) << QByteArray(key) << QByteArray(value) << QByteArray(wanted);
    };
    row("correction", "false", "true");
    row("use_denom", "false", "true");
    row("n_heads", "2", "1");
    row("gating", "true", "false");
    row("use_sink", "true", "false");
    row("sliding_window", "true", "false");
    row("sliding_window", "1024", "false");
    row("attend_to_previous_input", "true", "false");
    row("wrap_pos", "true", "false");
    row("act_on", "true", "false");
    row("segment_alignment", "\"right\"", "\"left\"");
    row("layers_attr", "\"transformer.h\"", "\"model.layers\"");
    row("hidden_act", "\"gelu\"", "\"silu\"");
    row("attention_bias", "true", "false");
    row("mlp_bias", "true", "false");
    row("use_lora", "true", "false");
    row("peft_type", "\"LORA\"", "no such key");
    row("quantization_config", "{}", "no such key");
    row("wrap_layers", "[true,false]", "true for every layer");
    row("architectures", R"(["InnerLoopARMTForCausalLM"])", "LlamaForCausalLM or ARMTForCausalLM");
    row("model_type", "\"qwen2\"", "\"armt\" or \"llama\"");
}

void tst_config::refuses_variants() {
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, wanted);
    const auto name = key.toStdString();
    const auto expected = "dir/config.json: key \"" + name + "\" is " + value.toStdString() + ", expected " +
                          wanted.toStdString();
    VERIFY_REFUSED(parse({{name, value.toStdString()}}), expected);
    // The same setting inside base_model_config is no safer.
    if (name != "architectures" && name != "model_type" && name != "wrap_layers")
        VERIFY_REFUSED(parse({{"base_model_config", "{\"" + name + "\":" + value.toStdString() + "}"}}),
                       expected);
    else if (name == "model_type")
        VERIFY_REFUSED(parse({{"base_model_config", R"({"model_type":"qwen2"})"}}),
                       "key \"base_model_config.model_type\" is \"qwen2\"");
}

void tst_config::refuses_bad_text_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("part");
    QTest::newRow("empty") << QByteArray() << QByteArray("is not valid JSON");
    QTest::newRow("array") << QByteArray("[1]") << QByteArray("is [1], expected a JSON object");
    QTest::newRow("number") << QByteArray("7") << QByteArray("is 7, expected a JSON object");
    QTest::newRow("cut") << QByteArray("{\"a\":") << QByteArray("is not valid JSON (at byte");
    QTest::newRow("bad utf-8") << QByteArray("{\"\xff\":1}") << QByteArray("is not valid JSON");
    QTest::newRow("nul") << QByteArray("{}\0{}", 5) << QByteArray("NUL byte");
    QTest::newRow("duplicate") << QByteArray(R"({"d_mem":8,"d_mem":9})")
                               << QByteArray("key \"d_mem\" is given twice");
    QTest::newRow("duplicate inside")
        << QByteArray(R"({"x":[{"k":1,"k":1}]})") << QByteArray("key \"k\" is given twice");
    QTest::newRow("deep arrays") << QByteArray("{\"a\":") + QByteArray(100000, '[')
                                 << QByteArray("nested deeper than 32");
    QByteArray objects;
    for (int i = 0; i < 50000; ++i)
        objects += "{\"a\":";
    QTest::newRow("deep objects") << objects << QByteArray("nested deeper than 32");
}

void tst_config::refuses_bad_text() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, part);
    VERIFY_REFUSED(parse_config(text.toStdString(), "c.json"), part.toStdString());
    VERIFY_REFUSED(parse_config(text.toStdString(), "c.json"), "c.json: ");
}

void tst_config::refuses_what_is_no_file() {
    QTemporaryDir dir;
    const auto path = test::to_path(dir.path());
    VERIFY_REFUSED(load_config(path), "config.json: cannot be opened (No such file");
    VERIFY_REFUSED(load_config(path / "none"), "none/config.json: cannot be opened (No such file");
    test::write_file(path / "config.json", "");
    VERIFY_REFUSED(load_config(path), "config.json: is empty");
    test::write_file(path / "config.json", std::string(1'000'001, ' '));
    VERIFY_REFUSED(load_config(path), "has more than 1000000 bytes");
    std::filesystem::remove(path / "config.json");
    std::filesystem::create_directory(path / "config.json");
    VERIFY_REFUSED(load_config(path), "config.json: is a directory");
}

void tst_config::survives_random_damage() {
    constexpr unsigned seed = 2;
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    const auto good = config_with({{"rope_scaling", llama3_scaling}, {"eos_token_id", "[1,2]"}});
    QVERIFY(parse_config(good, "c").rope_scaling);
    int refused = 0;
    for (int round = 0; round < 3000; ++round) {
        auto text = good;
        for (auto changes = 1 + random() % 3; changes > 0; --changes)
            text[random() % text.size()] =
                random() % 2 ? static_cast<char>(random() & 0xFFU) : "0-9.{}[]\","[random() % 11];
        try {
            const auto config = parse_config(text, "c");
            QVERIFY(config.layers > 0 && config.head_dim % 2 == 0 && config.heads % config.kv_heads == 0);
        } catch (const Error& error) {
            QVERIFY(error.kind() == ErrorKind::model);
            ++refused;
        }
    }
    QVERIFY(refused > 1000);
}

QTEST_GUILESS_MAIN(tst_config)
#include "tst_config.moc"
