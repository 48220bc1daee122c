#include "inference/engine/weight_source.h"

namespace longview {

std::size_t elements_of(Weight weight, const ModelConfig& config) {
    const auto size = [](int value) { return static_cast<std::size_t>(value); };
    const auto d = size(config.hidden_size);
    switch (weight) {
    case Weight::embedding:
    case Weight::head:
        return size(config.vocab_size) * d;
    case Weight::memory_tokens:
        return size(config.memory_tokens) * d;
    case Weight::final_norm:
    case Weight::input_norm:
    case Weight::post_norm:
    case Weight::memory_beta:
        return d;
    case Weight::q_proj:
    case Weight::o_proj:
        return size(config.query_width()) * d;
    case Weight::k_proj:
    case Weight::v_proj:
        return size(config.kv_width()) * d;
    case Weight::gate_proj:
    case Weight::up_proj:
    case Weight::down_proj:
        return size(config.intermediate_size) * d;
    case Weight::memory_query:
    case Weight::memory_key:
        return size(config.d_mem) * d;
    case Weight::memory_value:
        return d * d;
    case Weight::memory_beta_bias:
        return 1;
    }
    return 0;
}

} // namespace longview
