#pragma once
// A model directory, opened on a device: everything needed to read and to answer.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "inference/engine/engine.h"
#include "inference/model/identity.h"
#include "inference/text/tokenizer.h"

namespace longview::app {

/// Owned by one thread (the engine's).
struct Model {
    std::string name; ///< the directory's name
    std::filesystem::path directory;
    ModelConfig config;
    std::size_t parameters = 0;
    std::unique_ptr<Tokenizer> tokenizer;
    std::unique_ptr<Engine> engine;
    Fingerprint fingerprint;
    Hash128 root; ///< h₀, of the fingerprint
    double load_ms = 0;
};

/// `device` as in devices.h. Throws Error(model) or Error(device).
Model open_model(const std::filesystem::path& directory, std::string_view device, int threads);

} // namespace longview::app
