#pragma once
// Compares an operation's float32 result with float64, row by row, by the error that a naive float32 version
// of the same formula makes on the same input.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <QString>

namespace longview::kernels::test {

/// ‖a − b‖ / ‖b‖ of one row; `typical` stands in for the norm of a row of zeros.
template <class T>
double row_error(const T* a, const double* b, std::size_t width, double typical) {
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < width; ++i) {
        const double d = static_cast<double>(a[i]) - b[i];
        difference += d * d;
        norm += b[i] * b[i];
    }
    return std::sqrt(difference) / (norm > 0 ? std::sqrt(norm) : typical);
}

inline double typical_norm(const std::vector<double>& exact, std::size_t width) {
    double norm = 0;
    for (const double value : exact)
        norm += value * value;
    const auto rows = static_cast<double>(exact.size() / width);
    return norm > 0 ? std::sqrt(norm / rows) : 1.0;
}

/// Greatest error of a row; NaN when one row's is.
inline double greatest_error(const std::vector<float>& actual, const std::vector<double>& exact,
                             std::size_t width) {
    const double typical = typical_norm(exact, width);
    double greatest = 0;
    for (std::size_t row = 0; row + width <= exact.size(); row += width) {
        const double error = row_error(actual.data() + row, exact.data() + row, width, typical);
        if (!(error <= greatest))
            greatest = error;
        if (std::isnan(error))
            return error;
    }
    return greatest;
}

/// Empty when every row of `actual` is within `factor` times the greatest error of a row of `naive` (at least
/// half a unit in the last place of 1), else what is wrong. All are [rows, width].
inline QString far_from(const std::vector<float>& actual, const std::vector<double>& exact,
                        const std::vector<float>& naive, std::size_t width, double factor = 4) {
    if (actual.empty() || actual.size() != exact.size() || naive.size() != exact.size() ||
        exact.size() % width != 0)
        return QStringLiteral("sizes differ: %1 and %2").arg(actual.size()).arg(exact.size());
    const double bound = factor * std::max(greatest_error(naive, exact, width), 6e-8);
    const double error = greatest_error(actual, exact, width);
    if (error <= bound && bound < 1e-3)
        return {};
    return QStringLiteral("error %1 of a row, allowed %2").arg(error).arg(bound);
}

} // namespace longview::kernels::test
