#include "inference/model/checkpoint.h"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "inference/model/describe.h"
#include "inference/values/error.h"

namespace longview {
namespace {

constexpr std::array global_roles{Weight::embedding, Weight::memory_tokens, Weight::final_norm, Weight::head};
constexpr std::array layer_roles{Weight::input_norm,   Weight::q_proj,          Weight::k_proj,
                                 Weight::v_proj,       Weight::o_proj,          Weight::post_norm,
                                 Weight::gate_proj,    Weight::up_proj,         Weight::down_proj,
                                 Weight::memory_query, Weight::memory_key,      Weight::memory_value,
                                 Weight::memory_beta,  Weight::memory_beta_bias};

/// The part of the name after the spelling's prefix.
const char* suffix_of(Weight weight) {
    switch (weight) {
    case Weight::embedding:
        return "memory_cell.model.model.embed_tokens.weight";
    case Weight::memory_tokens:
        return "memory_cell.memory";
    case Weight::final_norm:
        return "memory_cell.model.model.norm.weight";
    case Weight::head:
        return "memory_cell.model.lm_head.weight";
    case Weight::input_norm:
        return "layer.input_layernorm.weight";
    case Weight::q_proj:
        return "layer.self_attn.q_proj.weight";
    case Weight::k_proj:
        return "layer.self_attn.k_proj.weight";
    case Weight::v_proj:
        return "layer.self_attn.v_proj.weight";
    case Weight::o_proj:
        return "layer.self_attn.o_proj.weight";
    case Weight::post_norm:
        return "layer.post_attention_layernorm.weight";
    case Weight::gate_proj:
        return "layer.mlp.gate_proj.weight";
    case Weight::up_proj:
        return "layer.mlp.up_proj.weight";
    case Weight::down_proj:
        return "layer.mlp.down_proj.weight";
    case Weight::memory_query:
        return "W_mq.weight";
    case Weight::memory_key:
        return "W_mk.weight";
    case Weight::memory_value:
        return "W_mv.weight";
    case Weight::memory_beta:
        return "W_mb.weight";
    case Weight::memory_beta_bias:
        return "W_mb.bias";
    }
    throw std::invalid_argument("unknown weight");
}

std::vector<std::int64_t> shape_of(Weight weight, const ModelConfig& config) {
    const std::int64_t d = config.hidden_size;
    switch (weight) {
    case Weight::embedding:
    case Weight::head:
        return {config.vocab_size, d};
    case Weight::memory_tokens:
        return {config.memory_tokens, d};
    case Weight::final_norm:
    case Weight::input_norm:
    case Weight::post_norm:
        return {d};
    case Weight::q_proj:
        return {config.query_width(), d};
    case Weight::k_proj:
    case Weight::v_proj:
        return {config.kv_width(), d};
    case Weight::o_proj:
        return {d, config.query_width()};
    case Weight::gate_proj:
    case Weight::up_proj:
        return {config.intermediate_size, d};
    case Weight::down_proj:
        return {d, config.intermediate_size};
    case Weight::memory_query:
    case Weight::memory_key:
        return {config.d_mem, d};
    case Weight::memory_value:
        return {d, d};
    case Weight::memory_beta:
        return {1, d};
    case Weight::memory_beta_bias:
        return {1};
    }
    throw std::invalid_argument("unknown weight");
}

/// Every name under which the tensor may stand, in order of preference.
std::vector<std::string> spellings(Weight weight, int layer, const ModelConfig& config) {
    std::vector<std::string> names;
    for (const std::string prefix : {"", "armt."}) {
        if (layer >= 0) {
            for (const char* stem : {"memory_cell.model.model.layers.", "memory_cell.layers."})
                names.push_back(prefix + stem + std::to_string(layer) + "." + suffix_of(weight));
            continue;
        }
        names.push_back(prefix + suffix_of(weight));
        // A file without duplicates may keep a tied table under the head's name only.
        if (weight == Weight::embedding && config.tied_embeddings)
            names.push_back(prefix + suffix_of(Weight::head));
    }
    return names;
}

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
    throw Error(ErrorKind::model, file.string() + ": " + what + ".");
}

void refuse_lora(const std::vector<SafetensorsFile>& files) {
    for (const auto& file : files)
        for (const auto& [name, tensor] : file.tensors())
            for (const char* sign : {".lora_A.", ".lora_B.", ".lora_embedding_", ".lora_magnitude_",
                                     ".base_layer.", ".base_model.model."})
                if (name.find(sign) != std::string::npos)
                    fail(file.path(),
                         "tensor " + shown(name) +
                             " belongs to a LoRA checkpoint, which is not supported; merge the adapter "
                             "into the weights (merge_and_unload) and save again");
}

const TensorView* lookup(const std::vector<SafetensorsFile>& files, Weight weight, int layer,
                         const ModelConfig& config) {
    const auto names = spellings(weight, layer, config);
    for (const auto& name : names) {
        for (const auto& file : files) {
            const auto* tensor = file.find(name);
            if (!tensor)
                continue;
            const auto expected = shape_of(weight, config);
            if (!is_float(tensor->dtype))
                fail(file.path(), "tensor " + name + " has type " + std::string(name_of(tensor->dtype)) +
                                      ", expected F32, BF16 or F16");
            if (tensor->shape != expected)
                fail(file.path(), "tensor " + name + " has shape " + shape_text(tensor->shape) +
                                      ", expected " + shape_text(expected));
            return tensor;
        }
    }
    const auto hint =
        weight == Weight::head ? "; a model without it has tie_word_embeddings true in config.json" : "";
    fail(files.size() == 1 ? files.front().path() : files.front().path().parent_path(),
         "tensor " + names.front() + " is missing, expected shape " + shape_text(shape_of(weight, config)) +
             hint);
}

} // namespace

Checkpoint::Checkpoint(const std::filesystem::path& directory, const ModelConfig& config)
    : config_(config), files_(open_model_files(directory)) {
    refuse_lora(files_);
    for (const auto role : global_roles) {
        const bool shared = role == Weight::head && config_.tied_embeddings;
        tensors_.push_back(shared ? tensors_.front() : lookup(files_, role, -1, config_));
    }
    for (int layer = 0; layer < config_.layers; ++layer)
        for (const auto role : layer_roles)
            tensors_.push_back(lookup(files_, role, layer, config_));
}

const TensorView& Checkpoint::find(Weight weight, int layer) const {
    const auto global = std::ranges::find(global_roles, weight);
    if (global != global_roles.end())
        return *tensors_.at(static_cast<std::size_t>(global - global_roles.begin()));
    const auto role = std::ranges::find(layer_roles, weight);
    if (role == layer_roles.end() || layer < 0 || layer >= config_.layers)
        throw std::out_of_range("Checkpoint: no weight of that role and layer");
    const auto first = global_roles.size() + static_cast<std::size_t>(layer) * layer_roles.size();
    return *tensors_.at(first + static_cast<std::size_t>(role - layer_roles.begin()));
}

void Checkpoint::load(Weight weight, int layer, std::span<float> out) const {
    find(weight, layer).copy_to(out);
}

std::size_t Checkpoint::parameters() const {
    std::size_t sum = 0;
    for (const auto* tensor : std::set(tensors_.begin(), tensors_.end()))
        sum += tensor->elements();
    return sum;
}

} // namespace longview
