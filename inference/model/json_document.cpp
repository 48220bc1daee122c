#include "inference/model/json_document.h"

#include <cerrno>
#include <fstream>
#include <set>
#include <system_error>
#include <vector>

#include "inference/model/describe.h"
#include "inference/values/error.h"

namespace longview {
namespace {

constexpr int most_depth = 32;

[[noreturn]] void fail(const std::string& file, const std::string& what) {
    throw Error(ErrorKind::model, file + ": " + what + ".");
}

} // namespace

std::string read_text_file(const std::filesystem::path& path, std::size_t most_bytes) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (error || !std::filesystem::exists(status))
        fail(path.string(), "cannot be opened (" + error.message() + ")");
    if (!std::filesystem::is_regular_file(status))
        fail(path.string(), std::filesystem::is_directory(status)
                                ? "is a directory, expected a JSON file"
                                : "is not a regular file, expected a JSON file");
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    if (!stream)
        fail(path.string(), "cannot be opened (" + std::generic_category().message(errno) + ")");
    std::string text;
    std::vector<char> block(std::size_t{64} * 1024);
    while (stream && text.size() <= most_bytes) {
        stream.read(block.data(), static_cast<std::streamsize>(block.size()));
        text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
    }
    if (stream.bad())
        fail(path.string(), "cannot be read (" + std::generic_category().message(errno) + ")");
    if (text.size() > most_bytes)
        fail(path.string(),
             "has more than " + std::to_string(most_bytes) + " bytes, more than such a file needs");
    if (text.empty())
        fail(path.string(), "is empty, expected a JSON object");
    return text;
}

nlohmann::json parse_object(std::string_view text, const std::string& file) {
    using Event = nlohmann::json::parse_event_t;
    if (text.find('\0') != std::string_view::npos)
        fail(file, "holds a NUL byte; it is not a JSON file");
    std::vector<std::set<std::string>> keys; // of the objects that are open
    const auto check = [&](int depth, Event event, nlohmann::json& value) {
        if (depth > most_depth)
            fail(file, "is nested deeper than " + std::to_string(most_depth) + " levels");
        if (event == Event::object_start)
            keys.emplace_back();
        else if (event == Event::object_end)
            keys.pop_back();
        else if (event == Event::key && !keys.back().insert(value.get<std::string>()).second)
            fail(file, "key \"" + shown(value.get<std::string>()) + "\" is given twice");
        return true;
    };
    try {
        auto document = nlohmann::json::parse(text, check);
        if (!document.is_object())
            fail(file, "is " + json_text(document) + ", expected a JSON object");
        return document;
    } catch (const nlohmann::json::parse_error& error) {
        fail(file, "is not valid JSON (at byte " + std::to_string(error.byte) + ")");
    } catch (const nlohmann::json::out_of_range&) {
        fail(file, "holds a number that is too large");
    }
}

std::string json_text(const nlohmann::json& value) {
    if (value.is_object() && value.size() > 8)
        return "an object";
    if (value.is_array() && value.size() > 16)
        return "an array of " + std::to_string(value.size());
    return shown(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

} // namespace longview
