// The arena of device memory is zero before its first user sees it, whatever else the device has to do:
// streams do not wait for one another.
#include "checks.h"

#include <chrono>
#include <thread>

#include "kernels/cuda/runtime.h"

using namespace longview::kernels;
using namespace longview::kernels::testing;

namespace {

constexpr std::size_t kBytes = std::size_t{1} << 20;

/// Keeps the default stream, in which memory is cleared, from going on for a while.
void keep_busy(std::chrono::milliseconds& rest) {
    MUST(cudaLaunchHostFunc(
        nullptr,
        [](void* time) { std::this_thread::sleep_for(*static_cast<std::chrono::milliseconds*>(time)); },
        &rest));
}

/// What the memory holds once the device has nothing left to do.
std::vector<std::uint8_t> settled(const std::uint8_t* memory) {
    std::vector<std::uint8_t> found(kBytes);
    MUST(cudaDeviceSynchronize());
    MUST(cudaMemcpy(found.data(), memory, kBytes, cudaMemcpyDeviceToHost));
    return found;
}

/// What is written first stays, though clearing had to wait for its turn.
void check_first_write() {
    const std::vector<std::uint8_t> written(kBytes, 0xA5);
    auto rest = std::chrono::milliseconds(300);
    cuda::OwnedStream stream;
    cuda::DeviceArena arena;
    arena.take<std::uint8_t>(kBytes);
    MUST(stream.create());
    keep_busy(rest);
    MUST(arena.allocate());
    auto* memory = arena.take<std::uint8_t>(kBytes);
    MUST(cuda::copy_to_device(stream.get(), memory, written.data(), kBytes));
    MUST(stream.synchronize());
    check(settled(memory) == written, "the arena was cleared after another stream had written to it");
}

/// All of it is zero, also where older memory was used before.
void check_zero() {
    for (int round = 0; round < 4; ++round) {
        cuda::DeviceArena arena;
        arena.take<std::uint8_t>(kBytes);
        MUST(arena.allocate());
        auto* memory = arena.take<std::uint8_t>(kBytes);
        check(settled(memory) == std::vector<std::uint8_t>(kBytes, 0), "the arena is not zero at first");
        MUST(cudaMemset(memory, 0x5A, kBytes));
    }
}

} // namespace

int main(int argc, char** argv) {
    if (!start(argc, argv))
        return 0;
    check_first_write();
    check_zero();
    return finish();
}
