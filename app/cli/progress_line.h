#pragma once
// One line on standard error that says how far the work is.

#include <chrono>
#include <string>

#include "inference/values/progress.h"

namespace longview::cli {

/// Rewrites its line about ten times a second when standard error is a terminal; silent otherwise.
class ProgressLine {
public:
    explicit ProgressLine(bool quiet);
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const ReadProgress& progress);
    void show_waiting(std::int64_t segments_known, std::int64_t segments_total);
    void show(const std::string& text, bool last);
    void clear();

private:
    std::chrono::steady_clock::time_point shown_at_;
    bool enabled_;
    bool visible_ = false;
};

/// "Reading  42 %  segment 50 of 120  1,234 tokens/s  0:35 left".
std::string progress_text(const ReadProgress& progress);

} // namespace longview::cli
