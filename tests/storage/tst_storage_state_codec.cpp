// A state as bytes: without loss, and nothing wrong is ever decoded.

#include <QtTest>

#include <bit>
#include <limits>

#include "storage/state_codec.h"
#include "support.h"

using namespace longview;
using namespace longview::storage;
using namespace longview::storage::test;

class TestStateCodec : public QObject {
    Q_OBJECT

    const Hash128 key_ = key_of(1);

    static StateShape shape_of(const MemoryState& state) {
        return {state.layers, state.keys, state.hidden, state.segments, codec_parts_zstd};
    }
    /// Decoding must fail and leave the result alone.
    void verify_refused(const Hash128& key, const StateShape& shape, const Hash128& checksum,
                        std::span<const std::byte> data) {
        const MemoryState before = state_of(99, 9, 1, 1, 1);
        MemoryState result = before;
        QVERIFY(!decode_state(key, shape, checksum, data, result).empty());
        QVERIFY(same_bits(result, before));
    }
    void verify_round_trip(const MemoryState& state) {
        const EncodedState stored = encoded(key_, state);
        MemoryState decoded;
        QCOMPARE(decode_state(key_, shape_of(state), stored.checksum, stored.data, decoded), std::string());
        QVERIFY(same_bits(decoded, state));
    }

private slots:
    void roundTripsARealState() {
        for (const int segment : {0, 1}) {
            const MemoryState state = real_state(segment);
            QCOMPARE(state.bytes(), 7'096'320U);
            verify_round_trip(state);
            QVERIFY(encoded(key_, state).data.size() < state.bytes() * 75 / 100);
        }
    }

    void roundTripsOddSizesAndEveryKindOfFloat() {
        verify_round_trip(state_of(1, 0, 1, 1, 1));
        verify_round_trip(state_of(2, 1, 3, 5, 7));
        verify_round_trip(state_of(3, std::numeric_limits<std::int64_t>::max(), 1, 6, 13));
        MemoryState odd = state_of(4, 2, 1, 6, 1);
        odd.A = {std::numeric_limits<float>::quiet_NaN(), std::bit_cast<float>(0x7F800001U),        -0.0F,
                 std::numeric_limits<float>::infinity(),  std::numeric_limits<float>::denorm_min(), -1.5F};
        verify_round_trip(odd);
        MemoryState zero = state_of(5, 0, 2, 6, 8);
        std::fill(zero.A.begin(), zero.A.end(), 0.0F);
        verify_round_trip(zero);
    }

    // Sizes from the part's: just below, at and past, and with A ending inside a part.
    void roundTripsPartsOfEverySize() {
        constexpr int part = floats_in_part;
        for (const int hidden : {part - 2, part - 1, part, 2 * part - 1, 3 * part + 5})
            verify_round_trip(state_of(11, 3, 1, 1, hidden));
        verify_round_trip(state_of(12, 3, 1, part - 1, 2));
        verify_round_trip(state_of(13, 3, 2, part, 1));
    }

    void refusesPartsThatAreMissingOrInTheWrongOrder() {
        const MemoryState state = state_of(14, 4, 1, 1, 3 * floats_in_part - 1);
        std::vector<std::vector<std::byte>> parts;
        encode_state(state,
                     [&](std::span<const std::byte> part) { parts.emplace_back(part.begin(), part.end()); });
        QCOMPARE(parts.size(), 3U);
        const auto reason = [&](std::initializer_list<std::size_t> order, std::size_t claimed) {
            StateDecoder decoder(key_, shape_of(state), checksum_of(key_, state), claimed);
            for (const std::size_t part : order)
                decoder.add(parts[part]);
            MemoryState result;
            const std::string problem = decoder.finish(result);
            return problem.empty() && !same_bits(result, state) ? std::string("WRONG FLOATS") : problem;
        };
        QCOMPARE(reason({0, 1, 2}, 3), std::string());
        QCOMPARE(reason({0, 2, 1}, 3), std::string("its checksum does not match"));
        for (const auto& order : {std::initializer_list<std::size_t>{0, 1}, {0, 1, 2, 2}, {}})
            QCOMPARE(reason(order, 3), std::string("its size does not fit its shape"));
        for (const std::size_t claimed : {0U, 2U, 4U})
            QCOMPARE(reason({0, 1, 2}, claimed), std::string("its size does not fit its shape"));
        QCOMPARE(parts[1].size() > 1, true);
        parts[1][parts[1].size() / 2] ^= std::byte{1};
        QVERIFY(!reason({0, 1, 2}, 3).empty());
    }

    void refusesEveryTruncationAndExtension() {
        const MemoryState state = state_of(6, 4);
        EncodedState stored = encoded(key_, state);
        const std::span<const std::byte> all(stored.data);
        for (std::size_t size = 0; size < all.size(); ++size)
            verify_refused(key_, shape_of(state), stored.checksum, all.first(size));
        stored.data.push_back(std::byte{0});
        verify_refused(key_, shape_of(state), stored.checksum, stored.data);
        stored.data.pop_back();
        stored.data.insert(stored.data.end(), stored.data.begin(), stored.data.end()); // a second frame
        verify_refused(key_, shape_of(state), stored.checksum, stored.data);
    }

    // A few bits of a zstd frame mean nothing (an unused bit of its header): then the floats are the same.
    void neverGivesWrongFloatsForAFlippedBit() {
        const MemoryState state = state_of(7, 4);
        EncodedState stored = encoded(key_, state);
        int refused = 0;
        for (std::size_t bit = 0; bit < stored.data.size() * 8; ++bit) {
            const auto mask = static_cast<std::byte>(1U << (bit % 8));
            stored.data[bit / 8] ^= mask;
            MemoryState decoded;
            if (decode_state(key_, shape_of(state), stored.checksum, stored.data, decoded).empty())
                QVERIFY(same_bits(decoded, state));
            else
                ++refused;
            stored.data[bit / 8] ^= mask;
        }
        QVERIFY(refused > static_cast<int>(stored.data.size()) * 8 - 64);
    }

    void refusesColumnsThatWereChanged() {
        const MemoryState state = state_of(8, 4, 2, 6, 11);
        const EncodedState stored = encoded(key_, state);
        const StateShape right = shape_of(state);
        const auto refuse = [&](const StateShape& shape) {
            verify_refused(key_, shape, stored.checksum, stored.data);
        };
        refuse({6, 2, 11, 4, codec_parts_zstd}); // the same number of floats
        refuse({2, 6, 11, 5, codec_parts_zstd});
        refuse({2, 6, 11, -1, codec_parts_zstd});
        refuse({2, 6, 11, 4, 0});
        refuse({2, 6, 11, 4, codec_shuffled_zstd}); // whose frame holds all planes
        refuse({2, 6, 11, 4, 3});
        refuse({0, 6, 11, 4, codec_parts_zstd});
        refuse({-2, -6, 11, 4, codec_parts_zstd});
        verify_refused(key_of(2), right, stored.checksum, stored.data);
        verify_refused(key_, right, Hash128{}, stored.data);
    }

    void refusesClaimsOfAbsurdSizesBeforeAllocating() {
        const MemoryState state = state_of(9, 4);
        EncodedState stored = encoded(key_, state);
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
        for (const StateShape& shape :
             {StateShape{most, most, most, 4}, StateShape{1, 1, most, 4},
              StateShape{1LL << 32, 1LL << 32, 1, 4}, StateShape{1LL << 20, 1LL << 20, 1LL << 24, 4},
              StateShape{1, 1, 1LL << 29, 4}, StateShape{1, 1 << 14, 1 << 14, 4}})
            verify_refused(key_, shape, stored.checksum, stored.data);
        // A zstd frame header of its own that claims 2^62 bytes (RFC 8878, section 3.1.1).
        const std::array<unsigned char, 14> bomb{0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0,    0,
                                                 0,    0,    0,    0,    0,    0x40, 0x01};
        verify_refused(key_, shape_of(state), stored.checksum, std::as_bytes(std::span(bomb)));
    }

    void refusesToEncodeWhatContradictsItself() {
        MemoryState state = state_of(10, 1);
        state.A.pop_back();
        QVERIFY(!sentence_of([&] { require_storable(state); }).empty());
        state = state_of(10, 1);
        state.z.push_back(0);
        QVERIFY(!sentence_of([&] { require_storable(state); }).empty());
        QVERIFY(!sentence_of([&] { require_storable(MemoryState{}); }).empty());
        QVERIFY(!sentence_of([&] { require_storable(MemoryState{-1, 6, 8, 0, {}, {}}); }).empty());
    }
};

QTEST_GUILESS_MAIN(TestStateCodec)
#include "tst_storage_state_codec.moc"
