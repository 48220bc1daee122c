#pragma once
// Reads safetensors files (https://github.com/huggingface/safetensors, format section) by memory map. The
// files are untrusted: every offset, shape, type and product is checked, and an error names file, tensor,
// expected and found.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longview {

/// Every type of whole bytes that the format knows; models use the first three, golden cases also i32 and
/// i64. The others are read past, and refused where such a tensor is needed.
enum class DType { f32, bf16, f16, i32, i64, f64, i16, i8, u64, u32, u16, u8, boolean, f8_e4m3, f8_e5m2 };

std::string_view name_of(DType dtype); ///< as in the file: "F32", "BF16", …
std::size_t size_of(DType dtype);
bool is_float(DType dtype); ///< one that copy_to converts: f32, bf16, f16

/// A tensor inside a mapped file; valid as long as the SafetensorsFile it came from.
struct TensorView {
    DType dtype = DType::f32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data; ///< elements() · size_of(dtype) bytes; not necessarily aligned

    std::size_t elements() const;
    /// Converts F32, BF16 and F16 to float32; Precondition: out.size() == elements() and a float dtype.
    void copy_to(std::span<float> out) const;
};

/// The header alone: names, types, shapes and checked byte ranges. What the fuzzer calls.
/// `file` names the source in errors; `data_size` is the number of bytes after the header. As the format
/// demands, the tensors cover the data without overlap, hole or rest. Throws Error(model).
struct TensorEntry {
    DType dtype = DType::f32;
    std::vector<std::int64_t> shape;
    std::size_t begin = 0, end = 0; ///< in the data section
};
std::map<std::string, TensorEntry> parse_safetensors_header(std::string_view json, std::size_t data_size,
                                                            const std::string& file);

/// One file, mapped read-only. Throws Error(model).
class SafetensorsFile {
public:
    explicit SafetensorsFile(const std::filesystem::path& path);
    ~SafetensorsFile();
    SafetensorsFile(SafetensorsFile&&) noexcept;
    SafetensorsFile& operator=(SafetensorsFile&&) noexcept;

    const std::filesystem::path& path() const { return path_; }
    const std::map<std::string, TensorView>& tensors() const { return tensors_; }
    /// nullptr when absent.
    const TensorView* find(const std::string& name) const;
    /// Header and data together, for hashing.
    std::span<const std::byte> bytes() const;

private:
    struct Unmap {
        std::size_t size;
        void operator()(const std::byte* map) const noexcept;
    };
    std::filesystem::path path_;
    std::unique_ptr<const std::byte, Unmap> map_;
    std::map<std::string, TensorView> tensors_;
};

/// model.safetensors, or the shards named by model.safetensors.index.json (in order of their names), in a
/// model directory. Throws Error(model).
std::vector<SafetensorsFile> open_model_files(const std::filesystem::path& directory);

} // namespace longview
