// Which files hold a model's weights.

#include <set>
#include <system_error>

#include "inference/model/describe.h"
#include "inference/model/json_document.h"
#include "inference/model/safetensors.h"
#include "inference/values/error.h"

namespace longview {
namespace {

constexpr std::size_t most_index_bytes = 64'000'000;
constexpr const char* single_name = "model.safetensors";
constexpr const char* index_name = "model.safetensors.index.json";

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
    throw Error(ErrorKind::model, path.string() + ": " + what + ".");
}

bool present(const std::filesystem::path& path) {
    std::error_code error;
    const auto type = std::filesystem::symlink_status(path, error).type();
    return type !=
           std::filesystem::file_type::not_found; // one that may not be looked at is reported when opened
}

/// A shard lies beside its index: nothing else may be named.
bool is_plain_name(const std::string& name) {
    return name.ends_with(".safetensors") &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

/// Tensor name → shard name.
std::map<std::string, std::string> read_index(const std::filesystem::path& path) {
    const auto index = parse_object(read_text_file(path, most_index_bytes), path.string());
    const auto weight_map = index.find("weight_map");
    if (weight_map == index.end())
        fail(path, "key \"weight_map\" is missing, expected an object of tensor and file names");
    if (!weight_map->is_object() || weight_map->empty())
        fail(path, "key \"weight_map\" is " + json_text(*weight_map) +
                       ", expected an object of tensor and file names");
    std::map<std::string, std::string> shards;
    for (const auto& [tensor, shard] : weight_map->items()) {
        if (!shard.is_string() || !is_plain_name(shard.get<std::string>()))
            fail(path, "tensor " + shown(tensor) + " is said to be in " + json_text(shard) +
                           ", expected the name of a .safetensors file in the same directory");
        shards.emplace(tensor, shard.get<std::string>());
    }
    return shards;
}

std::vector<SafetensorsFile> open_shards(const std::filesystem::path& directory) {
    const auto index_path = directory / index_name;
    const auto shard_of = read_index(index_path);
    std::set<std::string> names;
    for (const auto& [tensor, shard] : shard_of)
        names.insert(shard);

    std::vector<SafetensorsFile> files;
    std::map<std::string, const SafetensorsFile*> by_name;
    files.reserve(names.size()); // by_name points into it
    for (const auto& name : names) {
        const auto path = directory / name;
        if (!present(path))
            fail(path,
                 "is missing, though " + std::string(index_name) + " lists it; copy it beside that file");
        by_name[name] = &files.emplace_back(path);
    }
    for (const auto& [tensor, shard] : shard_of)
        if (!by_name.at(shard)->find(tensor))
            fail(directory / shard,
                 "tensor " + shown(tensor) + " is missing, though " + index_name + " lists it here");
    for (const auto& file : files)
        for (const auto& [tensor, view] : file.tensors())
            if (const auto listed = shard_of.find(tensor);
                listed != shard_of.end() && listed->second != file.path().filename())
                fail(file.path(), "tensor " + shown(tensor) + " is also in " + listed->second);
    return files;
}

} // namespace

std::vector<SafetensorsFile> open_model_files(const std::filesystem::path& directory) {
    std::error_code error;
    if (!std::filesystem::is_directory(directory, error))
        fail(directory, "is not a model directory (" + (error ? error.message() : "not a directory") + ")");
    if (present(directory / single_name)) {
        std::vector<SafetensorsFile> files;
        files.emplace_back(directory / single_name);
        return files;
    }
    if (present(directory / index_name))
        return open_shards(directory);
    fail(directory, "has neither " + std::string(single_name) + " nor " + index_name +
                        (present(directory / "pytorch_model.bin")
                             ? "; pytorch_model.bin is not supported, convert it to safetensors"
                             : "; choose a directory that holds a model"));
}

} // namespace longview
