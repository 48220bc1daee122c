#include "inference/text/sentencepiece_spec.h"

#include <cstdint>
#include <optional>

namespace longview {
namespace {

constexpr std::uint64_t normalizer_spec = 3; // field numbers of sentencepiece_model.proto
constexpr std::uint64_t precompiled_charsmap = 2;
constexpr std::uint64_t add_dummy_prefix = 3;
constexpr std::uint64_t remove_extra_whitespaces = 4;
constexpr std::uint64_t escape_whitespaces = 5;

struct Field {
    std::uint64_t number = 0;
    std::uint64_t value = 0; ///< of a varint
    std::string_view bytes;  ///< of a length-delimited field
};

/// Protocol buffers' wire format, as far as this file uses it.
class WireReader {
public:
    explicit WireReader(std::string_view message) : rest_(message) {}

    std::optional<Field> next() {
        const auto tag = varint();
        if (!tag)
            return std::nullopt;
        Field field{*tag >> 3U, 0, {}};
        switch (*tag & 7U) {
        case 0: {
            const auto value = varint();
            field.value = value.value_or(0);
            return value ? std::optional(field) : std::nullopt;
        }
        case 1:
            return take(field, 8);
        case 2: {
            const auto size = varint();
            return size ? take(field, *size) : std::nullopt;
        }
        case 5:
            return take(field, 4);
        default:
            return std::nullopt;
        }
    }

private:
    std::optional<std::uint64_t> varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80)
                return value;
        }
        return std::nullopt;
    }
    std::optional<Field> take(Field field, std::uint64_t size) {
        if (size > rest_.size())
            return std::nullopt;
        field.bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return field;
    }

    std::string_view rest_;
};

void read_normalizer(std::string_view message, SentencePieceSpec& spec) {
    WireReader reader(message);
    while (const auto field = reader.next()) {
        switch (field->number) {
        case precompiled_charsmap:
            spec.changes_characters = !field->bytes.empty();
            break;
        case add_dummy_prefix:
            spec.adds_space = field->value != 0;
            break;
        case remove_extra_whitespaces:
            spec.removes_spaces = field->value != 0;
            break;
        case escape_whitespaces:
            spec.escapes_spaces = field->value != 0;
            break;
        default:
            break;
        }
    }
}

} // namespace

SentencePieceSpec read_spec(std::string_view model) {
    SentencePieceSpec spec;
    WireReader reader(model);
    while (const auto field = reader.next())
        if (field->number == normalizer_spec)
            read_normalizer(field->bytes, spec);
    return spec;
}

std::string without_added_space(std::string_view model) {
    std::string changed(model);
    changed += static_cast<char>((normalizer_spec << 3U) | 2U);
    changed += char{2}; // bytes of the message that follows
    changed += static_cast<char>(add_dummy_prefix << 3U);
    changed += char{0};
    return changed;
}

} // namespace longview
