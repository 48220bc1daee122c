#include "app/importers/encoding.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iconv.h>
#include <memory>
#include <uchardet/uchardet.h>

#include "inference/text/utf8.h"

namespace longview::app {
namespace {

using namespace std::string_view_literals;

constexpr const char* last_resort = "WINDOWS-1252";

struct Mark {
    std::string_view bytes;
    const char* encoding;
    std::size_t unit; ///< bytes of the smallest code unit
};

/// UTF-32LE begins like UTF-16LE and therefore stands before it.
constexpr Mark marks[] = {
    {"\xFF\xFE\x00\x00"sv, "UTF-32LE", 4}, {"\x00\x00\xFE\xFF"sv, "UTF-32BE", 4},
    {"\xEF\xBB\xBF"sv, "UTF-8", 1},        {"\xFF\xFE"sv, "UTF-16LE", 2},
    {"\xFE\xFF"sv, "UTF-16BE", 2},
};

const Mark* mark_of(std::string_view bytes) {
    const auto found = std::find_if(std::begin(marks), std::end(marks),
                                    [&](const Mark& mark) { return bytes.starts_with(mark.bytes); });
    return found == std::end(marks) ? nullptr : found;
}

class Converter {
public:
    explicit Converter(const char* encoding) : handle_(iconv_open("UTF-8", encoding)) {}
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter() {
        if (usable())
            iconv_close(handle_);
    }
    bool usable() const { return reinterpret_cast<std::intptr_t>(handle_) != -1; } // iconv_open's error value

    /// What cannot be decoded is skipped in steps of `unit` bytes, one U+FFFD for each run of them.
    void convert(std::string_view bytes, std::size_t unit, DecodedText& result) {
        std::string input(bytes); // iconv takes a pointer to mutable bytes
        char* from = input.data();
        std::size_t left = input.size();
        const char* resumed_at = nullptr;
        while (left > 0) {
            if (run(&from, &left, result.text))
                break;
            if (from != resumed_at)
                result.text += "\uFFFD";
            const auto skipped = std::min(left, unit);
            from += skipped;
            left -= skipped;
            resumed_at = from;
            result.undecodable += skipped;
        }
        run(nullptr, nullptr, result.text); // what a stateful encoding still holds back
    }

private:
    /// False when it stopped at bytes that are not text in this encoding.
    bool run(char** from, std::size_t* left, std::string& text) {
        char buffer[1U << 14U];
        while (true) {
            char* to = buffer;
            std::size_t room = sizeof buffer;
            const auto status = iconv(handle_, from, left, &to, &room);
            text.append(buffer, to);
            if (status != static_cast<std::size_t>(-1))
                return true;
            if (errno != E2BIG)
                return false;
        }
    }

    iconv_t handle_;
};

bool is_high(char byte) {
    return static_cast<unsigned char>(byte) >= 0x80;
}

/// uchardet's opinion on the first mebibyte from the first byte that is not plain ASCII; empty when it has
/// none.
std::string detect(std::string_view bytes) {
    constexpr std::size_t sample = 1U << 20U;
    constexpr std::size_t context = 1U << 10U;
    const auto first = std::find_if(bytes.begin(), bytes.end(), is_high) - bytes.begin();
    auto begin = static_cast<std::size_t>(first);
    begin = begin == bytes.size() || begin < context ? 0 : begin - context;
    const std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector(uchardet_new(), &uchardet_delete);
    const auto piece = bytes.substr(begin, sample);
    if (uchardet_handle_data(detector.get(), piece.data(), piece.size()) != 0)
        return {};
    uchardet_data_end(detector.get());
    return uchardet_get_charset(detector.get());
}

/// What Windows writes under these names has more characters than the standards have.
const char* converter_name(const std::string& encoding) {
    if (encoding == "SHIFT_JIS")
        return "CP932";
    if (encoding == "EUC-KR")
        return "CP949";
    return encoding.c_str();
}

DecodedText decode_as_utf8(std::string_view bytes) {
    auto repair = repair_utf8(bytes);
    return {std::move(repair.text), "UTF-8", false, repair.replaced_bytes};
}

/// A book with a few broken bytes is still UTF-8: its sequences of several bytes would not be well-formed by
/// chance.
bool is_mostly_utf8(std::string_view bytes) {
    std::size_t good = 0;
    std::size_t bad = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto point = code_point_at(bytes, at);
        good += point.valid && point.length > 1 ? 1 : 0;
        bad += point.valid ? 0 : 1;
        at += point.length;
    }
    return bad == 0 || good >= 8 * bad;
}

bool switches_alphabets(std::string_view bytes) {
    return bytes.find("\x1B$") != std::string_view::npos || bytes.find("\x1B(") != std::string_view::npos;
}

/// Bytes that are zero among the even and the odd ones of the first kilobytes.
struct Zeros {
    std::size_t even = 0, odd = 0, pairs = 0;
};
Zeros zeros_of(std::string_view bytes) {
    constexpr std::size_t sample = 1U << 14U;
    Zeros zeros;
    for (std::size_t at = 0; at + 1 < std::min(bytes.size(), sample); at += 2, ++zeros.pairs) {
        zeros.even += bytes[at] == 0 ? 1 : 0;
        zeros.odd += bytes[at + 1] == 0 ? 1 : 0;
    }
    return zeros;
}

/// Text in any alphabet has spaces and line ends, whose upper byte is zero; a lower byte next to never is.
const char* wide_encoding(std::string_view bytes) {
    const auto [even, odd, pairs] = zeros_of(bytes);
    const auto many = std::max<std::size_t>(2, pairs / 20), few = pairs / 100;
    if (bytes.size() % 2 != 0)
        return nullptr;
    if (odd >= many && even <= few)
        return "UTF-16LE";
    return even >= many && odd <= few ? "UTF-16BE" : nullptr;
}

DecodedText decode_declared(std::string_view bytes, const std::string& declared) {
    DecodedText result{{}, declared, false, 0};
    // Browsers read the Latin-1 family as what Windows makes of it.
    const bool latin = declared == "ISO-8859-1" || declared == "US-ASCII" || declared == "LATIN1";
    if (Converter converter(latin ? last_resort : converter_name(declared)); converter.usable())
        converter.convert(bytes, 1, result);
    return result;
}

DecodedText decode_unmarked(std::string_view bytes, const std::string& declared) {
    if (const char* wide = wide_encoding(bytes)) {
        DecodedText result{{}, wide, true, 0};
        Converter(wide).convert(bytes, 2, result);
        return result;
    }
    auto encoding = std::string();
    if (switches_alphabets(bytes)) // ISO-2022 is plain ASCII byte by byte
        encoding = detect(bytes);
    if (!encoding.starts_with("ISO-2022") && is_mostly_utf8(bytes))
        return decode_as_utf8(bytes);
    if (!declared.empty())
        if (auto result = decode_declared(bytes, declared); !result.text.empty())
            return result;
    if (encoding.empty())
        encoding = detect(bytes);
    DecodedText result;
    result.guessed = true;
    result.encoding = encoding.empty() ? last_resort : encoding;
    if (Converter converter(converter_name(result.encoding)); converter.usable()) {
        converter.convert(bytes, 1, result);
        return result;
    }
    result.encoding = last_resort;
    Converter(last_resort).convert(bytes, 1, result);
    return result;
}

} // namespace

bool has_wide_mark(std::string_view bytes) {
    const auto* mark = mark_of(bytes);
    return mark != nullptr && mark->unit > 1;
}

bool looks_wide(std::string_view bytes) {
    return wide_encoding(bytes) != nullptr;
}

DecodedText decode_text(std::string_view bytes, const std::string& declared) {
    const auto* mark = mark_of(bytes);
    if (mark == nullptr)
        return decode_unmarked(bytes, declared);
    bytes.remove_prefix(mark->bytes.size());
    if (mark->unit == 1)
        return decode_as_utf8(bytes);
    DecodedText result{{}, mark->encoding, false, 0};
    Converter(mark->encoding).convert(bytes, mark->unit, result);
    return result;
}

} // namespace longview::app
