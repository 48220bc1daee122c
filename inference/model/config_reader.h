#pragma once
// Typed access to the keys of a config.json, with errors that name file, key, found and expected. For this
// room only.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace longview {

/// The object of a model's config.json. The published wrapper keeps the base model's shapes in an object
/// "base_model_config": a key is looked for in both, and must have one value.
class ConfigReader {
public:
    ConfigReader(const nlohmann::json& root, const std::string& file);

    const std::string& file() const { return file_; }

    /// nullptr when the key is absent or null.
    const nlohmann::json* find(const char* key) const;
    /// The same without base_model_config, for keys that rightly differ there.
    const nlohmann::json* find_own(const char* key) const;

    int integer(const char* key, int least, int most) const;
    int integer_or(const char* key, int least, int most, int fallback) const;
    double number(const char* key, double least, double most) const;
    bool boolean(const char* key) const;

    int to_integer(const std::string& key, const nlohmann::json& value, int least, int most) const;
    double to_number(const std::string& key, const nlohmann::json& value, double least, double most) const;

    /// `found` is what stands there; `expected` says what would do.
    [[noreturn]] void fail(const std::string& key, const std::string& found,
                           const std::string& expected) const;
    [[noreturn]] void fail_missing(const std::string& key, const std::string& expected) const;

private:
    const nlohmann::json& root_;
    const nlohmann::json* base_ = nullptr; ///< base_model_config
    const std::string& file_;
};

/// Refuses every setting that changes what the model computes in a way the engine does not implement.
void refuse_unsupported_variants(const ConfigReader& config);

} // namespace longview
