#include "storage/state_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <sys/mman.h>
#include <thread>
#include <utility>

#include <xxhash.h>
#include <zstd.h>

#include "inference/values/error.h"

namespace longview::storage {

static_assert(std::endian::native == std::endian::little,
              "checksums and blobs are those of little-endian floats");

namespace {

// A part is a run of floats of A and then z, split into four planes: all lowest bytes first, all highest
// bytes last, each plane a zstd frame of its own. Signs and exponents repeat where mantissas do not, as
// single bytes rather than in runs: zstd's matches must be long to be worth more than its entropy coder (a
// minimum of 7 bytes, few remembered places). Against its level 1 that takes a third of the time and gives
// 0.398 of the plane instead of 0.419 (random weights in the shape of Llama-3.2-1B, 50 MB); the other planes
// only lose the zeros of slots that were never written, which the same settings find.
constexpr std::size_t planes_of_a_float = 4;
constexpr int level = 1, shortest_match = 7, hash_log = 6;

constexpr auto* wrong_size = "its size does not fit its shape";

struct FreeXxh {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

/// Floats of A and z together, or 0 when the shape makes no sense or asks for too much.
std::size_t floats_of(const StateShape& shape) {
    constexpr std::int64_t limit = largest_state_bytes / static_cast<std::int64_t>(sizeof(float));
    const auto in_range = [](std::int64_t value) {
        return value >= 1 && value <= limit && value <= std::numeric_limits<int>::max();
    };
    if (!in_range(shape.layers) || !in_range(shape.keys) || !in_range(shape.hidden) || shape.segments < 0)
        return 0;
    if (shape.keys > limit / shape.layers)
        return 0;
    const std::int64_t z = shape.layers * shape.keys;
    if (shape.hidden + 1 > limit / z)
        return 0;
    return static_cast<std::size_t>(z * (shape.hidden + 1));
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

/// Calls use(floats, place in the run) for the piece of A and the piece of z that the run of `count` floats
/// from `first` of A and then z lies in.
template <class State, class Use>
void for_each_piece(State& state, std::size_t first, std::size_t count, const Use& use) {
    const std::size_t in_A =
        first < state.A.size() ? std::min(count, state.A.size() - first) : std::size_t{0};
    if (in_A > 0)
        use(std::span(state.A).subspan(first, in_A), std::size_t{0});
    if (in_A < count)
        use(std::span(state.z).subspan(first + in_A - state.A.size(), count - in_A), in_A);
}

/// Keeps its buffers from part to part: fresh memory costs as much as what is done in it.
class PartEncoder {
public:
    PartEncoder()
        : context_(ZSTD_createCCtx()),
          room_(planes_of_a_float * ZSTD_compressBound(floats_in_part)),
          bytes_(std::make_unique_for_overwrite<std::byte[]>(room_)),
          plane_(std::make_unique_for_overwrite<std::uint8_t[]>(floats_in_part)) {
        if (!context_)
            throw std::bad_alloc();
        for (const auto& [parameter, value] :
             {std::pair{ZSTD_c_compressionLevel, level}, std::pair{ZSTD_c_minMatch, shortest_match},
              std::pair{ZSTD_c_hashLog, hash_log}})
            check_zstd(ZSTD_CCtx_setParameter(context_.get(), parameter, value));
    }

    /// Valid until the next call.
    std::span<const std::byte> encode(const MemoryState& state, std::size_t first, std::size_t count) {
        std::size_t end = 0;
        for (std::size_t byte = 0; byte < planes_of_a_float; ++byte) {
            take_plane(state, first, count, static_cast<unsigned>(8 * byte));
            const std::size_t size =
                ZSTD_compress2(context_.get(), bytes_.get() + end, room_ - end, plane_.get(), count);
            check_zstd(size);
            end += size;
        }
        return {bytes_.get(), end};
    }

private:
    void take_plane(const MemoryState& state, std::size_t first, std::size_t count, unsigned shift) {
        for_each_piece(state, first, count, [&](std::span<const float> values, std::size_t at) {
            std::uint8_t* out = plane_.get() + at;
            for (std::size_t i = 0; i < values.size(); ++i)
                out[i] = static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(values[i]) >> shift);
        });
    }

    std::unique_ptr<ZSTD_CCtx, FreeZstd> context_;
    std::size_t room_;
    std::unique_ptr<std::byte[]> bytes_;
    std::unique_ptr<std::uint8_t[]> plane_;
};

float join(std::uint8_t b0, std::uint8_t b1, std::uint8_t b2, std::uint8_t b3) {
    return std::bit_cast<float>(std::uint32_t{b0} | std::uint32_t{b1} << 8U | std::uint32_t{b2} << 16U |
                                std::uint32_t{b3} << 24U);
}

/// Fills `count` floats from `first` on from planes that lie behind each other.
void join_planes(const std::uint8_t* planes, std::size_t first, std::size_t count, MemoryState& state) {
    for_each_piece(state, first, count, [&](std::span<float> values, std::size_t at) {
        const std::uint8_t* plane = planes + at;
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = join(plane[i], plane[count + i], plane[2 * count + i], plane[3 * count + i]);
    });
}

std::size_t frames_in_part(std::int64_t codec) {
    return codec == codec_parts_zstd ? planes_of_a_float : 1;
}

/// Bytes of the part that `data` begins with; 0 when that is not `frames` frames of `content` bytes each.
std::size_t part_size(std::span<const std::byte> data, std::size_t frames, std::size_t content) {
    std::size_t end = 0;
    for (std::size_t frame = 0; frame < frames; ++frame) {
        const auto rest = data.subspan(end);
        const std::size_t size = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
        if (ZSTD_isError(size) != 0U || ZSTD_getFrameContentSize(rest.data(), rest.size()) != content)
            return 0;
        end += size;
    }
    return end;
}

/// Parts that are under way at a time.
std::size_t parts_at_once() {
    return std::max(3U, std::thread::hardware_concurrency() + 1);
}
/// With a single part a thread is not worth its start.
std::launch policy_for(std::size_t floats) {
    return floats <= floats_in_part ? std::launch::deferred : std::launch::async;
}

/// `values` with `count` zeros, in large pages where the system has them: touching 50 MB in small ones for
/// the first time takes longer than decompressing them.
void fill_with_zeros(std::vector<float>& values, std::size_t count) {
    constexpr std::size_t large_page = std::size_t{2} << 20;
    values.reserve(count);
    auto* bytes = reinterpret_cast<std::byte*>(values.data());
    const std::size_t past = reinterpret_cast<std::uintptr_t>(bytes) % large_page;
    const std::size_t skipped = past == 0 ? 0 : large_page - past, size = count * sizeof(float);
    if (size >= skipped + large_page) // a wish: where it is not granted, everything goes on as well
        ::madvise(bytes + skipped, (size - skipped) / large_page * large_page, MADV_HUGEPAGE);
    values.resize(count);
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

void require_storable(const MemoryState& state) {
    const auto layers = static_cast<std::size_t>(state.layers);
    if (floats_of({state.layers, state.keys, state.hidden, state.segments}) == 0 ||
        state.A.size() != layers * state.layer_A() || state.z.size() != layers * state.layer_z())
        throw Error(ErrorKind::storage,
                    "Storing a memory failed: its tensors hold " + std::to_string(state.bytes()) +
                        " bytes, which does not fit its shape " + std::to_string(state.layers) + " x " +
                        std::to_string(state.keys) + " x " + std::to_string(state.hidden) +
                        " or the limit of 2 GiB. Take a shorter document or another model.");
}

void encode_state(const MemoryState& state, const std::function<void(std::span<const std::byte>)>& store) {
    const std::size_t floats = state.A.size() + state.z.size();
    const std::size_t parts = (floats + floats_in_part - 1) / floats_in_part;
    std::vector<PartEncoder> encoders(std::min(parts, parts_at_once()));
    std::deque<std::future<std::span<const std::byte>>> under_way; // one for each encoder at most
    for (std::size_t next = 0, stored = 0; stored < parts; ++stored) {
        for (; next < parts && under_way.size() < encoders.size(); ++next)
            under_way.push_back(std::async(policy_for(floats), [&, next] {
                const std::size_t first = next * floats_in_part;
                return encoders[next % encoders.size()].encode(state, first,
                                                               std::min(floats_in_part, floats - first));
            }));
        store(under_way.front().get());
        under_way.pop_front();
    }
}

/// Keeps its buffers from part to part, as PartEncoder does.
class StateDecoder::Part {
public:
    Part() : context_(ZSTD_createDCtx()) {
        if (!context_)
            throw std::bad_alloc();
    }
    void take(std::span<const std::byte> bytes) { bytes_.assign(bytes.begin(), bytes.end()); }
    /// False when the frames, which the bytes consist of, are broken.
    bool decode(std::size_t frames, std::size_t first, std::size_t count, MemoryState& state) {
        const std::size_t content = planes_of_a_float * count / frames;
        planes_.resize(planes_of_a_float * count);
        std::span<const std::byte> rest(bytes_);
        for (std::size_t frame = 0; frame < frames; ++frame) {
            const std::size_t size = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
            if (ZSTD_isError(size) != 0U ||
                ZSTD_decompressDCtx(context_.get(), planes_.data() + frame * content, content, rest.data(),
                                    size) != content)
                return false;
            rest = rest.subspan(size);
        }
        join_planes(planes_.data(), first, count, state);
        return true;
    }

private:
    std::unique_ptr<ZSTD_DCtx, FreeZstd> context_;
    std::vector<std::byte> bytes_;
    std::vector<std::uint8_t> planes_;
};

StateDecoder::StateDecoder(const Hash128& key, const StateShape& shape, const Hash128& checksum,
                           std::size_t parts)
    : key_(key), shape_(shape), checksum_(checksum), floats_(floats_of(shape)) {
    const std::size_t floats = shape.codec == codec_parts_zstd ? floats_in_part : floats_;
    if (shape.codec != codec_shuffled_zstd && shape.codec != codec_parts_zstd)
        problem_ = "its format " + std::to_string(shape.codec) + " is unknown";
    else if (floats_ == 0)
        problem_ = "its shape makes no sense";
    else if (parts != (floats_ + floats - 1) / floats)
        problem_ = wrong_size;
}

StateDecoder::~StateDecoder() = default;

void StateDecoder::allocate() {
    state_.layers = static_cast<int>(shape_.layers);
    state_.keys = static_cast<int>(shape_.keys);
    state_.hidden = static_cast<int>(shape_.hidden);
    state_.segments = shape_.segments;
    const auto layers = static_cast<std::size_t>(state_.layers);
    fill_with_zeros(state_.A, state_.layer_A() * layers);
    fill_with_zeros(state_.z, state_.layer_z() * layers);
}

void StateDecoder::refuse(const char* reason) {
    if (problem_.empty())
        problem_ = reason;
}

void StateDecoder::wait_for(std::size_t most) {
    for (; under_way_.size() > most; under_way_.pop_front())
        if (!under_way_.front().get())
            refuse("it cannot be decompressed");
}

void StateDecoder::add(std::span<const std::byte> part) {
    if (!problem_.empty())
        return;
    const std::size_t frames = frames_in_part(shape_.codec);
    const std::size_t left = floats_ - taken_;
    const std::size_t count = shape_.codec == codec_parts_zstd ? std::min(floats_in_part, left) : left;
    if (left == 0 || part.empty() ||
        part_size(part, frames, planes_of_a_float * count / frames) != part.size())
        return refuse(wrong_size);
    if (taken_ == 0)
        allocate();
    if (parts_.size() < parts_at_once())
        parts_.push_back(std::make_unique<Part>());
    else
        wait_for(parts_.size() - 1); // the part that comes next is then free
    Part& next = *parts_[begun_++ % parts_at_once()];
    next.take(part);
    under_way_.push_back(std::async(policy_for(floats_), [this, &next, frames, first = taken_, count] {
        return next.decode(frames, first, count, state_);
    }));
    taken_ += count;
}

std::string StateDecoder::finish(MemoryState& state) {
    wait_for(0);
    if (taken_ != floats_)
        refuse(wrong_size);
    if (problem_.empty() && checksum_of(key_, state_) != checksum_)
        refuse("its checksum does not match");
    if (problem_.empty())
        state = std::move(state_);
    return problem_;
}

std::string decode_state(const Hash128& key, const StateShape& shape, const Hash128& checksum,
                         std::span<const std::byte> data, MemoryState& state) {
    std::vector<std::span<const std::byte>> parts;
    if (shape.codec == codec_parts_zstd) {
        for (std::size_t left = floats_of(shape); left > floats_in_part; left -= floats_in_part) {
            const std::size_t size = part_size(data, planes_of_a_float, floats_in_part);
            if (size == 0)
                return wrong_size;
            parts.push_back(data.first(size));
            data = data.subspan(size);
        }
    }
    parts.push_back(data);
    StateDecoder decoder(key, shape, checksum, parts.size());
    for (const auto part : parts)
        decoder.add(part);
    return decoder.finish(state);
}

} // namespace longview::storage
