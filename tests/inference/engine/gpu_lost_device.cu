// A GPU that is lost in the middle of the work: a kernel that faults leaves the process without one, as a
// card that falls off its bus does. What follows is refused with a sentence, and the CPU goes on.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "has_gpu.h"
#include "inference/engine/devices.h"
#include "inference/engine/engine.h"
#include "inference/values/error.h"
#include "random_weights.h"

using namespace longview;
using namespace longview::testing;

namespace {

__global__ void write_nowhere(volatile int* place) {
    *place = 1;
}

int passed = 0, failed = 0;

void check(bool good, const char* what) {
    ++(good ? passed : failed);
    if (!good)
        std::printf("FAILED: %s\n", what);
}

/// The sentence of the Error(device) that `work` throws.
template <class Work>
std::string refusal(const Work& work) {
    try {
        work();
    } catch (const Error& error) {
        std::printf("%s\n", error.what());
        return error.kind() == ErrorKind::device ? error.what() : "";
    }
    return {};
}

Engine make_engine(const char* device) {
    auto config = small_config();
    config.head_dim = 16; // the least that a GPU takes
    config.d_mem = 8;
    return Engine(make_backend(device, config, RandomWeights(config), 2));
}

void run() {
    Engine engine = make_engine("cuda");
    const std::string name = engine.device().name;
    const std::vector<TokenId> text(static_cast<std::size_t>(4 * engine.config().segment_size), 3);
    const MemoryState before = engine.read({.tokens = text}).state;
    check(before.segments == 4, "the GPU reads");

    write_nowhere<<<1, 1>>>(nullptr);
    const std::string reading = refusal([&] { engine.read({.tokens = text, .from = &before}); });
    check(reading.find(name) != std::string::npos && reading.ends_with("."),
          "a reading is refused, naming the device");
    check(!refusal([&] { engine.generate({.memory = &before, .prompt = std::span(text).first(2)}); }).empty(),
          "an answer is refused");
    check(!refusal([] { make_engine("cuda"); }).empty(), "it cannot be opened again in this process");
    const auto devices = list_devices();
    check(std::none_of(devices.begin(), devices.end(),
                       [](const DeviceInfo& device) { return device.id != "cpu" && device.usable; }),
          "it is listed as unusable");

    Engine automatic = make_engine("auto");
    check(automatic.device().id == "cpu", "auto takes the CPU");
    check(automatic.read({.tokens = text, .from = &before}).state.segments == 8, "the CPU goes on");
}

} // namespace

int main() {
    if (!has_gpu()) {
        std::printf("No usable CUDA device.\n0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    try {
        run();
    } catch (const std::exception& error) {
        check(false, error.what());
    }
    std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
