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
// and exponents repeat where mantissas do not: the last plane shrinks to 0.27 or 0.41 of its size at level 1,
// while the others only lose the zeros of slots that were never written, which a fast level finds as well.
// Each plane is a zstd frame of its own, so that four threads work on one state. Stored bytes of 1, and MB/s
// in and out on one core, of the default model's memory after 5 segments and of one in the shape of
// Llama-3.2-1B (random weights, 4 segments, 50 MB):
//   zstd 1 alone           0.679   790  1460   0.942  733  1104
//   all planes, level 1    0.604               0.851  488  2269
//   all planes, level 9    0.598               0.844   60  1566
//   planes, these levels   0.602               0.851
constexpr std::size_t planes_of_a_float = 4;
constexpr std::array<int, planes_of_a_float> zstd_levels{-5, -5, -5, 1};

/// Floats that are taken at a time, so that what is between them and zstd stays in the cache.
constexpr std::size_t block = 1 << 16;

/// Below this, threads cost more than they give.
constexpr std::size_t bytes_worth_threads = 1 << 20;

/// Calls work(0) … work(3), at once when it pays.
void for_each_plane(std::size_t bytes, const std::function<void(std::size_t)>& work) {
    std::vector<std::future<void>> others;
    const auto policy = bytes < bytes_worth_threads ? std::launch::deferred : std::launch::async;
    for (std::size_t plane = 0; plane + 1 < planes_of_a_float; ++plane)
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

void check_zstd(std::size_t result) {
    if (ZSTD_isError(result) != 0U)
        throw Error(ErrorKind::storage, std::string("Storing a memory failed: it cannot be compressed (") +
                                            ZSTD_getErrorName(result) +
                                            "). Close other programs and try again.");
}

struct FreeZstd {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// Compresses the bytes `plane` of A's and then z's floats into `out`; returns the frame's size.
std::size_t compress_plane(const MemoryState& state, std::size_t plane, std::span<std::byte> out) {
    const std::unique_ptr<ZSTD_CCtx, FreeZstd> context(ZSTD_createCCtx());
    if (!context)
        throw std::bad_alloc();
    check_zstd(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, zstd_levels.at(plane)));
    check_zstd(ZSTD_CCtx_setPledgedSrcSize(context.get(), state.A.size() + state.z.size()));
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    std::array<std::uint8_t, block> bytes;
    const auto shift = static_cast<unsigned>(8 * plane);
    const auto feed = [&](std::span<const float> values, bool last) {
        while (!values.empty()) {
            const std::size_t count = std::min(values.size(), block);
            for (std::size_t i = 0; i < count; ++i)
                bytes[i] = static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(values[i]) >> shift);
            values = values.subspan(count);
            const auto end = last && values.empty() ? ZSTD_e_end : ZSTD_e_continue;
            ZSTD_inBuffer input{bytes.data(), count, 0};
            std::size_t left = 1; // `out` holds the worst case, so that each round makes progress
            while (input.pos < input.size || (end == ZSTD_e_end && left != 0)) {
                left = ZSTD_compressStream2(context.get(), &output, &input, end);
                check_zstd(left);
            }
        }
    };
    feed(state.A, false);
    feed(state.z, true);
    return output.pos;
}

/// Gives the bytes of one frame in order.
class PlaneReader {
public:
    explicit PlaneReader(std::span<const std::byte> frame)
        : context_(ZSTD_createDCtx()), input_{frame.data(), frame.size(), 0} {
        if (!context_)
            throw std::bad_alloc();
    }
    /// False when the frame is broken or ends early.
    bool read(std::uint8_t* bytes, std::size_t count) {
        ZSTD_outBuffer output{bytes, count, 0};
        while (output.pos < count) {
            const std::size_t before = input_.pos + output.pos;
            if (ZSTD_isError(ZSTD_decompressStream(context_.get(), &output, &input_)) != 0U ||
                input_.pos + output.pos == before)
                return false;
        }
        return true;
    }

private:
    std::unique_ptr<ZSTD_DCtx, FreeZstd> context_;
    ZSTD_inBuffer input_;
};

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

float join(std::uint8_t b0, std::uint8_t b1, std::uint8_t b2, std::uint8_t b3) {
    return std::bit_cast<float>(std::uint32_t{b0} | std::uint32_t{b1} << 8U | std::uint32_t{b2} << 16U |
                                std::uint32_t{b3} << 24U);
}

/// Fills A and z from a frame for each plane.
bool decode_planes(const Frames& frames, MemoryState& state) {
    std::vector<PlaneReader> readers(frames.begin(), frames.end());
    std::array<std::array<std::uint8_t, block>, planes_of_a_float> bytes;
    for (std::vector<float>* values : {&state.A, &state.z}) {
        for (std::size_t first = 0; first < values->size(); first += block) {
            const std::size_t count = std::min(block, values->size() - first);
            for (std::size_t plane = 0; plane < planes_of_a_float; ++plane) {
                if (!readers[plane].read(bytes[plane].data(), count))
                    return false;
            }
            float* value = values->data() + first;
            for (std::size_t i = 0; i < count; ++i)
                value[i] = join(bytes[0][i], bytes[1][i], bytes[2][i], bytes[3][i]);
        }
    }
    return true;
}

/// Fills A and z from one frame that holds plane after plane.
bool decode_shuffled(std::span<const std::byte> frame, MemoryState& state) {
    const std::size_t total = state.A.size() + state.z.size();
    const auto planes = std::make_unique_for_overwrite<std::uint8_t[]>(total * planes_of_a_float);
    const std::size_t size = total * planes_of_a_float;
    if (ZSTD_decompress(planes.get(), size, frame.data(), frame.size()) != size)
        return false;
    const std::uint8_t* plane = planes.get();
    for (std::vector<float>* values : {&state.A, &state.z}) {
        for (std::size_t i = 0; i < values->size(); ++i)
            (*values)[i] = join(plane[i], plane[total + i], plane[2 * total + i], plane[3 * total + i]);
        plane += values->size();
    }
    return true;
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
    const std::size_t room = ZSTD_compressBound(raw / planes_of_a_float) + block;
    EncodedState encoded;
    encoded.data.resize(planes_of_a_float * room);
    std::array<std::size_t, planes_of_a_float> sizes{};
    for_each_plane(raw, [&](std::size_t plane) {
        sizes.at(plane) = compress_plane(state, plane, std::span(encoded.data).subspan(plane * room, room));
    });
    std::size_t end = sizes.front();
    for (std::size_t plane = 1; plane < planes_of_a_float; ++plane) {
        std::memmove(encoded.data.data() + end, encoded.data.data() + plane * room, sizes.at(plane));
        end += sizes.at(plane);
    }
    encoded.data.resize(end);
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
    MemoryState decoded{static_cast<int>(shape.layers),
                        static_cast<int>(shape.keys),
                        static_cast<int>(shape.hidden),
                        shape.segments,
                        {},
                        {}};
    decoded.A.resize(decoded.layer_A() * static_cast<std::size_t>(decoded.layers));
    decoded.z.resize(decoded.layer_z() * static_cast<std::size_t>(decoded.layers));
    if (!(frames.size() == 1 ? decode_shuffled(frames.front(), decoded) : decode_planes(frames, decoded)))
        return "it cannot be decompressed";
    if (checksum_of(key, decoded) != checksum)
        return "its checksum does not match";
    state = std::move(decoded);
    return {};
}

} // namespace longview::storage
