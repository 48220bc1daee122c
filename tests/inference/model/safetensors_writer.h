#pragma once
// Writes safetensors files, right ones and deliberately wrong ones.

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QString>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "inference/model/safetensors.h"
#include "inference/values/error.h"

namespace test {

inline std::filesystem::path to_path(const QString& text) {
    return text.toStdString();
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
    // A new file each time: some file systems write an overwritten one to disk at once, which costs
    // milliseconds.
    std::filesystem::remove(path);
    QFile file(QString::fromStdString(path.string()));
    if (!file.open(QIODevice::WriteOnly) ||
        file.write(bytes.data(), static_cast<qint64>(bytes.size())) != static_cast<qint64>(bytes.size()))
        throw std::runtime_error("cannot write " + path.string());
}

inline std::string read_file(const std::filesystem::path& path) {
    QFile file(QString::fromStdString(path.string()));
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("cannot read " + path.string());
    return file.readAll().toStdString();
}

struct Tensor {
    std::string dtype = "F32";
    std::vector<std::int64_t> shape;
    std::string bytes;
};
using Tensors = std::map<std::string, Tensor>;

/// Length, header and data, as they stand in a file.
inline std::string file_bytes(const std::string& header, const std::string& data) {
    std::string bytes(8, '\0');
    const std::uint64_t length = header.size();
    for (std::size_t i = 0; i < 8; ++i)
        bytes[i] = static_cast<char>((length >> (8 * i)) & 0xFFU);
    return bytes + header + data;
}

inline std::string shape_json(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text.append(i ? "," : "").append(std::to_string(shape[i]));
    return text + "]";
}

inline std::string header_of(const Tensors& tensors) {
    std::string header = "{";
    std::size_t at = 0;
    for (const auto& [name, tensor] : tensors) {
        header.append(header.size() > 1 ? ",\"" : "\"").append(name);
        header.append(R"(":{"dtype":")").append(tensor.dtype);
        header.append(R"(","shape":)").append(shape_json(tensor.shape));
        header.append(R"(,"data_offsets":[)").append(std::to_string(at));
        header.append(",").append(std::to_string(at + tensor.bytes.size())).append("]}");
        at += tensor.bytes.size();
    }
    return header + "}";
}

inline std::string file_of(const Tensors& tensors) {
    std::string data;
    for (const auto& [name, tensor] : tensors)
        data += tensor.bytes;
    return file_bytes(header_of(tensors), data);
}

inline Tensors copy_of(const longview::SafetensorsFile& file) {
    Tensors tensors;
    for (const auto& [name, view] : file.tensors()) {
        Tensor tensor{std::string(longview::name_of(view.dtype)), view.shape,
                      std::string(view.data.size(), '\0')};
        if (!view.data.empty())
            std::memcpy(tensor.bytes.data(), view.data.data(), view.data.size());
        tensors.emplace(name, std::move(tensor));
    }
    return tensors;
}

/// The sentence of the model error that `action` must end with; empty when it ends otherwise.
inline std::string refusal(const std::function<void()>& action) {
    try {
        action();
    } catch (const longview::Error& error) {
        return error.kind() == longview::ErrorKind::model ? error.what() : "";
    }
    return "";
}

} // namespace test

/// The sentence of `action`'s refusal must hold `part`.
#define VERIFY_REFUSED(action, part)                                                                         \
    do {                                                                                                     \
        const std::string refused_with = test::refusal([&] { action; });                                     \
        QVERIFY2(refused_with.find(part) != std::string::npos,                                               \
                 ("\"" + std::string(part) + "\" is not in \"" + refused_with + "\"").c_str());              \
    } while (false)
