// longview-bench: how fast the engine reads, and how far its kernels are from the ceilings of this machine.

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

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
#include "kernels/cuda/device.h"
#endif

namespace {

using namespace longview;
using namespace longview::bench;

struct Arguments {
    std::string model, device = "cpu";
    int segment_size = 1024, memory_tokens = 128;
    int threads = 0, rounds = 3, repeats = 20, prompt = 512, decoded = 128;
    std::string schedule = "both", directory = ".";
    std::int64_t documents = 100'000, exchanges = 1'000'000;
    std::vector<std::int64_t> tokens{4096, 16384, 65536};
    Format format = Format::text;
};

const std::map<std::string, Format> formats{
    {"text", Format::text}, {"markdown", Format::markdown}, {"csv", Format::csv}, {"json", Format::json}};

void declare(CLI::App& app, Arguments& a) {
    app.add_option("--model", a.model, "Model directory; without it random weights of Llama-3.2-1B shape");
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

Engine open_engine(const Arguments& a, const ModelConfig& config) {
    if (a.model.empty())
        return Engine(make_backend(a.device, config, RandomWeights(config), a.threads));
    return Engine(make_backend(a.device, config, Checkpoint(a.model, config), a.threads));
}

void read(const Arguments& a, const ModelConfig& config) {
    Engine engine = open_engine(a, config);
    ReadBenchmark benchmark{a.tokens, {}, a.rounds};
    if (a.schedule != "sequential")
        benchmark.schedules.push_back(Schedule::diagonal);
    if (a.schedule != "diagonal")
        benchmark.schedules.push_back(Schedule::sequential);
    const bool cpu = engine.device().id == "cpu";
    const int threads = kernels::cpu::ThreadPool(a.threads).threads();
    print(a, cpu ? run_read_benchmark(engine, threads, benchmark) : run_gpu_read_benchmark(engine, benchmark),
          config,
          cpu ? list_devices().front().name + ", " + std::to_string(threads) + " threads"
              : engine.device().name);
}

void decode(const Arguments& a, const ModelConfig& config) {
    Engine engine = open_engine(a, config);
    if (engine.device().id == "cpu")
        throw Error(ErrorKind::device, "decode is measured on a GPU: use --device cuda.");
    print(a, run_decode_benchmark(engine, a.prompt, a.decoded, a.rounds), config, engine.device().name);
}

void kernels_of_a_diagonal(const Arguments& a, const ModelConfig& config) {
    const int threads = kernels::cpu::ThreadPool(a.threads).threads();
    print(a, run_kernel_benchmark(config, threads, a.repeats), config,
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
        const auto config = arguments.model.empty()
                                ? llama_1b(arguments.segment_size, arguments.memory_tokens)
                                : load_config(arguments.model);
        if (read_command->parsed())
            read(arguments, config);
        else if (decode_command->parsed())
            decode(arguments, config);
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
