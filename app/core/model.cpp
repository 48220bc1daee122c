#include "app/core/model.h"

#include <chrono>

#include "inference/engine/devices.h"
#include "inference/model/checkpoint.h"
#include "inference/model/config_file.h"

namespace longview::app {

namespace {

/// Of one file: the hash of its bytes. Of several shards: the hash of their hashes, in the checkpoint's
/// order.
Hash128 weights_hash(const Checkpoint& checkpoint) {
    std::string hashes;
    for (const SafetensorsFile& file : checkpoint.files())
        hashes += hash_bytes(file.bytes()).hex();
    return hash_text(hashes);
}

} // namespace

Model open_model(const std::filesystem::path& directory, std::string_view device, int threads) {
    const auto start = std::chrono::steady_clock::now();
    Model model;
    model.directory = std::filesystem::weakly_canonical(directory);
    model.name =
        (model.directory.has_filename() ? model.directory : model.directory.parent_path()).filename();
    model.config = load_config(model.directory);
    model.tokenizer = load_tokenizer(model.directory, model.config);

    const Checkpoint checkpoint(model.directory, model.config);
    model.parameters = checkpoint.parameters();
    model.engine = std::make_unique<Engine>(make_backend(device, model.config, checkpoint, threads));

    model.fingerprint = {weights_hash(checkpoint), canonical(model.config),
                         hash_text(model.tokenizer->file_bytes()), model.engine->numerics()};
    model.root = model.fingerprint.root();
    model.load_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return model;
}

} // namespace longview::app
