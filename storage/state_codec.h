#pragma once
// A memory state as bytes: compressed without loss, and checked end to end. Internal to this folder.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "inference/model/identity.h"
#include "inference/values/memory_state.h"

namespace longview::storage {

/// Numbers of the formats; a library may hold several.
inline constexpr std::int64_t codec_shuffled_zstd = 1; ///< one part, one zstd frame; only read
inline constexpr std::int64_t codec_parts_zstd = 2;    ///< parts, each a zstd frame for each byte plane

/// Floats in a part; the last may have fewer.
inline constexpr std::size_t floats_in_part = std::size_t{1} << 17;

/// A larger state is neither written nor believed: ten times the state of an 8B model.
inline constexpr std::int64_t largest_state_bytes = std::int64_t{2} << 30;

/// What the row of a state says about its parts. Untrusted, like them.
struct StateShape {
    std::int64_t layers = 0, keys = 0, hidden = 0, segments = 0;
    std::int64_t codec = codec_parts_zstd;
};

/// XXH3-128 of the key, the shape and the floats as the engine gets them: what is verified is the whole way
/// from the engine to the disk and back, this file's code and zstd included, and a row whose columns were
/// changed or exchanged does not pass either. A checksum of the compressed bytes would see none of that.
Hash128 checksum_of(const Hash128& key, const MemoryState& state);

/// Throws Error(storage) when the tensors do not have the sizes the state claims, or are too large.
void require_storable(const MemoryState& state);

/// Gives the parts in order to `store`, on the calling thread; other threads compress those that follow in
/// the meantime. Precondition: require_storable().
void encode_state(const MemoryState& state, const std::function<void(std::span<const std::byte>)>& store);

/// Takes the parts of a state in order; other threads decompress them while the caller fetches the next one.
/// Used by one thread.
class StateDecoder {
public:
    /// `parts`: how many there are. Nothing is allocated before that was found to be what the shape needs.
    StateDecoder(const Hash128& key, const StateShape& shape, const Hash128& checksum, std::size_t parts);
    ~StateDecoder();
    StateDecoder(const StateDecoder&) = delete;
    StateDecoder& operator=(const StateDecoder&) = delete;

    /// Copies the part.
    void add(std::span<const std::byte> part);
    /// Fills `state`; returns why it cannot, or an empty text.
    std::string finish(MemoryState& state);

private:
    class Part;
    void allocate();
    void refuse(const char* reason);
    void wait_for(std::size_t most);

    Hash128 key_;
    StateShape shape_;
    Hash128 checksum_;
    std::size_t floats_ = 0; ///< in the whole state, as the shape says
    std::size_t taken_ = 0;  ///< of them, in the parts so far
    std::string problem_;
    MemoryState state_;
    std::vector<std::unique_ptr<Part>> parts_; ///< used in turn
    std::size_t begun_ = 0;
    std::deque<std::future<bool>> under_way_; ///< last: they write to all that
};

/// The same for parts that lie behind each other in `data`.
std::string decode_state(const Hash128& key, const StateShape& shape, const Hash128& checksum,
                         std::span<const std::byte> data, MemoryState& state);

} // namespace longview::storage
