#pragma once
// Where the bytes of a derived text came from. A run per change of distance instead of an offset per byte: a
// 60 MB book would otherwise need half a gigabyte for it.

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

namespace longview {

/// Maps byte offsets of a text to byte offsets of its source; non-decreasing. Empty means identity.
class SourceMap {
    struct Run {
        std::size_t text, source;
    };

public:
    /// Byte `text` came from `source`, and the bytes after it from the bytes after that, until the next call.
    /// Both arguments never decrease from call to call. End with (text size, source size).
    void add(std::size_t text, std::size_t source) {
        if (!runs_.empty() && runs_.back().source + (text - runs_.back().text) == source)
            return;
        runs_.push_back({text, source});
    }
    /// Forgets what lies at and after byte `text`.
    void truncate(std::size_t text) {
        while (!runs_.empty() && runs_.back().text >= text)
            runs_.pop_back();
    }
    bool empty() const { return runs_.empty(); }
    /// O(log runs).
    std::size_t at(std::size_t text) const {
        if (runs_.empty())
            return text;
        const auto next =
            std::upper_bound(runs_.begin(), runs_.end(), text,
                             [](std::size_t offset, const Run& run) { return offset < run.text; });
        const auto& run = next == runs_.begin() ? *next : *std::prev(next);
        return run.source + (text - run.text);
    }

    /// Looks up offsets that never decrease, in constant time on average.
    class Cursor {
    public:
        explicit Cursor(const SourceMap& map) : runs_(&map.runs_) {}
        std::size_t at(std::size_t text) {
            if (runs_->empty())
                return text;
            while (run_ + 1 < runs_->size() && (*runs_)[run_ + 1].text <= text)
                ++run_;
            return (*runs_)[run_].source + (text - (*runs_)[run_].text);
        }

    private:
        const std::vector<Run>* runs_;
        std::size_t run_ = 0;
    };

private:
    std::vector<Run> runs_;
};

} // namespace longview
