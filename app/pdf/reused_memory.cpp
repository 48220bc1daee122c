// PDFium frees some 600 stretches of memory per page, hands each back to the kernel, and takes it again for
// the next page: half of the time of a document of many pages. Here the memory stays with this process, which
// is as long as one document, and limited; what madvise(MADV_DONTNEED) promises holds, it reads as zeros.

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/// Stands in for the C library's in this program and in the libraries that it links. Larger stretches may
/// hold guard pages, and pay for the call.
extern "C" int madvise(void* address, std::size_t bytes, int advice) noexcept {
    constexpr std::size_t largest = std::size_t{1} << 16U; // PartitionAlloc's slot spans
    if (advice != MADV_DONTNEED || bytes > largest)
        return static_cast<int>(syscall(SYS_madvise, address, bytes, advice));
    std::memset(address, 0, bytes);
    return 0;
}

#endif
