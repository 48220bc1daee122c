#pragma once
// What the tests of app/core share.

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>

#include <QTemporaryDir>
#include <QtTest>

#include "inference/values/error.h"

namespace longview::app::test {

/// A failure that the test did not provoke.
struct Caught {
    ErrorKind kind;
    std::string sentence;
};

/// What `work` throws; nothing when it throws nothing.
inline std::optional<Caught> error_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return Caught{error.kind(), error.what()};
    }
    return {};
}

inline std::filesystem::path path_of(const QTemporaryDir& directory) {
    return directory.path().toStdString();
}

inline std::string file_bytes(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline void put_file(const std::filesystem::path& file, const std::string& bytes) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace longview::app::test
