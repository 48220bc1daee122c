#include "inference/model/safetensors.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "inference/model/half.h"
#include "inference/values/error.h"

namespace longview {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors data is little-endian and mapped as it is");

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t most_header_bytes = 100'000'000; // the reference implementation's limit

struct DTypeRow {
    DType dtype;
    std::string_view name;
    std::size_t size;
};
constexpr std::array dtypes{
    DTypeRow{DType::f32, "F32", 4},         DTypeRow{DType::bf16, "BF16", 2},
    DTypeRow{DType::f16, "F16", 2},         DTypeRow{DType::i32, "I32", 4},
    DTypeRow{DType::i64, "I64", 8},         DTypeRow{DType::f64, "F64", 8},
    DTypeRow{DType::i16, "I16", 2},         DTypeRow{DType::i8, "I8", 1},
    DTypeRow{DType::u64, "U64", 8},         DTypeRow{DType::u32, "U32", 4},
    DTypeRow{DType::u16, "U16", 2},         DTypeRow{DType::u8, "U8", 1},
    DTypeRow{DType::boolean, "BOOL", 1},    DTypeRow{DType::f8_e4m3, "F8_E4M3", 1},
    DTypeRow{DType::f8_e5m2, "F8_E5M2", 1},
};
constexpr bool in_order() {
    for (std::size_t i = 0; i < dtypes.size(); ++i)
        if (static_cast<std::size_t>(dtypes[i].dtype) != i)
            return false;
    return true;
}
static_assert(in_order(), "rows are looked up by position");

template <class Convert>
void convert_half(std::span<const std::byte> data, std::span<float> out, Convert convert) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, data.data() + 2 * i, 2);
        out[i] = convert(bits);
    }
}

class FileDescriptor {
public:
    explicit FileDescriptor(int fd) : fd_(fd) {}
    ~FileDescriptor() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
    throw Error(ErrorKind::model, path.string() + ": " + what + ".");
}

[[noreturn]] void fail_errno(const std::filesystem::path& path, const std::string& what, int number) {
    fail(path, what + " (" + std::generic_category().message(number) + ")");
}

/// The length of the header, checked against the file's own.
std::size_t header_length(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), length_bytes);
    if (length > most_header_bytes)
        fail(path, "the header is said to have " + std::to_string(length) + " bytes, more than the " +
                       std::to_string(most_header_bytes) + " allowed; this is not a safetensors file");
    if (length > bytes.size() - length_bytes)
        fail(path, "the header is said to have " + std::to_string(length) + " bytes, but only " +
                       std::to_string(bytes.size() - length_bytes) + " follow; the file is truncated");
    return static_cast<std::size_t>(length);
}

} // namespace

std::string_view name_of(DType dtype) {
    return dtypes.at(static_cast<std::size_t>(dtype)).name;
}

std::size_t size_of(DType dtype) {
    return dtypes.at(static_cast<std::size_t>(dtype)).size;
}

bool is_float(DType dtype) {
    return dtype == DType::f32 || dtype == DType::bf16 || dtype == DType::f16;
}

std::size_t TensorView::elements() const {
    return data.size() / size_of(dtype);
}

void TensorView::copy_to(std::span<float> out) const {
    if (out.size() != elements())
        throw std::invalid_argument("TensorView::copy_to: the output has another number of elements");
    switch (dtype) {
    case DType::f32:
        if (!out.empty())
            std::memcpy(out.data(), data.data(), data.size());
        return;
    case DType::bf16:
        convert_half(data, out, from_bf16);
        return;
    case DType::f16:
        convert_half(data, out, from_f16);
        return;
    default:
        throw std::invalid_argument("TensorView::copy_to: not F32, BF16 or F16");
    }
}

void SafetensorsFile::Unmap::operator()(const std::byte* map) const noexcept {
    // munmap takes a non-const address, though the pages were never writable.
    ::munmap(const_cast<std::byte*>(map), size); // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path) {
    // O_NONBLOCK: a named pipe must not make the opening wait for a writer.
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0)
        fail_errno(path, "cannot be opened", errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        fail_errno(path, "cannot be read", errno);
    if (!S_ISREG(status.st_mode))
        fail(path, S_ISDIR(status.st_mode) ? "is a directory, expected a safetensors file"
                                           : "is not a regular file, expected a safetensors file");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size < length_bytes)
        fail(path, size == 0 ? "is empty, expected a safetensors file"
                             : "has only " + std::to_string(size) + " bytes; the file is truncated");
    void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (map == MAP_FAILED)
        fail_errno(path, "cannot be mapped into memory", errno);
    map_ = {static_cast<const std::byte*>(map), Unmap{size}};

    const auto header = bytes().subspan(length_bytes, header_length(path, bytes()));
    const auto data = bytes().subspan(length_bytes + header.size());
    const std::string_view text(static_cast<const char*>(map) + length_bytes, header.size());
    for (auto& [name, entry] : parse_safetensors_header(text, data.size(), path.string()))
        tensors_.emplace(
            name, TensorView{entry.dtype, entry.shape, data.subspan(entry.begin, entry.end - entry.begin)});
}

SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

const TensorView* SafetensorsFile::find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
}

std::span<const std::byte> SafetensorsFile::bytes() const {
    return map_ ? std::span(map_.get(), map_.get_deleter().size) : std::span<const std::byte>();
}

} // namespace longview
