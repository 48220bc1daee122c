#pragma once
// What a reading would take, before it begins.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/core/model.h"
#include "app/importers/import.h"
#include "storage/database.h"

namespace longview::app {

struct ReadingPlan {
    std::string path;
    std::vector<FileResult> files; ///< of a folder; empty for a single file
    std::vector<std::string> notes;
    std::int64_t bytes = 0;  ///< of the files that are taken
    std::int64_t tokens = 0; ///< an estimate from a sample unless `exact`
    bool exact = true;
    std::int64_t segments = 0;
    std::int64_t segments_known = 0; ///< of those, in memory already; 0 unless `exact`
    bool changed = false;            ///< another text was read from this path before
    std::string extractor_before;    ///< what made that text, when it is another extractor than today's
    std::int64_t memory_bytes = 0;   ///< of the finished memory, before compression
    double tokens_per_second = 0;    ///< 0: nothing to read
    bool measured = false;           ///< just now; otherwise of the last reading
    double seconds() const;          ///< that reading the rest takes
    std::int64_t rest_tokens = 0;    ///< not in memory yet
};

/// Imports a single file whole and a large folder by names, sizes and a sample. Reads nothing into a memory
/// but for a short measurement when the library knows no speed of this model here. `library` may be nullptr.
/// Throws Error(input), Error(cancelled).
ReadingPlan plan_reading(const std::filesystem::path& path, Model& model, storage::Database* library,
                         const ImportOptions& options = {});

} // namespace longview::app
