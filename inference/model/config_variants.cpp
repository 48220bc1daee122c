// The variants of ARMT and of its base models that the engine does not compute. One table says what is
// supported.

#include <array>
#include <string_view>

#include "inference/model/config_reader.h"
#include "inference/model/json_document.h"

namespace longview {
namespace {

struct Supported {
    const char* key;
    const char* value;   ///< as JSON: the one that is implemented; an absent key or null means it too
    const char* meaning; ///< of the other values
};

constexpr std::array supported{
    Supported{"correction", "true", "the memory write always uses γ = 1"},
    Supported{"use_denom", "true", "the memory is read without a denominator"},
    Supported{"n_heads", "1", "the memory is split into heads"},
    Supported{"gating", "false", "β is one value per channel"},
    Supported{"use_sink", "false", "a learned token stands before every segment"},
    Supported{"sliding_window", "false", "attention sees the previous segment"},
    Supported{"sliding_window_enabled", "false", "attention sees the previous segment"},
    Supported{"use_sliding_window", "false", "attention is limited to a window"},
    Supported{"attend_to_previous_input", "false", "attention sees the previous segment's input"},
    Supported{"wrap_pos", "false", "positions are shifted for the memory tokens"},
    Supported{"act_on", "false", "layers are repeated adaptively"},
    Supported{"segment_alignment", "\"left\"", "segments are cut in another way"},
    Supported{"layers_attr", "\"model.layers\"", "the base model is not a Llama"},
    Supported{"hidden_act", "\"silu\"", "the feed-forward block uses another activation"},
    Supported{"attention_bias", "false", "attention projections have biases"},
    Supported{"mlp_bias", "false", "feed-forward projections have biases"},
    Supported{"partial_rotary_factor", "1.0", "only a part of each head is rotated"},
    Supported{"use_lora", "false", "the checkpoint holds LoRA adapters; merge them into the weights first"},
};

/// Settings that mean something foreign whatever their value.
constexpr std::array foreign{
    Supported{"quantization_config", nullptr,
              "the weights are quantised; only F32, BF16 and F16 are supported"},
    Supported{"peft_type", nullptr, "the checkpoint holds adapters; merge them into the weights first"},
    Supported{"peft_config", nullptr, "the checkpoint holds adapters; merge them into the weights first"},
};

[[noreturn]] void refuse(const ConfigReader& config, const std::string& key, const nlohmann::json& found,
                         std::string_view wanted, std::string_view meaning) {
    config.fail(key, json_text(found),
                std::string(wanted) + "; this variant is not supported (" + std::string(meaning) + ")");
}

void refuse_models_of_another_kind(const ConfigReader& config) {
    const auto* names = config.find_own("architectures");
    if (!names)
        return;
    if (!names->is_array())
        config.fail("architectures", json_text(*names), "an array of names");
    for (const auto& name : *names)
        if (name.is_string() && name.get<std::string>().starts_with("InnerLoop"))
            refuse(config, "architectures", *names, "LlamaForCausalLM or ARMTForCausalLM",
                   "its feature map is normalised and its memory tokens see each other");
}

void refuse_skipped_layers(const ConfigReader& config) {
    const auto* layers = config.find("wrap_layers");
    if (!layers)
        return;
    if (!layers->is_array())
        config.fail("wrap_layers", json_text(*layers), "an array of true");
    for (const auto& has_memory : *layers)
        if (has_memory != nlohmann::json(true))
            refuse(config, "wrap_layers", *layers, "true for every layer", "some layers have no memory");
}

} // namespace

void refuse_unsupported_variants(const ConfigReader& config) {
    for (const auto& row : supported) {
        const auto* found = config.find(row.key);
        if (found && *found != nlohmann::json::parse(row.value))
            refuse(config, row.key, *found, row.value, row.meaning);
    }
    for (const auto& row : foreign)
        if (const auto* found = config.find(row.key))
            refuse(config, row.key, *found, "no such key", row.meaning);
    refuse_models_of_another_kind(config);
    refuse_skipped_layers(config);
}

} // namespace longview
