#pragma once
// Groups of cells for the tests: seeded values, guards around every matrix, and the runs that must agree bit
// for bit.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include <QString>

#include "kernels/ops.h"

namespace longview::kernels::test {

using Values = std::vector<float>;
using Cells = std::vector<Values>; ///< one matrix per cell

class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    Values normal(std::size_t count, float scale = 1) {
        std::normal_distribution<float> distribution(0, scale);
        Values values(count);
        for (auto& value : values)
            value = distribution(engine_);
        return values;
    }
    Values uniform(std::size_t count, float low, float high) {
        std::uniform_real_distribution<float> distribution(low, high);
        Values values(count);
        for (auto& value : values)
            value = distribution(engine_);
        return values;
    }
    /// One [rows[g], width] matrix per cell.
    Cells cells(const std::vector<int>& rows, int width, float scale = 1) {
        Cells cells;
        for (const int r : rows)
            cells.push_back(normal(static_cast<std::size_t>(r) * static_cast<std::size_t>(width), scale));
        return cells;
    }

private:
    std::mt19937 engine_;
};

/// Cells [first, first + count) as one stack, each between guards of NaN: what is read beyond a matrix spoils
/// the result, what is written there is noticed. The distance between matrices differs from run to run, so
/// alignment does too.
class Guarded {
public:
    Guarded(const Cells& cells, std::size_t first, std::size_t count) : guard_(17 + 3 * first + count) {
        std::size_t largest = 0;
        for (std::size_t g = 0; g < count; ++g) {
            sizes_.push_back(cells[first + g].size());
            largest = std::max(largest, sizes_.back());
        }
        stride_ = largest + guard_;
        memory_ = guards(guard_ + count * stride_);
        for (std::size_t g = 0; g < count; ++g)
            std::copy(cells[first + g].begin(), cells[first + g].end(),
                      memory_.begin() + static_cast<std::ptrdiff_t>(guard_ + g * stride_));
    }
    Stack<float> stack() { return {memory_.data() + guard_, stride_}; }
    /// The matrices, or nothing when a guard was overwritten.
    Cells take() const {
        Cells cells;
        Values untouched = guards(memory_.size());
        for (std::size_t g = 0; g < sizes_.size(); ++g) {
            const auto start = static_cast<std::ptrdiff_t>(guard_ + g * stride_);
            cells.emplace_back(memory_.begin() + start,
                               memory_.begin() + start + static_cast<std::ptrdiff_t>(sizes_[g]));
            std::copy(cells[g].begin(), cells[g].end(), untouched.begin() + start);
        }
        return std::memcmp(untouched.data(), memory_.data(), memory_.size() * sizeof(float)) == 0 ? cells
                                                                                                  : Cells{};
    }

private:
    static Values guards(std::size_t count) {
        return Values(count, std::bit_cast<float>(0x7fc0beefU)); // a NaN that no arithmetic makes
    }

    std::size_t guard_, stride_ = 0;
    std::vector<std::size_t> sizes_;
    Values memory_;
};

/// Outputs before a run: what an operation reads of them by mistake spoils its result.
inline Cells unset(const std::vector<int>& rows, int width) {
    Cells cells;
    for (const int r : rows)
        cells.emplace_back(static_cast<std::size_t>(r) * static_cast<std::size_t>(width),
                           std::numeric_limits<float>::quiet_NaN());
    return cells;
}

inline bool same_bits(const Values& a, const Values& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

/// Runs `run(pool, first, count) -> Cells` over the whole group with 1, 2 and 5 threads and over every cell
/// alone; empty when all agree bit for bit, else what does not. `result` receives the cells.
template <class Run>
QString differing_bits(std::size_t cells, const Run& run, Cells& result) {
    for (const int threads : {1, 2, 5}) {
        cpu::ThreadPool pool(threads);
        const Cells group = run(pool, std::size_t{0}, cells);
        if (group.size() != cells)
            return QStringLiteral("refused, or wrote outside its output");
        if (threads == 1)
            result = group;
        for (std::size_t g = 0; g < cells; ++g)
            if (!same_bits(group[g], result[g]))
                return QStringLiteral("cell %1 differs with %2 threads").arg(g).arg(threads);
    }
    cpu::ThreadPool pool(2);
    for (std::size_t g = 0; g < cells; ++g) {
        const Cells alone = run(pool, g, std::size_t{1});
        if (alone.size() != 1 || !same_bits(alone[0], result[g]))
            return QStringLiteral("cell %1 differs when it runs alone").arg(g);
    }
    return {};
}

inline std::size_t at(int index) {
    return static_cast<std::size_t>(index);
}

} // namespace longview::kernels::test
