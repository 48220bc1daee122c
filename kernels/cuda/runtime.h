#pragma once
// Memory, streams, events and graphs of a CUDA device, without the toolkit's headers. Nothing here throws but
// for host memory; what can fail returns a Status whose text is the CUDA runtime's own.

#include <cstddef>
#include <memory>

#include "kernels/cuda/ops.h"

struct CUevent_st;
struct CUgraphExec_st;

namespace longview::kernels::cuda {

/// Makes `device` the calling thread's current one.
Status select_device(int device);
/// Waits for everything queued on the stream.
Status synchronize(Stream stream);
/// Bytes free on the current device.
Status free_memory(std::size_t& bytes);

/// One allocation for all buffers of a model. The layout runs twice: first to count, then to hand out.
class DeviceArena {
public:
    template <class T>
    T* take(std::size_t count) {
        return static_cast<T*>(take_bytes(count * sizeof(T)));
    }
    std::size_t bytes() const { return used_; }
    /// Takes what was counted from the current device, zeroed, and starts handing out.
    Status allocate();

private:
    void* take_bytes(std::size_t bytes);

    static constexpr std::size_t alignment = 1024; // what the tensor copy engine's swizzled tiles want
    struct Free {
        void operator()(std::byte* memory) const;
    };
    std::unique_ptr<std::byte, Free> memory_;
    std::size_t used_ = 0;
};

/// Page-locked host memory, which copies need to be asynchronous.
class PinnedMemory {
public:
    Status allocate(std::size_t bytes);
    template <class T>
    T* as() const {
        return reinterpret_cast<T*>(memory_.get());
    }

private:
    struct Free {
        void operator()(std::byte* memory) const;
    };
    std::unique_ptr<std::byte, Free> memory_;
};

class Event {
public:
    Status create(bool timing = false);
    Status record(Stream stream);
    Status synchronize() const;
    /// Milliseconds from `earlier` to this one; both made with timing and done.
    Status since(const Event& earlier, float& milliseconds) const;
    CUevent_st* get() const { return event_.get(); }

private:
    struct Destroy {
        void operator()(CUevent_st* event) const;
    };
    std::unique_ptr<CUevent_st, Destroy> event_;
};

class OwnedStream {
public:
    Status create();
    Stream get() const { return stream_.get(); }
    Status synchronize() const;
    /// What is queued from now on waits for the event.
    Status wait_for(const Event& event) const;

private:
    struct Destroy {
        void operator()(Stream stream) const;
    };
    std::unique_ptr<CUstream_st, Destroy> stream_;
};

/// Launches recorded from a stream, to be replayed as one.
class Graph {
public:
    static Status begin_capture(Stream stream);
    /// Ends the capture, also a failed one, and keeps what was recorded.
    Status end_capture(Stream stream);
    Status launch(Stream stream) const;
    bool empty() const { return graph_ == nullptr; }

private:
    struct Destroy {
        void operator()(CUgraphExec_st* graph) const;
    };
    std::unique_ptr<CUgraphExec_st, Destroy> graph_;
};

Status copy_to_device(Stream stream, void* to, const void* from, std::size_t bytes);
Status copy_to_host(Stream stream, void* to, const void* from, std::size_t bytes);
Status copy_on_device(Stream stream, void* to, const void* from, std::size_t bytes);
Status fill_zero(Stream stream, void* to, std::size_t bytes);

} // namespace longview::kernels::cuda
