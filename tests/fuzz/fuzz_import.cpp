// Any bytes are a document or a refusal, and every byte of the text has a place.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/importers/import.h"
#include "inference/values/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (bytes.starts_with("%PDF-"))
        return 0; // taken apart in another process
    longview::app::ImportOptions options;
    options.limits.text_bytes = std::size_t{16} << 20U;
    try {
        const auto document = longview::app::import_bytes(bytes, "fuzz.md", options);
        if (document.text.empty() || document.content_hash.size() != 32)
            std::abort();
        for (const auto& section : document.sections)
            if (section.begin >= document.text.size() || section.title.empty())
                std::abort();
        if (document.location(0, document.text.size()).empty())
            std::abort();
    } catch (const longview::Error& error) {
        if (error.kind() != longview::ErrorKind::input)
            std::abort();
    }
    return 0;
}
