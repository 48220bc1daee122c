#include "app/importers/import.h"

#include <sys/stat.h>

#include <utility>

#include "app/importers/archive.h"
#include "app/importers/epub.h"
#include "app/importers/extraction.h"
#include "app/importers/file_bytes.h"
#include "app/importers/format.h"
#include "app/importers/html.h"
#include "app/importers/office.h"
#include "app/importers/pdf.h"
#include "app/importers/plain_text.h"
#include "app/importers/refusal.h"
#include "app/importers/tree_plan.h"

namespace longview::app {
namespace {

Extraction extract(std::string_view bytes, const std::string& name, const ImportOptions& options);

/// What is packed in a package is refused: nobody keeps books like that, but bombs are made so.
Extraction extract_compressed(std::string_view bytes, const std::string& name, const ImportOptions& options) {
    const auto content = decompress(bytes, name, options);
    const auto inner = sniff(content);
    if (inner.format != Format::text && inner.format != Format::html)
        refuse(name, "holds " + std::string(inner.description) + ": unpack it, then read what was in it.");
    auto extraction = extract(content, std::filesystem::path(name).replace_extension().string(), options);
    extraction.notes.insert(extraction.notes.begin(), "The file was unpacked.");
    return extraction;
}

Extraction extract(std::string_view bytes, const std::string& name, const ImportOptions& options) {
    const auto sniffed = sniff(bytes);
    switch (sniffed.format) {
    case Format::text:
        return extract_text(bytes, name);
    case Format::html:
        return extract_html(bytes, name, options.stop);
    case Format::epub:
        return extract_epub(bytes, name, options);
    case Format::office:
        return extract_office(bytes, name, options);
    case Format::compressed:
        return extract_compressed(bytes, name, options);
    case Format::pdf:
        return extract_pdf(bytes, name, options);
    case Format::other:
        break;
    }
    refuse(name,
           "is " + std::string(sniffed.description) + ", not text: convert it to plain text or Markdown.");
}

} // namespace

Document import_bytes(std::string_view bytes, const std::string& name, const ImportOptions& options) {
    if (bytes.empty())
        refuse(name, "is empty: there is nothing to read.");
    return document_of(extract(bytes, name, options), name);
}

Import import_path(const std::filesystem::path& path, const ImportOptions& options) {
    std::error_code error; // what cannot be looked at is left to read_file to complain about
    if (path != "-" && std::filesystem::is_directory(path, error))
        return import_tree(plan_tree(path, options), options);
    auto file = read_file(path, options.limits.file_bytes, options.stop);
    Import result{import_bytes(file.bytes, path.string(), options), {}};
    result.document.source_stamp = std::move(file.stamp);
    return result;
}

std::string source_stamp(const std::filesystem::path& path, const ImportOptions& options) {
    struct stat status {};
    if (path == "-" || stat(path.c_str(), &status) != 0)
        return {};
    if (S_ISDIR(status.st_mode))
        return plan_tree(path, options).stamp;
    if (!S_ISREG(status.st_mode))
        return {};
    return stamp_of(status);
}

} // namespace longview::app
