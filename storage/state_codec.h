#pragma once
// A memory state as bytes: compressed without loss, and checked end to end. Internal to this folder.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "inference/model/identity.h"
#include "inference/values/memory_state.h"

namespace longview::storage {

/// Numbers of the formats; a library may hold several.
inline constexpr std::int64_t codec_shuffled_zstd = 1; ///< the byte planes in one zstd frame; only read
inline constexpr std::int64_t codec_planes_zstd = 2;   ///< a frame for each byte plane

/// A larger state is neither written nor believed: ten times the state of an 8B model.
inline constexpr std::int64_t largest_state_bytes = std::int64_t{2} << 30;

struct EncodedState {
    std::vector<std::byte> data;
    Hash128 checksum;
};

/// What the row of a state says about its blob. Untrusted, like the blob.
struct StateShape {
    std::int64_t layers = 0, keys = 0, hidden = 0, segments = 0;
    std::int64_t codec = codec_planes_zstd;
};

/// XXH3-128 of the key, the shape and the floats as the engine gets them: what is verified is the whole way
/// from the engine to the disk and back, this file's code and zstd included, and a row whose columns were
/// changed or exchanged does not pass either. A checksum of the compressed bytes would see none of that.
Hash128 checksum_of(const Hash128& key, const MemoryState& state);

/// Throws Error(storage) when the tensors do not have the sizes the state claims, or are too large.
EncodedState encode_state(const Hash128& key, const MemoryState& state);

/// Fills `state`; returns why it cannot, or an empty text. Allocates nothing before the blob's claimed size
/// was found to be the one the shape needs.
std::string decode_state(const Hash128& key, const StateShape& shape, const Hash128& checksum,
                         std::span<const std::byte> data, MemoryState& state);

} // namespace longview::storage
