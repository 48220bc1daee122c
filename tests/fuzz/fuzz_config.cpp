// Any config.json is either refused with a model error or gives shapes that the engine can compute with.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "inference/model/config_file.h"
#include "inference/model/identity.h"
#include "inference/values/error.h"

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

void check(const longview::ModelConfig& config) {
    require(config.vocab_size > 0 && config.hidden_size > 0 && config.intermediate_size > 0 &&
            config.layers > 0);
    require(config.heads > 0 && config.kv_heads > 0 && config.heads % config.kv_heads == 0);
    require(config.head_dim > 0 && config.head_dim % 2 == 0 && config.qkv_width() > 0);
    require(config.rms_norm_eps > 0 && config.rope_theta >= 1);
    require(config.memory_tokens > 0 && config.segment_size > 0 && config.d_mem >= 2 && config.keys() > 0);
    require(config.segment_rows() > 0 && config.final_capacity() > 0);
    for (const auto& token : {config.bos_token, config.eos_token, config.question_token, config.answer_token})
        require(!token || (*token >= 0 && *token < config.vocab_size));
    require(!longview::canonical(config).empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        check(longview::parse_config({reinterpret_cast<const char*>(data), size}, "fuzz"));
    } catch (const longview::Error& error) {
        require(error.kind() == longview::ErrorKind::model && std::strlen(error.what()) < 1000);
    }
    return 0;
}
