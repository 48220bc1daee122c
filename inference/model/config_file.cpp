#include "inference/model/config_file.h"

#include "inference/model/config_reader.h"
#include "inference/model/json_document.h"

namespace longview {
namespace {

using nlohmann::json;

constexpr std::size_t most_config_bytes = 1'000'000;

// Far above any model, and low enough that a product of three fits 64 bits and a width fits an int.
constexpr int most_vocab = 1 << 22;
constexpr int most_width = 1 << 17;
constexpr int most_layers = 1 << 10;
constexpr int most_heads = 1 << 10;
constexpr int most_head_dim = 1 << 10;
constexpr int most_d_mem = 1 << 14;
constexpr int most_segment = 1 << 20;
constexpr int most_positions = 1 << 30;

void check_model_type(const ConfigReader& reader) {
    const auto* type = reader.find_own("model_type"); // "armt" here and "llama" in base_model_config agree
    if (type && *type != "armt" && *type != "llama")
        reader.fail("model_type", json_text(*type), "\"armt\" or \"llama\", the only kinds supported");
    const auto* base = reader.find_own("base_model_config");
    if (!base || !base->is_object())
        return;
    const auto base_type = base->find("model_type");
    if (base_type != base->end() && *base_type != "llama")
        reader.fail("base_model_config.model_type", json_text(*base_type),
                    "\"llama\", the only kind supported");
}

void read_shapes(const ConfigReader& reader, ModelConfig& config) {
    config.vocab_size = reader.integer("vocab_size", 1, most_vocab);
    config.hidden_size = reader.integer("hidden_size", 1, most_width);
    config.intermediate_size = reader.integer("intermediate_size", 1, most_width * 8);
    config.layers = reader.integer("num_hidden_layers", 1, most_layers);
    config.heads = reader.integer("num_attention_heads", 1, most_heads);
    config.kv_heads = reader.integer_or("num_key_value_heads", 1, most_heads, config.heads);
    if (config.heads % config.kv_heads != 0)
        reader.fail("num_key_value_heads", std::to_string(config.kv_heads),
                    "a divisor of num_attention_heads (" + std::to_string(config.heads) + ")");
    if (!reader.find("head_dim") && config.hidden_size % config.heads != 0)
        reader.fail("hidden_size", std::to_string(config.hidden_size),
                    "a multiple of num_attention_heads (" + std::to_string(config.heads) +
                        ") when head_dim is not given");
    config.head_dim = reader.integer_or("head_dim", 2, most_head_dim, config.hidden_size / config.heads);
    if (config.head_dim % 2 != 0 || config.head_dim < 2 || config.head_dim > most_head_dim)
        reader.fail("head_dim", std::to_string(config.head_dim),
                    "an even number from 2 to " + std::to_string(most_head_dim));
    config.rms_norm_eps = reader.number("rms_norm_eps", 1e-30, 1);
    config.tied_embeddings = reader.boolean("tie_word_embeddings");
}

void read_memory(const ConfigReader& reader, ModelConfig& config) {
    config.memory_tokens = reader.integer("num_mem_tokens", 1, most_segment);
    config.segment_size = reader.integer("segment_size", 1, most_segment);
    // DPFP with ν = 3 rolls 2·d_mem values by up to 3: below 2, a roll would come back to where it began.
    config.d_mem = reader.integer("d_mem", 2, most_d_mem);
}

std::optional<TokenId> read_token(const ConfigReader& reader, const char* key, int vocab_size) {
    const auto* value = reader.find(key);
    if (!value)
        return std::nullopt;
    if (!value->is_array())
        return reader.to_integer(key, *value, 0, vocab_size - 1);
    // Some base models list several end tokens, the one of plain text first.
    if (value->empty())
        reader.fail(key, json_text(*value), "a token id or a list of them");
    for (const auto& id : *value)
        (void)reader.to_integer(key, id, 0, vocab_size - 1);
    return value->front().get<TokenId>();
}

void read_tokens(const ConfigReader& reader, ModelConfig& config) {
    config.bos_token = read_token(reader, "bos_token_id", config.vocab_size);
    config.eos_token = read_token(reader, "eos_token_id", config.vocab_size);
    config.question_token = read_token(reader, "question_token_id", config.vocab_size);
    config.answer_token = read_token(reader, "answer_token_id", config.vocab_size);
    config.newline_token = read_token(reader, "newline_token_id", config.vocab_size);
    if (config.question_token.has_value() != config.answer_token.has_value())
        reader.fail_missing(config.question_token ? "answer_token_id" : "question_token_id",
                            "a token id, because the other marker of a question is given");
}

void read_unquoted_answers(const ConfigReader& reader, ModelConfig& config) {
    constexpr auto key = "unquoted_answers";
    const auto* value = reader.find(key);
    if (!value)
        return;
    const auto fail = [&] {
        reader.fail(key, json_text(*value),
                    "a list of what the model answers besides quotations, each a text with single spaces "
                    "between its words");
    };
    if (!value->is_array() || value->empty())
        fail();
    for (const auto& phrase : *value) {
        if (!phrase.is_string())
            fail();
        const auto text = phrase.get<std::string>();
        if (text.empty() || text.front() == ' ' || text.back() == ' ' ||
            text.find_first_of("\n\t\r\f\v") < text.size() || text.find("  ") < text.size())
            fail();
        config.unquoted_answers.push_back(text);
    }
}

/// The rotation settings of one place; a missing part is left empty.
struct Rope {
    std::optional<double> theta;
    std::optional<RopeScaling> scaling;
};

double to_theta(const ConfigReader& reader, const std::string& key, const json& value) {
    return reader.to_number(key, value, 1, 1e12);
}

RopeScaling read_llama3(const ConfigReader& reader, const std::string& key, const json& object) {
    const auto part = [&](const char* name) -> const json& {
        const auto found = object.find(name);
        if (found == object.end())
            reader.fail_missing(key + "." + name, "a number, as \"llama3\" scaling has");
        return *found;
    };
    RopeScaling scaling;
    scaling.factor = reader.to_number(key + ".factor", part("factor"), 1, 1e6);
    scaling.low_freq_factor = reader.to_number(key + ".low_freq_factor", part("low_freq_factor"), 1e-3, 1e6);
    scaling.high_freq_factor =
        reader.to_number(key + ".high_freq_factor", part("high_freq_factor"), 1e-3, 1e6);
    scaling.original_max_position_embeddings =
        reader.to_integer(key + ".original_max_position_embeddings", part("original_max_position_embeddings"),
                          1, most_positions);
    if (scaling.high_freq_factor <= scaling.low_freq_factor)
        reader.fail(key + ".high_freq_factor", json_text(part("high_freq_factor")),
                    "more than low_freq_factor (" + json_text(part("low_freq_factor")) + ")");
    return scaling;
}

/// "rope_scaling", or "rope_parameters" as newer files call it.
Rope read_rope_object(const ConfigReader& reader, const std::string& key, const json& object) {
    if (!object.is_object())
        reader.fail(key, json_text(object), "an object or null");
    Rope rope;
    if (const auto theta = object.find("rope_theta"); theta != object.end())
        rope.theta = to_theta(reader, key + ".rope_theta", *theta);
    if (const auto part = object.find("partial_rotary_factor"); part != object.end() && *part != 1.0)
        reader.fail(key + ".partial_rotary_factor", json_text(*part), "1.0; this variant is not supported");
    const auto type = object.find("rope_type");
    const auto old_type = object.find("type");
    if (type == object.end() && old_type == object.end())
        reader.fail_missing(key + ".rope_type", "\"llama3\" or \"default\"");
    for (const auto& found : {type, old_type})
        if (found != object.end() && *found != "llama3" && *found != "default")
            reader.fail(key + (found == type ? ".rope_type" : ".type"), json_text(*found),
                        "\"llama3\" or \"default\"; this variant is not supported");
    if (type != object.end() && old_type != object.end() && *type != *old_type)
        reader.fail(key + ".type", json_text(*old_type), "the same as rope_type (" + json_text(*type) + ")");
    if ((type != object.end() ? *type : *old_type) == "llama3")
        rope.scaling = read_llama3(reader, key, object);
    return rope;
}

void read_rope(const ConfigReader& reader, ModelConfig& config) {
    std::optional<double> theta;
    if (const auto* value = reader.find("rope_theta"))
        theta = to_theta(reader, "rope_theta", *value);
    std::optional<Rope> earlier;
    for (const char* key : {"rope_scaling", "rope_parameters"}) {
        const auto* object = reader.find(key);
        if (!object)
            continue;
        const auto rope = read_rope_object(reader, key, *object);
        if (rope.theta && theta && *rope.theta != *theta)
            reader.fail(std::string(key) + ".rope_theta", json_text(json(*rope.theta)),
                        "the same as elsewhere in the file (" + json_text(json(*theta)) + ")");
        if (earlier && earlier->scaling != rope.scaling)
            reader.fail(key, json_text(*object), "the same scaling as in rope_scaling");
        theta = rope.theta ? rope.theta : theta;
        config.rope_scaling = rope.scaling;
        earlier = rope;
    }
    if (!theta)
        reader.fail_missing("rope_theta", "a number from 1 to 1e+12");
    config.rope_theta = *theta;
}

} // namespace

ModelConfig parse_config(std::string_view text, const std::string& file) {
    const auto root = parse_object(text, file);
    const ConfigReader reader(root, file);
    check_model_type(reader);
    refuse_unsupported_variants(reader);
    ModelConfig config;
    read_shapes(reader, config);
    read_rope(reader, config);
    read_memory(reader, config);
    read_tokens(reader, config);
    read_unquoted_answers(reader, config);
    if (reader.find("memory_span"))
        config.memory_span = reader.integer("memory_span", 1, most_segment);
    if (reader.find("tested_tokens"))
        config.tested_tokens = reader.integer("tested_tokens", 1, most_positions);
    return config;
}

ModelConfig load_config(const std::filesystem::path& directory) {
    const auto path = directory / "config.json";
    return parse_config(read_text_file(path, most_config_bytes), path.string());
}

} // namespace longview
