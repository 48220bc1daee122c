#include "inference/model/identity.h"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <xxhash.h>

namespace longview {
namespace {

Hash128 canonical_bytes(const XXH128_hash_t& hash) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    Hash128 result;
    std::ranges::copy(canonical.digest, result.bytes.begin());
    return result;
}

/// Streaming XXH3-128 whose fields cannot run into each other: integers have a fixed width and byte order,
/// and texts and files are preceded by their length.
class Hasher {
public:
    Hasher() : state_(XXH3_createState()) {
        if (!state_)
            throw std::bad_alloc();
        XXH3_128bits_reset(state_.get());
    }

    void raw(std::span<const std::byte> data) { XXH3_128bits_update(state_.get(), data.data(), data.size()); }
    void hash(const Hash128& value) { raw(std::as_bytes(std::span(value.bytes))); }
    void number(std::uint64_t value) {
        std::array<std::byte, 8> bytes{}; // little-endian
        for (auto& byte : bytes) {
            byte = static_cast<std::byte>(value & 0xFFU);
            value >>= 8U;
        }
        raw(bytes);
    }
    void sized(std::span<const std::byte> data) {
        number(data.size());
        raw(data);
    }
    void text(std::string_view value) { sized(std::as_bytes(std::span(value))); }
    Hash128 finish() const { return canonical_bytes(XXH3_128bits_digest(state_.get())); }

private:
    struct Free {
        void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
    };
    std::unique_ptr<XXH3_state_t, Free> state_;
};

/// "name=value\n" lines; numbers in the shortest form that reads back as the same value.
class Lines {
public:
    template <class T>
    requires std::is_arithmetic_v<T>
    void add(std::string_view name, T value) {
        std::array<char, 32> digits{};
        if constexpr (std::same_as<T, bool>) {
            add_text(name, value ? "true" : "false");
        } else {
            const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
            add_text(name, std::string_view(digits.data(), end));
        }
    }
    void add(std::string_view name, const std::optional<TokenId>& value) {
        if (value)
            add(name, *value);
        else
            add_text(name, "none");
    }
    void add(std::string_view name, const std::optional<RopeScaling>& value) {
        if (!value) {
            add_text(name, "none");
            return;
        }
        // A field that is added to the struct and not here does not compile.
        const auto& [factor, low, high, original] = *value;
        add_text(name, "llama3");
        add("rope_factor", factor);
        add("rope_low_freq_factor", low);
        add("rope_high_freq_factor", high);
        add("rope_original_max_position_embeddings", original);
    }
    std::string take() { return std::move(text_); }

private:
    void add_text(std::string_view name, std::string_view value) {
        text_.append(name).append("=").append(value).append("\n");
    }
    std::string text_;
};

} // namespace

std::string Hash128::hex() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes) {
        text += digits[byte / 16U];
        text += digits[byte % 16U];
    }
    return text;
}

Hash128 hash_bytes(std::span<const std::byte> data) {
    return canonical_bytes(XXH3_128bits(data.data(), data.size()));
}

Hash128 hash_text(std::string_view text) {
    return hash_bytes(std::as_bytes(std::span(text)));
}

Hash128 hash_weights(std::span<const SafetensorsFile> files) {
    Hasher hasher;
    hasher.number(files.size());
    for (const auto& file : files)
        hasher.sized(file.bytes());
    return hasher.finish();
}

Hash128 Fingerprint::root() const {
    Hasher hasher;
    hasher.text("longview memory state 1");
    hasher.hash(weights);
    hasher.text(config);
    hasher.hash(tokenizer);
    hasher.text(numerics);
    return hasher.finish();
}

std::string canonical(const ModelConfig& config) {
    // A field that is added to the struct and not here does not compile. `unquoted_answers` and
    // `tested_tokens` have no line of their own: they change how an answer is spelled and what is said of it,
    // not what is remembered.
    const auto& [vocab_size, hidden_size, intermediate_size, layers, heads, kv_heads, head_dim, rms_norm_eps,
                 rope_theta, rope_scaling, tied_embeddings, memory_tokens, segment_size, d_mem, bos_token,
                 eos_token, question_token, answer_token, newline_token, unquoted_answers, memory_span,
                 tested_tokens] = config;
    static_cast<void>(unquoted_answers);
    static_cast<void>(tested_tokens);
    Lines lines;
    lines.add("vocab_size", vocab_size);
    lines.add("hidden_size", hidden_size);
    lines.add("intermediate_size", intermediate_size);
    lines.add("layers", layers);
    lines.add("heads", heads);
    lines.add("kv_heads", kv_heads);
    lines.add("head_dim", head_dim);
    lines.add("rms_norm_eps", rms_norm_eps);
    lines.add("rope_theta", rope_theta);
    lines.add("rope_scaling", rope_scaling);
    lines.add("tied_embeddings", tied_embeddings);
    lines.add("memory_tokens", memory_tokens);
    lines.add("segment_size", segment_size);
    lines.add("d_mem", d_mem);
    lines.add("bos_token", bos_token);
    lines.add("eos_token", eos_token);
    lines.add("question_token", question_token);
    lines.add("answer_token", answer_token);
    lines.add("newline_token", newline_token);
    if (memory_span) // without one, the text is what it was before there were spans
        lines.add("memory_span", *memory_span);
    return lines.take();
}

std::vector<Hash128> segment_chain(const Hash128& root, std::span<const TokenId> tokens, int segment_size) {
    if (segment_size < 1)
        throw std::invalid_argument("segment_chain: segment_size must be at least 1");
    const auto n = static_cast<std::size_t>(segment_size);
    std::vector<Hash128> chain;
    chain.reserve(tokens.size() / n);
    Hash128 previous = root;
    std::vector<std::byte> link(previous.bytes.size() + 4 * n);
    for (std::size_t begin = 0; begin + n <= tokens.size(); begin += n) {
        auto out = std::ranges::copy(std::as_bytes(std::span(previous.bytes)), link.begin()).out;
        for (const auto id : tokens.subspan(begin, n)) // each as 4 bytes, little-endian
            for (unsigned shift = 0; shift < 32; shift += 8)
                *out++ = static_cast<std::byte>((static_cast<std::uint32_t>(id) >> shift) & 0xFFU);
        previous = hash_bytes(link);
        chain.push_back(previous);
    }
    return chain;
}

} // namespace longview
