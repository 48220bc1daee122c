// longview-bench: how fast the engine reads, and how far its kernels are from the ceilings of this machine.

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "inference/engine/devices.h"
#include "inference/model/checkpoint.h"
#include "inference/model/config_file.h"
#include "inference/values/error.h"
#include "kernel_benchmark.h"
#include "kernels/cpu/thread_pool.h"
#include "random_weights.h"
#include "read_benchmark.h"

namespace {

using namespace longview;
using namespace longview::bench;

struct Arguments {
    std::string model;
    int segment_size = 1024, memory_tokens = 128;
    int threads = 0, rounds = 3, repeats = 20;
    std::string schedule = "both";
    std::vector<std::int64_t> tokens{4096, 16384, 65536};
    Format format = Format::text;
};

const std::map<std::string, Format> formats{
    {"text", Format::text}, {"markdown", Format::markdown}, {"csv", Format::csv}, {"json", Format::json}};

void declare(CLI::App& app, Arguments& a) {
    app.add_option("--model", a.model, "Model directory; without it random weights of Llama-3.2-1B shape");
    app.add_option("--segment-size", a.segment_size, "n of the random model")->check(CLI::PositiveNumber);
    app.add_option("--memory-tokens", a.memory_tokens, "M of the random model")->check(CLI::PositiveNumber);
    app.add_option("--threads", a.threads, "CPU threads (default: all cores)")->check(CLI::PositiveNumber);
    app.add_option("--format", a.format, "text, markdown, csv or json")
        ->transform(CLI::CheckedTransformer(formats));
    app.set_version_flag("--version", LONGVIEW_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
}

void print(const Arguments& a, const Table& table, const ModelConfig& c, int threads) {
    const auto device = list_devices().front();
    std::fputs(
        table
            .print(a.format,
                   {{"longview-bench", LONGVIEW_VERSION},
                    {"machine", device.name},
                    {"threads", std::to_string(threads)},
                    {"model", (a.model.empty() ? std::string("random weights") : a.model) + ": " +
                                  std::to_string(c.layers) + " layers, d " + std::to_string(c.hidden_size) +
                                  ", n " + std::to_string(c.segment_size) + ", M " +
                                  std::to_string(c.memory_tokens) + ", d_mem " + std::to_string(c.d_mem)}})
            .c_str(),
        stdout);
}

void read(const Arguments& a, const ModelConfig& config) {
    std::unique_ptr<WeightSource> weights;
    if (a.model.empty())
        weights = std::make_unique<RandomWeights>(config);
    else
        weights = std::make_unique<Checkpoint>(a.model, config);
    Engine engine(make_backend("cpu", config, *weights, a.threads));
    std::vector<Schedule> schedules;
    if (a.schedule != "sequential")
        schedules.push_back(Schedule::diagonal);
    if (a.schedule != "diagonal")
        schedules.push_back(Schedule::sequential);
    const int threads = kernels::cpu::ThreadPool(a.threads).threads();
    print(a, run_read_benchmark(engine, threads, {a.tokens, schedules, a.rounds}), config, threads);
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
    CLI11_PARSE(app, argc, argv);

    try {
        const auto config = arguments.model.empty()
                                ? llama_1b(arguments.segment_size, arguments.memory_tokens)
                                : load_config(arguments.model);
        if (read_command->parsed())
            read(arguments, config);
        else {
            const int threads = kernels::cpu::ThreadPool(arguments.threads).threads();
            print(arguments, run_kernel_benchmark(config, threads, arguments.repeats), config, threads);
        }
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "longview-bench: %s\n", error.what());
        return error.kind() == ErrorKind::model ? 4 : 5;
    }
}
