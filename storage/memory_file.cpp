#include "storage/memory_file.h"

#include <array>
#include <cstring>
#include <fstream>
#include <limits>
#include <string_view>
#include <type_traits>

#include "inference/values/error.h"
#include "storage/state_codec.h"

namespace longview::storage {

namespace {

constexpr std::string_view magic{"LVMEM\r\n\x1a", 8};
constexpr std::uint32_t version = 1;
constexpr std::size_t longest_text = 1 << 20;

class Writer {
public:
    template <class Number>
    void number(Number value) {
        static_assert(std::is_integral_v<Number>);
        bytes_.append(reinterpret_cast<const char*>(&value),
                      sizeof value); // this folder is little-endian only
    }
    void hash(const Hash128& hash) {
        bytes_.append(reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size());
    }
    void text(const std::string& text) {
        number(static_cast<std::uint32_t>(text.size()));
        bytes_ += text;
    }
    void raw(std::string_view bytes) { bytes_ += bytes; }
    void section(std::string_view tag, std::string_view content) {
        raw(tag);
        number(static_cast<std::uint64_t>(content.size()));
        raw(content);
    }
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

/// Takes from the front; every length is checked against what is there.
class Reader {
public:
    Reader(std::span<const std::byte> bytes, const std::string& file) : bytes_(bytes), file_(file) {}

    [[noreturn]] void refuse(const std::string& reason) const {
        throw Error(ErrorKind::input, file_ + " cannot be imported: " + reason + ".");
    }
    std::span<const std::byte> raw(std::uint64_t size) {
        if (size > bytes_.size())
            refuse("it is cut off; copy or export it again");
        const auto front = bytes_.first(static_cast<std::size_t>(size));
        bytes_ = bytes_.subspan(static_cast<std::size_t>(size));
        return front;
    }
    template <class Number>
    Number number() {
        Number value = 0;
        std::memcpy(&value, raw(sizeof value).data(), sizeof value);
        return value;
    }
    Hash128 hash() {
        Hash128 hash;
        std::memcpy(hash.bytes.data(), raw(hash.bytes.size()).data(), hash.bytes.size());
        return hash;
    }
    std::string text() {
        const auto size = number<std::uint32_t>();
        if (size > longest_text)
            refuse("a text in it is too long; it is damaged");
        const auto bytes = raw(size);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    Reader section(std::string_view tag) {
        const auto found = raw(tag.size());
        if (std::memcmp(found.data(), tag.data(), tag.size()) != 0)
            refuse("its section " + std::string(tag) + " is not where it belongs; it is damaged");
        const auto size = number<std::uint64_t>();
        return {raw(size), file_};
    }
    std::size_t left() const { return bytes_.size(); }
    void expect_end() const {
        if (!bytes_.empty())
            refuse("there are bytes that belong to nothing; it is damaged");
    }

private:
    std::span<const std::byte> bytes_;
    const std::string& file_;
};

void parse_model(Reader section, MemoryFile& memory) {
    memory.model = section.text();
    memory.fingerprint.weights = section.hash();
    memory.fingerprint.config = section.text();
    memory.fingerprint.tokenizer = section.hash();
    memory.fingerprint.numerics = section.text();
    memory.segment_size = section.number<std::int64_t>();
    section.expect_end();
    if (memory.segment_size < 1)
        section.refuse("its segment size makes no sense");
}

void parse_document(Reader section, MemoryFile& memory) {
    memory.title = section.text();
    memory.content_hash = section.text();
    memory.document_bytes = section.number<std::int64_t>();
    memory.document_tokens = section.number<std::int64_t>();
    section.expect_end();
    if (memory.content_hash.empty() || memory.document_bytes < 0 || memory.document_tokens < 0)
        section.refuse("what it says about its document makes no sense");
}

void parse_state(Reader section, MemoryFile& memory) {
    memory.key = section.hash();
    for (std::int64_t* number :
         {&memory.layers, &memory.keys, &memory.hidden, &memory.segments, &memory.codec})
        *number = section.number<std::int64_t>();
    memory.checksum = section.hash();
    section.expect_end();
    if (memory.segments < 1)
        section.refuse("it covers no segment");
}

/// The floats of a parsed file; throws like the parser.
MemoryState state_of(const MemoryFile& memory, const std::string& file) {
    MemoryState state;
    const std::string damage =
        decode_state(memory.key, {memory.layers, memory.keys, memory.hidden, memory.segments, memory.codec},
                     memory.checksum, memory.data, state);
    if (!damage.empty())
        throw Error(ErrorKind::input, file + " cannot be imported: " + damage + ".");
    return state;
}

} // namespace

std::string to_bytes(const MemoryFile& memory) {
    Writer model, document, state, all;
    model.text(memory.model);
    model.hash(memory.fingerprint.weights);
    model.text(memory.fingerprint.config);
    model.hash(memory.fingerprint.tokenizer);
    model.text(memory.fingerprint.numerics);
    model.number(memory.segment_size);
    document.text(memory.title);
    document.text(memory.content_hash);
    document.number(memory.document_bytes);
    document.number(memory.document_tokens);
    state.hash(memory.key);
    for (const std::int64_t number :
         {memory.layers, memory.keys, memory.hidden, memory.segments, memory.codec})
        state.number(number);
    state.hash(memory.checksum);

    all.raw(magic);
    all.number(version);
    all.section("MODL", model.bytes());
    all.section("DOCU", document.bytes());
    all.section("STAT", state.bytes());
    all.section("DATA", {reinterpret_cast<const char*>(memory.data.data()), memory.data.size()});
    Writer sums;
    sums.hash(hash_bytes(std::as_bytes(std::span(all.bytes()))));
    all.section("SUMS", sums.bytes());
    return all.bytes();
}

MemoryFile parse_memory_file(std::span<const std::byte> bytes, const std::string& file) {
    Reader reader(bytes, file);
    if (bytes.size() < magic.size() || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
        reader.refuse("it is not a memory that Longview exported");
    reader.raw(magic.size());
    if (const auto found = reader.number<std::uint32_t>(); found != version)
        reader.refuse("it has version " + std::to_string(found) + " of the format, and this Longview knows " +
                      std::to_string(version) + "; use the Longview that wrote it, or a newer one");
    MemoryFile memory;
    const Reader model = reader.section("MODL"), document = reader.section("DOCU"),
                 state = reader.section("STAT");
    Reader data = reader.section("DATA");
    const auto summed = bytes.first(bytes.size() - reader.left());
    Reader sums = reader.section("SUMS");
    reader.expect_end();
    if (sums.hash() != hash_bytes(summed))
        reader.refuse("its checksum does not match; copy or export it again");
    sums.expect_end();

    parse_model(model, memory);
    parse_document(document, memory);
    parse_state(state, memory);
    const auto blob = data.raw(data.left());
    memory.data.assign(blob.begin(), blob.end());
    state_of(memory, file);
    return memory;
}

MemoryFile read_memory_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary | std::ios::ate);
    const std::streamoff size = stream ? static_cast<std::streamoff>(stream.tellg()) : -1;
    if (size < 0)
        throw Error(ErrorKind::input, file.string() + " cannot be read; check its name and permissions.");
    if (size > largest_state_bytes + (1 << 23))
        throw Error(ErrorKind::input, file.string() + " cannot be imported: it is larger than any memory.");
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    stream.seekg(0);
    if (!stream.read(reinterpret_cast<char*>(bytes.data()), size))
        throw Error(ErrorKind::input, file.string() + " cannot be read to its end; check the disk.");
    return parse_memory_file(bytes, file.string());
}

std::string mismatch(const MemoryFile& memory, const Fingerprint& here) {
    if (memory.fingerprint.root() == here.root())
        return {};
    if (memory.fingerprint.config != here.config)
        return "the model \"" + memory.model +
               "\" that read it has another configuration (sizes, segment size) than the one here";
    if (memory.fingerprint.weights != here.weights)
        return "the model \"" + memory.model + "\" that read it has other weights than the one here";
    if (memory.fingerprint.tokenizer != here.tokenizer)
        return "the model \"" + memory.model + "\" that read it has another tokenizer than the one here";
    return "it was read with the arithmetic " + memory.fingerprint.numerics + ", and this device computes " +
           here.numerics;
}

} // namespace longview::storage
