#pragma once
// Identity of a memory state: h₀ = H(weights, config, tokenizer, segment size, numerics); hₛ = H(hₛ₋₁, ids of
// segment s). The same chain prefix means the same state, bit for bit. H is XXH3-128: fast enough for
// gigabytes of weights; it guards against mistakes, not against somebody who builds a collision on purpose.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inference/model/safetensors.h"
#include "inference/values/model_config.h"

namespace longview {

/// 128 bits, big-endian (canonical XXH3-128).
struct Hash128 {
    std::array<std::uint8_t, 16> bytes{};
    std::string hex() const;
    auto operator<=>(const Hash128&) const = default;
};

Hash128 hash_bytes(std::span<const std::byte> data);
Hash128 hash_text(std::string_view text);
/// Of every byte of a model's weight files, in the order of `files`. Reads them all.
Hash128 hash_weights(std::span<const SafetensorsFile> files);

/// The parts of h₀.
struct Fingerprint {
    Hash128 weights;    ///< hash_weights of all weight files
    std::string config; ///< canonical text of ModelConfig
    Hash128 tokenizer;
    std::string numerics; ///< Backend::numerics()
    Hash128 root() const; ///< h₀
};

/// Canonical text of every field of `config`: equal if and only if the configs are, in any locale.
std::string canonical(const ModelConfig& config);

/// h₁ … h_S for the full segments of `tokens`; the tail (less than one segment) is not part of it.
/// Precondition: segment_size >= 1 (std::invalid_argument otherwise).
std::vector<Hash128> segment_chain(const Hash128& root, std::span<const TokenId> tokens, int segment_size);

} // namespace longview
