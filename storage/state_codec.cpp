#include "storage/state_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <new>
#include <utility>

#include <xxhash.h>
#include <zstd.h>

#include "inference/values/error.h"

namespace longview::storage {

static_assert(std::endian::native == std::endian::little,
              "checksums and blobs are those of little-endian floats");

namespace {

// The floats of A and then z, split into four planes: all lowest bytes first, all highest bytes last. Signs
// and exponents repeat where mantissas do not: the last plane shrinks to a quarter or less at level 1, while
// the others only lose the zeros of slots that were never written, which a fast level finds as well. Each
// plane is a zstd frame of its own, so that four threads work on one state. MEASURED
constexpr int planes_of_a_float = 4;
constexpr std::array zstd_levels{-5, -5, -5, 1};

/// The bytes `plane` of A's and then z's floats.
void gather(const MemoryState& state, int plane, std::uint8_t* bytes) {
    const auto shift = static_cast<unsigned>(8 * plane);
    for (const std::vector<float>* values : {&state.A, &state.z}) {
        const float* value = values->data();
        for (std::size_t i = 0; i < values->size(); ++i)
            bytes[i] = static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(value[i]) >> shift);
        bytes += values->size();
    }
}

void unshuffle(const std::uint8_t* planes, std::size_t first, std::size_t total, std::span<float> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint32_t bits = std::uint32_t{planes[first + i]} |
                                   std::uint32_t{planes[total + first + i]} << 8U |
                                   std::uint32_t{planes[2 * total + first + i]} << 16U |
                                   std::uint32_t{planes[3 * total + first + i]} << 24U;
        values[i] = std::bit_cast<float>(bits);
    }
}

/// Below this, threads cost more than they give.
constexpr std::size_t bytes_worth_threads = 1 << 20;

/// Calls work(0) … work(3), at once when it pays.
void for_each_plane(std::size_t bytes, const std::function<void(int)>& work) {
    std::vector<std::future<void>> others;
    const auto policy = bytes < bytes_worth_threads ? std::launch::deferred : std::launch::async;
    for (int plane = 0; plane + 1 < planes_of_a_float; ++plane)
        others.push_back(std::async(policy, work, plane));
    work(planes_of_a_float - 1); // the one that takes longest
    for (auto& other : others)
        other.get();
}

struct FreeXxh {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

/// Bytes of A and z together, or 0 when the shape makes no sense or asks for too much.
std::int64_t raw_bytes_of(const StateShape& shape) {
    constexpr std::int64_t limit = largest_state_bytes / static_cast<std::int64_t>(sizeof(float));
    const auto in_range = [](std::int64_t value) { return value >= 1 && value <= limit; };
    if (!in_range(shape.layers) || !in_range(shape.keys) || !in_range(shape.hidden) || shape.segments < 0)
        return 0;
    if (shape.keys > limit / shape.layers)
        return 0;
    const std::int64_t z = shape.layers * shape.keys;
    if (shape.hidden + 1 > limit / z)
        return 0;
    return z * (shape.hidden + 1) * static_cast<std::int64_t>(sizeof(float));
}

StateShape shape_of(const MemoryState& state) {
    return {state.layers, state.keys, state.hidden, state.segments};
}

/// An uninitialized buffer: a vector would clear 50 MB only to have them overwritten.
struct Buffer {
    explicit Buffer(std::size_t count)
        : bytes(std::make_unique_for_overwrite<std::uint8_t[]>(count)), size(count) {}
    std::unique_ptr<std::uint8_t[]> bytes;
    std::size_t size;
};

std::vector<std::byte> compress(const Buffer& bytes, int level) {
    std::vector<std::byte> frame(ZSTD_compressBound(bytes.size));
    const std::size_t size = ZSTD_compress(frame.data(), frame.size(), bytes.bytes.get(), bytes.size, level);
    if (ZSTD_isError(size) != 0U)
        throw Error(ErrorKind::storage, std::string("Storing a memory failed: it cannot be compressed (") +
                                            ZSTD_getErrorName(size) +
                                            "). Close other programs and try again.");
    frame.resize(size);
    return frame;
}

using Frames = std::vector<std::span<const std::byte>>;

/// The `count` frames that `data` consists of, each of `content` bytes; none when it is anything else.
Frames split_frames(std::span<const std::byte> data, std::size_t count, std::size_t content) {
    Frames frames;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = ZSTD_findFrameCompressedSize(data.data(), data.size());
        if (ZSTD_isError(size) != 0U || ZSTD_getFrameContentSize(data.data(), data.size()) != content)
            return {};
        frames.push_back(data.first(size));
        data = data.subspan(size);
    }
    return data.empty() ? frames : Frames();
}

/// Frame after frame into `bytes`, `content` bytes each.
bool decompress(const Frames& frames, std::size_t content, std::uint8_t* bytes) {
    const auto one = [&](std::size_t i) {
        return ZSTD_decompress(bytes + i * content, content, frames[i].data(), frames[i].size()) == content;
    };
    if (frames.size() == 1)
        return one(0);
    std::array<bool, planes_of_a_float> good{};
    for_each_plane(frames.size() * content, [&](int plane) {
        const auto i = static_cast<std::size_t>(plane);
        good.at(i) = one(i);
    });
    return std::all_of(good.begin(), good.end(), [](bool value) { return value; });
}

} // namespace

Hash128 checksum_of(const Hash128& key, const MemoryState& state) {
    const std::unique_ptr<XXH3_state_t, FreeXxh> hash(XXH3_createState());
    if (!hash)
        throw std::bad_alloc();
    const std::array<std::int64_t, 4> shape{state.layers, state.keys, state.hidden, state.segments};
    XXH3_128bits_reset(hash.get());
    XXH3_128bits_update(hash.get(), key.bytes.data(), key.bytes.size());
    XXH3_128bits_update(hash.get(), shape.data(), sizeof shape);
    XXH3_128bits_update(hash.get(), state.A.data(), state.A.size() * sizeof(float));
    XXH3_128bits_update(hash.get(), state.z.data(), state.z.size() * sizeof(float));
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash.get()));
    Hash128 result;
    static_assert(sizeof canonical.digest == sizeof result.bytes);
    std::memcpy(result.bytes.data(), canonical.digest, sizeof canonical.digest);
    return result;
}

EncodedState encode_state(const Hash128& key, const MemoryState& state) {
    const auto raw = static_cast<std::size_t>(raw_bytes_of(shape_of(state)));
    const auto layers = static_cast<std::size_t>(state.layers);
    if (raw == 0 || state.A.size() != layers * state.layer_A() || state.z.size() != layers * state.layer_z())
        throw Error(ErrorKind::storage,
                    "Storing a memory failed: its tensors hold " + std::to_string(state.bytes()) +
                        " bytes, which does not fit its shape " + std::to_string(state.layers) + " x " +
                        std::to_string(state.keys) + " x " + std::to_string(state.hidden) +
                        " or the limit of 2 GiB. Use another model.");
    const std::size_t floats = raw / sizeof(float);
    std::array<std::vector<std::byte>, planes_of_a_float> frames;
    for_each_plane(raw, [&](int plane) {
        const Buffer bytes(floats);
        gather(state, plane, bytes.bytes.get());
        frames.at(static_cast<std::size_t>(plane)) =
            compress(bytes, zstd_levels.at(static_cast<std::size_t>(plane)));
    });
    EncodedState encoded;
    for (const auto& frame : frames)
        encoded.data.insert(encoded.data.end(), frame.begin(), frame.end());
    encoded.checksum = checksum_of(key, state);
    return encoded;
}

std::string decode_state(const Hash128& key, const StateShape& shape, const Hash128& checksum,
                         std::span<const std::byte> data, MemoryState& state) {
    const std::int64_t raw = raw_bytes_of(shape);
    constexpr auto largest_int = std::numeric_limits<int>::max();
    if (shape.codec != codec_shuffled_zstd && shape.codec != codec_planes_zstd)
        return "its format " + std::to_string(shape.codec) + " is unknown";
    if (raw == 0 || shape.layers > largest_int || shape.keys > largest_int || shape.hidden > largest_int)
        return "its shape makes no sense";
    const auto size = static_cast<std::size_t>(raw);
    const std::size_t frame_count = shape.codec == codec_planes_zstd ? planes_of_a_float : 1;
    const auto frames = split_frames(data, frame_count, size / frame_count);
    if (frames.empty())
        return "its size does not fit its shape";
    const Buffer planes(size);
    if (!decompress(frames, size / frame_count, planes.bytes.get()))
        return "it cannot be decompressed";

    const std::size_t floats = size / sizeof(float);
    MemoryState decoded{static_cast<int>(shape.layers),
                        static_cast<int>(shape.keys),
                        static_cast<int>(shape.hidden),
                        shape.segments,
                        {},
                        {}};
    decoded.A.resize(decoded.layer_A() * static_cast<std::size_t>(decoded.layers));
    decoded.z.resize(decoded.layer_z() * static_cast<std::size_t>(decoded.layers));
    unshuffle(planes.bytes.get(), 0, floats, decoded.A);
    unshuffle(planes.bytes.get(), decoded.A.size(), floats, decoded.z);
    if (checksum_of(key, decoded) != checksum)
        return "its checksum does not match";
    state = std::move(decoded);
    return {};
}

} // namespace longview::storage
