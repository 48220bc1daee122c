#pragma once
// What the storage tests share: made-up and real states, child processes, caught errors.

#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <QByteArray>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "inference/model/identity.h"
#include "inference/values/error.h"
#include "inference/values/exchange.h"
#include "inference/values/memory_state.h"
#include "storage/database.h"
#include "storage/document_store.h"
#include "storage/memory_store.h"
#include "storage/state_codec.h"

namespace longview::storage::test {

inline Hash128 key_of(std::uint64_t number) {
    Hash128 key;
    std::mt19937_64 random(number);
    for (auto& byte : key.bytes)
        byte = static_cast<std::uint8_t>(random());
    return key;
}

inline std::vector<Hash128> chain_of(std::size_t length, std::uint64_t first = 1000) {
    std::vector<Hash128> chain;
    for (std::size_t i = 0; i < length; ++i)
        chain.push_back(key_of(first + i));
    return chain;
}

/// Random floats that do not compress well; the same number gives the same state.
inline MemoryState state_of(std::uint64_t number, std::int64_t segments, int layers = 2, int keys = 6,
                            int hidden = 8) {
    MemoryState state{layers, keys, hidden, segments, {}, {}};
    std::mt19937_64 random(number);
    std::normal_distribution<float> normal;
    state.A.resize(state.layer_A() * static_cast<std::size_t>(layers));
    state.z.resize(state.layer_z() * static_cast<std::size_t>(layers));
    for (float& value : state.A)
        value = normal(random);
    for (float& value : state.z)
        value = normal(random);
    return state;
}

struct EncodedState {
    std::vector<std::byte> data; ///< the parts behind each other
    Hash128 checksum;
};

inline EncodedState encoded(const Hash128& key, const MemoryState& state) {
    EncodedState result{{}, checksum_of(key, state)};
    encode_state(state, [&](std::span<const std::byte> part) {
        result.data.insert(result.data.end(), part.begin(), part.end());
    });
    return result;
}

/// Bit by bit: floats compare not-a-number as different and the zeros as equal.
inline bool same_bits(const MemoryState& a, const MemoryState& b) {
    const auto same = [](const std::vector<float>& left, const std::vector<float>& right) {
        return left.size() == right.size() &&
               std::memcmp(left.data(), right.data(), left.size() * sizeof(float)) == 0;
    };
    return a.layers == b.layers && a.keys == b.keys && a.hidden == b.hidden && a.segments == b.segments &&
           same(a.A, b.A) && same(a.z, b.z);
}

/// The default model's memory after the golden case's `segment`-th segment, 0 or 1.
inline MemoryState real_state(int segment) {
    QFile file(QStringLiteral(FIXTURES "/default/expected.safetensors"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("the default model's golden case is missing");
    const QByteArray bytes = file.readAll();
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.constData(), sizeof header);
    const QJsonObject entries =
        QJsonDocument::fromJson(bytes.mid(8, static_cast<qsizetype>(header))).object();
    const auto tensor = [&](const QString& name) {
        const QJsonArray range = entries[name].toObject()[QStringLiteral("data_offsets")].toArray();
        const auto begin = static_cast<std::size_t>(range[0].toInteger());
        const auto end = static_cast<std::size_t>(range[1].toInteger());
        std::vector<float> values((end - begin) / sizeof(float));
        std::memcpy(values.data(), bytes.constData() + 8 + header + begin, end - begin);
        return values;
    };
    const QString name = QStringLiteral("memory.%1.").arg(segment);
    return {
        12, 384, 384, segment + 1, tensor(name + QStringLiteral("A")), tensor(name + QStringLiteral("z"))};
}

inline DocumentRecord document_of(const std::string& name) {
    DocumentRecord record;
    record.content_hash = "hash of " + name;
    record.path = "/books/" + name + ".txt";
    record.title = name;
    record.bytes = 1000;
    record.tokens = 300;
    return record;
}

inline Exchange exchange_of(const std::string& question) {
    Exchange exchange;
    exchange.question = question;
    exchange.answer = "Because.";
    exchange.asked_at = "2025-01-31T12:00:00Z";
    return exchange;
}

inline std::filesystem::path path_in(const QTemporaryDir& directory, const char* name = "library.db") {
    return std::filesystem::path(directory.path().toStdString()) / name;
}

/// The sentence of the Error(storage) that `work` throws; empty when it throws nothing.
inline std::string sentence_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.kind() == ErrorKind::storage ? error.what() : std::string("WRONG KIND: ") + error.what();
    }
    return {};
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Only while no connection of this process has the file open: closing it would cancel that connection's
// locks.
inline std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

} // namespace longview::storage::test
