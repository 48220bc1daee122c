#include "app/cli/progress_line.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "app/cli/output.h"

namespace longview::cli {

namespace {

/// "0:35", "12:07", "3:05:40".
std::string duration_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::ceil(std::max(seconds, 0.0)));
    const auto two = [](std::int64_t value) {
        return std::string(value < 10 ? "0" : "") += std::to_string(value);
    };
    const std::int64_t hours = whole / 3600, minutes = whole / 60 % 60;
    return (hours > 0 ? std::to_string(hours) + ":" + two(minutes) : std::to_string(minutes)) + ":" +
           two(whole % 60);
}

} // namespace

std::string progress_text(const ReadProgress& progress) {
    const WavefrontSnapshot& wavefront = progress.wavefront;
    const std::int64_t layers = std::max(wavefront.layers, 1);
    const std::int64_t done = wavefront.restored * layers + wavefront.cells_done();
    const std::int64_t all = std::max<std::int64_t>(wavefront.segments * layers, 1);
    const std::int64_t finished = progress.tokens_total > 0
                                      ? wavefront.restored + wavefront.computed_segments() *
                                                                 progress.tokens_done / progress.tokens_total
                                      : wavefront.restored;
    const std::string percent = std::to_string(done * 100 / all);
    return "Reading " + std::string(3 - std::min<std::size_t>(percent.size(), 3), ' ') + percent +
           " %  segment " + grouped(finished) + " of " + grouped(wavefront.segments) + "  " +
           grouped(std::llround(progress.tokens_per_second)) + " tokens/s  " + duration_text(progress.eta_s) +
           " left";
}

ProgressLine::ProgressLine(bool quiet) : enabled_(!quiet && isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(const ReadProgress& progress) {
    if (enabled_)
        show(progress_text(progress), !progress.wavefront.running);
}

void ProgressLine::show_waiting(std::int64_t segments_known, std::int64_t segments_total) {
    const std::string text = "Another Longview is reading this document: waiting. ";
    show(text + grouped(segments_known) + " of " + grouped(segments_total) + " segments are known.", false);
}

void ProgressLine::show(const std::string& text, bool last) {
    const auto now = std::chrono::steady_clock::now();
    if (!enabled_ || (visible_ && !last && now - shown_at_ < std::chrono::milliseconds(100)))
        return;
    shown_at_ = now;
    visible_ = true;
    std::fprintf(stderr, "\r%s\033[K", text.c_str());
}

void ProgressLine::clear() {
    if (visible_)
        std::fputs("\r\033[K", stderr);
    visible_ = false;
}

} // namespace longview::cli
