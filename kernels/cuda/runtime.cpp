#include "kernels/cuda/runtime.h"

#include <cuda_runtime_api.h>

namespace longview::kernels::cuda {

namespace {

Status status_of(cudaError_t error) {
    return error == cudaSuccess ? Status{} : Status{cudaGetErrorString(error)};
}

} // namespace

Status select_device(int device) {
    return status_of(cudaSetDevice(device));
}

Status synchronize(Stream stream) {
    return status_of(cudaStreamSynchronize(stream));
}

Status free_memory(std::size_t& bytes) {
    std::size_t total = 0;
    return status_of(cudaMemGetInfo(&bytes, &total));
}

void DeviceArena::Free::operator()(std::byte* memory) const {
    (void)cudaFree(memory);
}

void* DeviceArena::take_bytes(std::size_t bytes) {
    const std::size_t at = used_;
    used_ += (bytes + alignment - 1) / alignment * alignment;
    return memory_ ? memory_.get() + at : nullptr;
}

Status DeviceArena::allocate() {
    void* memory = nullptr;
    if (const auto error = cudaMalloc(&memory, used_); error != cudaSuccess)
        return status_of(error);
    memory_.reset(static_cast<std::byte*>(memory));
    const std::size_t bytes = used_;
    used_ = 0;
    if (const auto error = cudaMemset(memory, 0, bytes); error != cudaSuccess)
        return status_of(error);
    // It is only queued, in a stream that those made here do not wait for: on a busy device it would come
    // late and clear what they have written.
    return status_of(cudaStreamSynchronize(nullptr));
}

void PinnedMemory::Free::operator()(std::byte* memory) const {
    (void)cudaFreeHost(memory);
}

Status PinnedMemory::allocate(std::size_t bytes) {
    void* memory = nullptr;
    const auto error = cudaMallocHost(&memory, bytes);
    if (error == cudaSuccess)
        memory_.reset(static_cast<std::byte*>(memory));
    return status_of(error);
}

void Event::Destroy::operator()(CUevent_st* event) const {
    (void)cudaEventDestroy(event);
}

Status Event::create(bool timing) {
    cudaEvent_t event = nullptr;
    const auto error = cudaEventCreateWithFlags(&event, timing ? cudaEventDefault : cudaEventDisableTiming);
    event_.reset(event);
    return status_of(error);
}

Status Event::record(Stream stream) {
    return status_of(cudaEventRecord(event_.get(), stream));
}

Status Event::synchronize() const {
    return status_of(cudaEventSynchronize(event_.get()));
}

Status Event::since(const Event& earlier, float& milliseconds) const {
    return status_of(cudaEventElapsedTime(&milliseconds, earlier.get(), get()));
}

void OwnedStream::Destroy::operator()(Stream stream) const {
    (void)cudaStreamDestroy(stream);
}

Status OwnedStream::create() {
    cudaStream_t stream = nullptr;
    const auto error = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    stream_.reset(stream);
    return status_of(error);
}

Status OwnedStream::synchronize() const {
    return status_of(cudaStreamSynchronize(stream_.get()));
}

Status OwnedStream::wait_for(const Event& event) const {
    return status_of(cudaStreamWaitEvent(stream_.get(), event.get(), 0));
}

void Graph::Destroy::operator()(CUgraphExec_st* graph) const {
    (void)cudaGraphExecDestroy(graph);
}

Status Graph::begin_capture(Stream stream) {
    return status_of(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
}

Status Graph::end_capture(Stream stream) {
    cudaGraph_t recorded = nullptr;
    if (const auto error = cudaStreamEndCapture(stream, &recorded); error != cudaSuccess)
        return status_of(error);
    cudaGraphExec_t graph = nullptr;
    const auto error = cudaGraphInstantiate(&graph, recorded, 0);
    (void)cudaGraphDestroy(recorded);
    graph_.reset(graph);
    return status_of(error);
}

Status Graph::launch(Stream stream) const {
    return status_of(cudaGraphLaunch(graph_.get(), stream));
}

Status copy_to_device(Stream stream, void* to, const void* from, std::size_t bytes) {
    return status_of(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream));
}

Status copy_to_host(Stream stream, void* to, const void* from, std::size_t bytes) {
    return status_of(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream));
}

Status copy_on_device(Stream stream, void* to, const void* from, std::size_t bytes) {
    return status_of(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream));
}

Status fill_zero(Stream stream, void* to, std::size_t bytes) {
    return status_of(cudaMemsetAsync(to, 0, bytes, stream));
}

} // namespace longview::kernels::cuda
