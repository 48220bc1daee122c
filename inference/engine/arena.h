#pragma once
// One allocation for all float buffers of a backend. The layout runs twice: first to count, then to hand out.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace longview {

class Arena {
public:
    /// Counts only: take() returns nullptr until allocate().
    Arena() = default;

    /// Room for `count` floats, aligned to a cache line.
    float* take(std::size_t count) {
        const std::size_t at = used_;
        used_ += (count * sizeof(float) + alignment - 1) / alignment * alignment;
        return memory_ ? reinterpret_cast<float*>(memory_.get() + at) : nullptr;
    }
    std::size_t bytes() const { return used_; }

    /// Takes what was counted from the system, zeroed, and starts handing out. Throws std::bad_alloc.
    void allocate() {
        memory_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, used_)));
        if (!memory_)
            throw std::bad_alloc();
        std::fill_n(memory_.get(), used_, std::byte{0});
        used_ = 0;
    }

private:
    static constexpr std::size_t alignment = 64;
    struct Free {
        void operator()(std::byte* memory) const { std::free(memory); }
    };
    std::unique_ptr<std::byte, Free> memory_;
    std::size_t used_ = 0;
};

} // namespace longview
