#include "app/importers/archive.h"

#include <algorithm>
#include <memory>
#include <new>

#include <archive.h>
#include <archive_entry.h>

#include "app/importers/refusal.h"

namespace longview::app {
namespace {

constexpr std::size_t always_allowed = std::size_t{64} << 20U;
constexpr std::size_t most_entries = 100'000;

using Handle = std::unique_ptr<struct archive, int (*)(struct archive*)>;

Handle new_reader() {
    Handle reader(archive_read_new(), &archive_read_free);
    if (!reader)
        throw std::bad_alloc();
    return reader;
}

std::string reason_of(struct archive* reader) {
    const char* reason = archive_error_string(reader);
    return reason == nullptr ? "" : std::string(" (") + reason + ")";
}

[[noreturn]] void refuse_damaged(struct archive* reader, const std::string& name) {
    refuse(name,
           "is damaged and cannot be unpacked" + reason_of(reader) + ": get it again from where it came.");
}

std::string entry_name(struct archive_entry* entry) {
    const char* name = archive_entry_pathname_utf8(entry);
    name = name == nullptr ? archive_entry_pathname(entry) : name;
    return name == nullptr ? std::string() : name;
}

bool points_outside(std::string_view entry) {
    return entry.starts_with('/') || entry.starts_with("../") || entry == ".." ||
           entry.find("/../") != std::string_view::npos || entry.ends_with("/..") ||
           entry.find('\\') != std::string_view::npos;
}

/// Everything unpacked from one file counts together, so that many entries are no way around a limit.
class Budget {
public:
    Budget(const std::string& name, std::size_t packed, const ImportLimits& limits, std::size_t& used)
        : name_(name), packed_(packed), limits_(limits), used_(used) {}
    void spend(std::size_t bytes) {
        used_ += bytes;
        if (used_ > limits_.text_bytes)
            refuse(name_, "unpacks to more than " + std::to_string(limits_.text_bytes >> 20U) +
                              " MiB, the most that is read as one document: unpack and split it.");
        if (used_ > always_allowed && used_ / std::max<std::size_t>(1, packed_) > limits_.expansion)
            refuse(name_, "unpacks to more than " + std::to_string(limits_.expansion) +
                              " times its size, as files made to fill a disk do: it is not read.");
    }

private:
    const std::string& name_;
    std::size_t packed_;
    const ImportLimits& limits_;
    std::size_t& used_;
};

std::string read_entry(struct archive* reader, const std::string& name, Budget& budget,
                       const std::stop_token& stop) {
    std::string content;
    std::vector<char> block(std::size_t{1} << 18U);
    while (true) {
        stop_if_requested(stop, name);
        const auto count = archive_read_data(reader, block.data(), block.size());
        if (count < 0)
            refuse_damaged(reader, name);
        if (count == 0)
            return content;
        budget.spend(static_cast<std::size_t>(count));
        content.append(block.data(), static_cast<std::size_t>(count));
    }
}

/// Calls `visit` for each entry until it returns false.
void for_each_entry(std::string_view bytes, const std::string& name, const ImportOptions& options,
                    const std::function<bool(struct archive*, struct archive_entry*)>& visit) {
    const auto reader = new_reader();
    archive_read_support_format_zip(reader.get());
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        refuse_damaged(reader.get(), name);
    struct archive_entry* entry = nullptr;
    while (true) {
        stop_if_requested(options.stop, name);
        const auto status = archive_read_next_header(reader.get(), &entry);
        if (status == ARCHIVE_EOF)
            return;
        if (status < ARCHIVE_WARN)
            refuse_damaged(reader.get(), name);
        if (!visit(reader.get(), entry))
            return;
    }
}

} // namespace

ZipArchive::ZipArchive(std::string_view bytes, const std::string& name, const ImportOptions& options)
    : bytes_(bytes), name_(name), options_(options) {
    for_each_entry(bytes_, name_, options_, [&](struct archive*, struct archive_entry* entry) {
        auto path = entry_name(entry);
        if (points_outside(path))
            outside_.push_back(std::move(path));
        else
            entries_.emplace(std::move(path), archive_entry_is_encrypted(entry) != 0);
        if (entries_.size() > most_entries)
            refuse(name_, "holds more than 100,000 files: unpack it, then read the folder.");
        return true;
    });
}

std::map<std::string, std::string, std::less<>>
ZipArchive::read(const std::function<bool(const std::string&)>& wanted) {
    std::map<std::string, std::string, std::less<>> contents;
    Budget budget(name_, bytes_.size(), options_.limits, unpacked_);
    for_each_entry(bytes_, name_, options_, [&](struct archive* reader, struct archive_entry* entry) {
        const auto path = entry_name(entry);
        const auto known = entries_.find(path);
        if (known == entries_.end() || !wanted(path))
            return true;
        if (known->second)
            refuse(name_, "is an archive with a password: unpack it, then read what was in it.");
        contents.try_emplace(path, read_entry(reader, name_, budget, options_.stop));
        return true;
    });
    return contents;
}

std::string ZipArchive::read_one(std::string_view entry) {
    auto contents = read([&](const std::string& path) { return path == entry; });
    return contents.empty() ? std::string() : std::move(contents.begin()->second);
}

std::string decompress(std::string_view bytes, const std::string& name, const ImportOptions& options) {
    const auto reader = new_reader();
    archive_read_support_format_raw(reader.get());
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_zstd(reader.get());
    archive_read_support_filter_xz(reader.get());
    archive_read_support_filter_bzip2(reader.get());
    struct archive_entry* entry = nullptr;
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) < ARCHIVE_WARN)
        refuse_damaged(reader.get(), name);
    std::size_t used = 0;
    Budget budget(name, bytes.size(), options.limits, used);
    return read_entry(reader.get(), name, budget, options.stop);
}

} // namespace longview::app
