// The JSON header of a safetensors file. Read event by event, because a parsed document would already have
// lost duplicate names.

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "inference/model/describe.h"
#include "inference/model/safetensors.h"
#include "inference/values/error.h"

namespace longview {
namespace {

constexpr std::size_t most_dimensions = 64; // what PyTorch can hold

std::optional<DType> dtype_named(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(DType::f8_e5m2); ++i)
        if (name_of(static_cast<DType>(i)) == name)
            return static_cast<DType>(i);
    return std::nullopt;
}

/// a · b unless it does not fit.
std::optional<std::size_t> product(std::size_t a, std::size_t b) {
    if (b != 0 && a > std::numeric_limits<std::size_t>::max() / b)
        return std::nullopt;
    return a * b;
}

/// Takes nlohmann's SAX events; any of them may throw Error(model).
class HeaderReader {
public:
    using json = nlohmann::json;

    HeaderReader(std::size_t data_size, const std::string& file) : data_size_(data_size), file_(file) {}

    std::map<std::string, TensorEntry> take() { return std::move(entries_); }

    // Names and signatures below are those that nlohmann::json::sax_parse asks for.
    bool null() { unexpected("null"); }
    bool boolean(bool value) { unexpected(value ? "true" : "false"); }
    bool number_integer(json::number_integer_t value) { unexpected(std::to_string(value)); }
    bool number_float(json::number_float_t /*value*/, const std::string& text) { unexpected(shown(text)); }
    bool binary(json::binary_t& /*value*/) { unexpected("binary data"); }
    bool number_unsigned(json::number_unsigned_t value);
    bool string(std::string& value);
    bool start_object(std::size_t /*unknown*/);
    bool key(std::string& name);
    bool end_object();
    bool start_array(std::size_t /*unknown*/);
    bool end_array();
    bool parse_error(std::size_t position, const std::string& /*token*/, const json::exception& /*error*/) {
        fail("the header is not valid JSON (at byte " + std::to_string(position) + "); the file is damaged");
    }

private:
    enum class Place { outside, tensors, metadata, tensor, shape, offsets };

    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorKind::model, file_ + ": " + what + ".");
    }
    [[noreturn]] void fail_tensor(const std::string& what) const {
        fail("tensor " + shown(tensor_) + " " + what);
    }
    [[noreturn]] void unexpected(const std::string& found) const;
    void finish_tensor();

    std::size_t data_size_;
    const std::string& file_;
    std::map<std::string, TensorEntry> entries_;

    Place place_ = Place::outside;
    std::string tensor_; ///< the one being read
    std::string field_;  ///< of that tensor, or of __metadata__
    bool seen_metadata_ = false;
    std::set<std::string> seen_fields_; ///< of the present object
    TensorEntry entry_;
    std::vector<std::size_t> offsets_;
};

void HeaderReader::unexpected(const std::string& found) const {
    switch (place_) {
    case Place::outside:
        fail("the header is " + found + ", expected a JSON object");
    case Place::metadata:
        fail("__metadata__ " + shown(field_) + " is " + found + ", expected a string");
    case Place::tensors:
        fail_tensor("is described by " + found + ", expected an object with dtype, shape and data_offsets");
    case Place::shape:
        fail_tensor("has " + found + " in its shape, expected an integer >= 0");
    case Place::offsets:
        fail_tensor("has " + found + " in its data_offsets, expected an integer >= 0");
    case Place::tensor:
        fail_tensor("has " + found + " as " + field_ + ", expected " +
                    (field_ == "dtype" ? "a string" : "an array of integers"));
    }
    fail("the header holds an unexpected value");
}

bool HeaderReader::number_unsigned(json::number_unsigned_t value) {
    if (place_ == Place::shape) {
        if (value > static_cast<json::number_unsigned_t>(std::numeric_limits<std::int64_t>::max()))
            unexpected(std::to_string(value));
        if (entry_.shape.size() == most_dimensions)
            fail_tensor("has more than " + std::to_string(most_dimensions) + " dimensions");
        entry_.shape.push_back(static_cast<std::int64_t>(value));
    } else if (place_ == Place::offsets) {
        if (offsets_.size() == 2)
            fail_tensor("has more than 2 data_offsets, expected [begin, end]");
        offsets_.push_back(value);
    } else {
        unexpected(std::to_string(value));
    }
    return true;
}

bool HeaderReader::string(std::string& value) {
    if (place_ == Place::metadata)
        return true;
    if (place_ != Place::tensor || field_ != "dtype")
        unexpected("a string");
    const auto dtype = dtype_named(value);
    if (!dtype)
        fail_tensor("has type " + shown(value) +
                    ", which Longview does not know; F32, BF16 and F16 are supported");
    entry_.dtype = *dtype;
    return true;
}

bool HeaderReader::start_object(std::size_t /*unknown*/) {
    if (place_ == Place::outside) {
        place_ = Place::tensors;
    } else if (place_ == Place::tensors && tensor_ == "__metadata__") {
        place_ = Place::metadata;
    } else if (place_ == Place::tensors) {
        place_ = Place::tensor;
        entry_ = {};
        offsets_.clear();
    } else {
        unexpected("an object");
    }
    seen_fields_.clear();
    return true;
}

bool HeaderReader::key(std::string& name) {
    if (place_ == Place::tensors) {
        const bool is_metadata = name == "__metadata__";
        if (is_metadata ? std::exchange(seen_metadata_, true) : entries_.contains(name))
            fail((is_metadata ? "" : "tensor ") + shown(name) + " is listed twice");
        tensor_ = std::move(name);
        return true;
    }
    if (place_ == Place::tensor && name != "dtype" && name != "shape" && name != "data_offsets")
        fail_tensor("has an unknown field " + shown(name) + ", expected dtype, shape and data_offsets");
    if (!seen_fields_.insert(name).second)
        fail((place_ == Place::tensor ? "tensor " : "") + shown(tensor_) + " has two fields " + shown(name));
    field_ = std::move(name);
    return true;
}

bool HeaderReader::end_object() {
    if (place_ == Place::tensor)
        finish_tensor();
    place_ = place_ == Place::tensors ? Place::outside : Place::tensors;
    return true;
}

bool HeaderReader::start_array(std::size_t /*unknown*/) {
    if (place_ != Place::tensor || field_ == "dtype")
        unexpected("an array");
    place_ = field_ == "shape" ? Place::shape : Place::offsets;
    return true;
}

bool HeaderReader::end_array() {
    if (place_ == Place::offsets && offsets_.size() != 2)
        fail_tensor("has " + std::to_string(offsets_.size()) + " data_offsets, expected [begin, end]");
    place_ = Place::tensor;
    return true;
}

void HeaderReader::finish_tensor() {
    for (const char* field : {"dtype", "shape", "data_offsets"})
        if (!seen_fields_.contains(field))
            fail_tensor(std::string("has no ") + field);
    entry_.begin = offsets_[0];
    entry_.end = offsets_[1];
    const auto range = range_text(entry_.begin, entry_.end);
    if (entry_.begin > entry_.end)
        fail_tensor("has data_offsets " + range + ", which end before they begin");
    if (entry_.end > data_size_)
        fail_tensor("has bytes " + range + " of the data, but the file has only " +
                    std::to_string(data_size_) + "; it is truncated or damaged");
    std::optional<std::size_t> bytes = size_of(entry_.dtype);
    for (const auto length : entry_.shape)
        if (bytes)
            bytes = product(*bytes, static_cast<std::size_t>(length));
    const auto described = std::string(name_of(entry_.dtype)) + " of shape " + shape_text(entry_.shape);
    if (!bytes)
        fail_tensor("is " + described + ", more bytes than can be counted");
    if (*bytes != entry_.end - entry_.begin)
        fail_tensor("has " + std::to_string(entry_.end - entry_.begin) + " bytes of data, expected " +
                    std::to_string(*bytes) + " for " + described);
    entries_.emplace(tensor_, std::move(entry_));
}

/// The format allows neither overlap nor hole: what no tensor owns could hide anything.
void check_cover(const std::map<std::string, TensorEntry>& entries, std::size_t data_size,
                 const std::string& file) {
    using Item = std::pair<const std::string, TensorEntry>;
    std::vector<const Item*> sorted;
    sorted.reserve(entries.size());
    for (const auto& item : entries)
        sorted.push_back(&item);
    std::ranges::stable_sort(
        sorted, {}, [](const Item* item) { return std::pair(item->second.begin, item->second.end); });
    const auto fail = [&](const std::string& what) {
        throw Error(ErrorKind::model, file + ": " + what + ".");
    };
    const Item* previous = nullptr;
    for (const auto* item : sorted) {
        const auto expected = previous ? previous->second.end : 0;
        if (item->second.begin < expected)
            fail("tensor " + shown(item->first) + " overlaps tensor " + shown(previous->first));
        if (item->second.begin > expected)
            fail("bytes " + range_text(expected, item->second.begin) + " of the data, before tensor " +
                 shown(item->first) + ", belong to no tensor");
        previous = item;
    }
    const auto end = previous ? previous->second.end : 0;
    if (end != data_size)
        fail("the tensors end at byte " + std::to_string(end) + " of the data, but the file has " +
             std::to_string(data_size) + "; it is damaged");
}

} // namespace

std::map<std::string, TensorEntry> parse_safetensors_header(std::string_view json, std::size_t data_size,
                                                            const std::string& file) {
    if (!json.starts_with('{'))
        throw Error(ErrorKind::model,
                    file + ": the header does not begin with '{'; this is not a safetensors file.");
    // nlohmann takes a NUL for the end of its input and would leave the rest unread.
    if (json.find('\0') != std::string_view::npos)
        throw Error(ErrorKind::model, file + ": the header holds a NUL byte; the file is damaged.");
    HeaderReader reader(data_size, file);
    nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
    auto entries = reader.take();
    check_cover(entries, data_size, file);
    return entries;
}

} // namespace longview
