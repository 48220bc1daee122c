#include "inference/model/config_reader.h"

#include <array>
#include <charconv>
#include <cmath>

#include "inference/model/json_document.h"
#include "inference/values/error.h"

namespace longview {
namespace {

std::string number_text(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

const nlohmann::json* find_in(const nlohmann::json* object, const char* key) {
    if (!object)
        return nullptr;
    const auto found = object->find(key);
    return found == object->end() || found->is_null() ? nullptr : &*found;
}

} // namespace

ConfigReader::ConfigReader(const nlohmann::json& root, const std::string& file) : root_(root), file_(file) {
    const auto* base = find_in(&root_, "base_model_config");
    if (base && base->is_object())
        base_ = base;
}

const nlohmann::json* ConfigReader::find(const char* key) const {
    const auto* own = find_in(&root_, key);
    const auto* base = find_in(base_, key);
    if (own && base && *own != *base)
        fail(key, json_text(*own) + " here and " + json_text(*base) + " in base_model_config", "one value");
    return own ? own : base;
}

const nlohmann::json* ConfigReader::find_own(const char* key) const {
    return find_in(&root_, key);
}

void ConfigReader::fail(const std::string& key, const std::string& found, const std::string& expected) const {
    throw Error(ErrorKind::model,
                file_ + ": key \"" + key + "\" is " + found + ", expected " + expected + ".");
}

void ConfigReader::fail_missing(const std::string& key, const std::string& expected) const {
    std::string hint;
    if (const auto* name = find("base_model_name"); name && name->is_string() && !base_)
        hint = "; copy it from config.json of the base model " + json_text(*name);
    throw Error(ErrorKind::model,
                file_ + ": key \"" + key + "\" is missing, expected " + expected + hint + ".");
}

int ConfigReader::to_integer(const std::string& key, const nlohmann::json& value, int least, int most) const {
    const auto expected = "an integer from " + std::to_string(least) + " to " + std::to_string(most);
    if (!value.is_number_integer())
        fail(key, json_text(value), expected);
    // A value above 2⁶³ − 1 is held unsigned and would turn negative.
    const bool large =
        value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
    if (large || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
        fail(key, json_text(value), expected);
    return value.get<int>();
}

double ConfigReader::to_number(const std::string& key, const nlohmann::json& value, double least,
                               double most) const {
    const auto number = value.is_number() ? value.get<double>() : std::nan("");
    if (!(number >= least && number <= most))
        fail(key, json_text(value), "a number from " + number_text(least) + " to " + number_text(most));
    return number;
}

int ConfigReader::integer(const char* key, int least, int most) const {
    if (const auto* value = find(key))
        return to_integer(key, *value, least, most);
    fail_missing(key, "an integer from " + std::to_string(least) + " to " + std::to_string(most));
}

int ConfigReader::integer_or(const char* key, int least, int most, int fallback) const {
    const auto* value = find(key);
    return value ? to_integer(key, *value, least, most) : fallback;
}

double ConfigReader::number(const char* key, double least, double most) const {
    if (const auto* value = find(key))
        return to_number(key, *value, least, most);
    fail_missing(key, "a number from " + number_text(least) + " to " + number_text(most));
}

bool ConfigReader::boolean(const char* key) const {
    const auto* value = find(key);
    if (!value)
        fail_missing(key, "true or false");
    if (!value->is_boolean())
        fail(key, json_text(*value), "true or false");
    return value->get<bool>();
}

} // namespace longview
