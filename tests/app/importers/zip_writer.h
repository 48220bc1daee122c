#pragma once
// ZIP archives as a test needs them.

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <archive.h>
#include <archive_entry.h>

namespace longview::app::test {

using Entries = std::vector<std::pair<std::string, std::string>>;

inline std::string zip_of(const Entries& entries) {
    std::string bytes;
    struct archive* writer = archive_write_new();
    archive_write_set_format_zip(writer);
    archive_write_set_bytes_in_last_block(writer, 1);
    const auto append = [](struct archive*, void* to, const void* block, size_t size) {
        static_cast<std::string*>(to)->append(static_cast<const char*>(block), size);
        return static_cast<la_ssize_t>(size);
    };
    archive_write_open(writer, &bytes, nullptr, append, nullptr);
    for (const auto& [name, content] : entries) {
        if (name == "mimetype") // the EPUB standard wants it as it is
            archive_write_zip_set_compression_store(writer);
        else
            archive_write_zip_set_compression_deflate(writer);
        struct archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_write_header(writer, entry);
        archive_write_data(writer, content.data(), content.size());
        archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    return bytes;
}

inline std::string opf(const std::string& manifest, const std::string& spine) {
    return R"(<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata
        xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Book</dc:title></metadata><manifest>)" +
           manifest + "</manifest><spine toc=\"ncx\">" + spine + "</spine></package>";
}

/// An EPUB whose package document lies in OPS/.
inline Entries epub_entries(const std::string& package, const Entries& files) {
    Entries entries{{"mimetype", "application/epub+zip"},
                    {"META-INF/container.xml",
                     R"(<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>)"},
                    {"OPS/book.opf", package}};
    entries.insert(entries.end(), files.begin(), files.end());
    return entries;
}

inline std::string item(const std::string& id, const std::string& href, const std::string& properties = {}) {
    return "<item id=\"" + id + "\" href=\"" + href +
           "\" media-type=\"application/xhtml+xml\" properties=\"" + properties + "\"/>";
}

inline std::string page(const std::string& body) {
    return "<?xml version=\"1.0\"?><html "
           "xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>x</title></head><body>" +
           body + "</body></html>";
}

} // namespace longview::app::test
