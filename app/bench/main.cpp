// longview-bench: how fast the engine reads, and how far its kernels are from the ceilings of this machine.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "drift_benchmark.h"
#include "gpu_benchmark.h"
#include "inference/engine/devices.h"
#include "inference/model/checkpoint.h"
#include "inference/model/config_file.h"
#include "inference/values/error.h"
#include "kernel_benchmark.h"
#include "kernels/cpu/thread_pool.h"
#include "random_weights.h"
#include "read_benchmark.h"
#include "store_benchmark.h"
#ifdef LONGVIEW_HAVE_CUDA
#include "gpu_kernel_benchmark.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/runtime.h"
#endif

namespace {

using namespace longview;
using namespace longview::bench;

struct Arguments {
    std::string model, device = "cpu";
    int layers = 16, segment_size = 1024, memory_tokens = 128;
    int threads = 0, rounds = 3, repeats = 20, prompt = 512, decoded = 128;
    std::string schedule = "both", directory = ".";
    bool full_attention = false;
    std::int64_t documents = 100'000, exchanges = 1'000'000;
    std::vector<std::int64_t> tokens{4096, 16384, 65536}, segments{1, 4, 16, 64};
    Format format = Format::text;
};

const std::map<std::string, Format> formats{
    {"text", Format::text}, {"markdown", Format::markdown}, {"csv", Format::csv}, {"json", Format::json}};

void declare(CLI::App& app, Arguments& a) {
    app.add_option("--model", a.model, "Model directory; without it random weights of Llama-3.2-1B shape");
    app.add_option("--layers", a.layers, "L of the random model")->check(CLI::PositiveNumber);
    app.add_option("--segment-size", a.segment_size, "n of the random model")->check(CLI::PositiveNumber);
    app.add_option("--memory-tokens", a.memory_tokens, "M of the random model")->check(CLI::PositiveNumber);
    app.add_option("--device", a.device, "cpu (default), cuda or cuda:N");
    app.add_option("--threads", a.threads, "CPU threads (default: all cores)")->check(CLI::PositiveNumber);
    app.add_option("--format", a.format, "text, markdown, csv or json")
        ->transform(CLI::CheckedTransformer(formats));
    app.set_version_flag("--version", LONGVIEW_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
}

void print(const Arguments& a, const Table& table, const ModelConfig& c, const std::string& device) {
    std::vector<std::pair<std::string, std::string>> facts{{"longview-bench", LONGVIEW_VERSION},
                                                           {"device", device}};
#ifdef LONGVIEW_HAVE_CUDA
    if (a.device != "cpu")
        facts.emplace_back("versions", kernels::cuda::describe_versions());
#endif
    facts.emplace_back("model", (a.model.empty() ? std::string("random weights") : a.model) + ": " +
                                    std::to_string(c.layers) + " layers, d " + std::to_string(c.hidden_size) +
                                    ", n " + std::to_string(c.segment_size) + ", M " +
                                    std::to_string(c.memory_tokens) + ", d_mem " + std::to_string(c.d_mem));
    std::fputs(table.print(a.format, facts).c_str(), stdout);
}

std::unique_ptr<WeightSource> open_weights(const Arguments& a, const ModelConfig& config) {
    if (a.model.empty())
        return std::make_unique<RandomWeights>(config);
    return std::make_unique<Checkpoint>(a.model, config);
}

Engine open_engine(const Arguments& a, const ModelConfig& config) {
    return Engine(make_backend(a.device, config, *open_weights(a, config), a.threads));
}

void read(const Arguments& a, const ModelConfig& config) {
    Engine engine = open_engine(a, config);
    ReadBenchmark benchmark{a.tokens, {}, a.rounds};
    if (a.schedule != "sequential")
        benchmark.schedules.push_back(Schedule::diagonal);
    if (a.schedule != "diagonal")
        benchmark.schedules.push_back(Schedule::sequential);
    if (engine.device().id != "cpu") {
        const auto weights = a.full_attention ? open_weights(a, config) : nullptr;
        print(a, run_gpu_read_benchmark(engine, benchmark, weights.get()), config, engine.device().name);
        return;
    }
    if (a.full_attention)
        throw Error(ErrorKind::device, "Full attention is measured on a GPU: use --device cuda.");
    const int threads = kernels::cpu::ThreadPool(a.threads).threads();
    print(a, run_read_benchmark(engine, threads, benchmark), config,
          list_devices().front().name + ", " + std::to_string(threads) + " threads");
}

/// A directory of its own below the one that was named, gone at the end.
class Workshop {
public:
    explicit Workshop(const std::filesystem::path& parent) : path_(parent / "longview-bench.XXXXXX") {
        std::string name = path_.string();
        if (mkdtemp(name.data()) == nullptr)
            throw Error(ErrorKind::storage, "No directory can be made in " + parent.string() +
                                                "; name another one with --directory.");
        path_ = name;
    }
    ~Workshop() {
        std::error_code left_behind;
        std::filesystem::remove_all(path_, left_behind);
    }
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

void decode(const Arguments& a, const ModelConfig& config) {
    Engine engine = open_engine(a, config);
    if (engine.device().id == "cpu")
        throw Error(ErrorKind::device, "decode is measured on a GPU: use --device cuda.");
    const Workshop workshop(a.directory);
    print(a, run_decode_benchmark(engine, {a.prompt, a.decoded, a.rounds, workshop.path()}), config,
          engine.device().name);
}

void drift(const Arguments& a, const ModelConfig& config) {
    const auto weights = open_weights(a, config);
    const RoundedWeights rounded(*weights);
    Engine engine(make_backend(a.device, config, rounded, a.threads));
    Engine reference(make_backend("cpu", config, rounded, a.threads));
    auto segments = a.segments;
    std::sort(segments.begin(), segments.end());
    print(a, run_drift_benchmark(engine, reference, segments), config,
          engine.device().name + " against " + reference.device().name);
}

void kernels_on_gpu(const Arguments& a, const ModelConfig& config) {
    const DeviceInfo device = require_gpu(a.device);
#ifdef LONGVIEW_HAVE_CUDA
    const int number = gpu_number(device);
    if (const auto status = kernels::cuda::select_device(number); !status.ok())
        throw Error(ErrorKind::device, device.name + " cannot be used: " + status.message + ".");
    print(a, run_gpu_kernel_benchmark(config, number, a.repeats), config, device.name);
#else
    static_cast<void>(config);
#endif
}

void kernels_of_a_diagonal(const Arguments& a, const ModelConfig& config) {
    if (a.device != "cpu") {
        kernels_on_gpu(a, config);
        return;
    }
    const int threads = kernels::cpu::ThreadPool(a.threads).threads();
    print(a, run_kernel_benchmark(config, threads, a.repeats), config,
          list_devices().front().name + ", " + std::to_string(threads) + " threads");
}

void store(const Arguments& a, const ModelConfig& config) {
    const std::string device = list_devices().front().name + ", files in " + a.directory;
    {
        constexpr int segments = 2; // enough for every slot to hold something
        Engine engine = open_engine(a, config);
        const auto tokens = random_tokens(std::int64_t{segments} * config.segment_size, config.vocab_size);
        const MemoryState state = engine.read({.tokens = tokens}).state;
        const Workshop workshop(a.directory);
        print(a, run_state_benchmark(workshop.path(), state, a.rounds), config, device);
    }
    if (a.documents > 0) {
        const Workshop workshop(a.directory);
        print(a, run_library_benchmark(workshop.path(), a.documents, a.exchanges, a.rounds), config, device);
    }
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Benchmarks of Longview's engine and kernels.", "longview-bench");
    declare(app, arguments);
    auto* read_command =
        app.add_subcommand("read", "Whole readings, against the BLAS alone on the same matrix products");
    read_command->add_option("--tokens", arguments.tokens, "Document lengths")
        ->delimiter(',')
        ->check(CLI::PositiveNumber);
    read_command->add_option("--schedule", arguments.schedule, "diagonal, sequential or both")
        ->check(CLI::IsMember({"diagonal", "sequential", "both"}));
    read_command->add_option("--rounds", arguments.rounds, "Readings of each kind; medians are printed")
        ->check(CLI::PositiveNumber);
    read_command->add_flag("--full-attention", arguments.full_attention,
                           "Also time full attention over the same tokens, with the same kernels (GPU)");
    auto* kernel_command = app.add_subcommand("kernels", "Every operation of one full diagonal");
    kernel_command->add_option("--repeats", arguments.repeats, "Passes per operation")
        ->check(CLI::PositiveNumber);
    auto* decode_command = app.add_subcommand("decode", "An answer's tokens one by one, on a GPU");
    decode_command->add_option("--prompt", arguments.prompt, "Tokens of the final segment")
        ->check(CLI::PositiveNumber);
    decode_command->add_option("--count", arguments.decoded, "Tokens to decode")
        ->check(CLI::Range(2, 100000));
    decode_command->add_option("--rounds", arguments.rounds, "Answers; medians are printed")
        ->check(CLI::PositiveNumber);
    decode_command->add_option("--directory", arguments.directory,
                               "Where to put a library with the memory (default: here)");
    auto* drift_command = app.add_subcommand(
        "drift", "Errors of a device's arithmetic after some segments, against float32 on the CPU");
    drift_command->add_option("--segments", arguments.segments, "After how many, for example 1,4,16,64")
        ->delimiter(',')
        ->check(CLI::PositiveNumber);
    auto* store_command = app.add_subcommand(
        "store", "Storing and loading memories beside the disk's own speed, and a large library");
    store_command->add_option("--directory", arguments.directory, "Where to put files (default: here)");
    store_command->add_option("--documents", arguments.documents, "Of the large library; 0: none")
        ->check(CLI::NonNegativeNumber);
    store_command->add_option("--answers", arguments.exchanges, "Of the large library")
        ->check(CLI::NonNegativeNumber);
    store_command->add_option("--rounds", arguments.rounds, "Of each measurement; medians are printed")
        ->check(CLI::PositiveNumber);
    CLI11_PARSE(app, argc, argv);

    try {
        auto config = arguments.model.empty() ? llama_1b(arguments.segment_size, arguments.memory_tokens)
                                              : load_config(arguments.model);
        if (arguments.model.empty())
            config.layers = arguments.layers;
        if (read_command->parsed())
            read(arguments, config);
        else if (decode_command->parsed())
            decode(arguments, config);
        else if (drift_command->parsed())
            drift(arguments, config);
        else if (store_command->parsed())
            store(arguments, config);
        else
            kernels_of_a_diagonal(arguments, config);
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "longview-bench: %s\n", error.what());
        return error.kind() == ErrorKind::model ? 4 : error.kind() == ErrorKind::storage ? 6 : 5;
    }
}
