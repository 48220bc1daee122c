// nucleus() of kernels/cuda/nucleus.h against a sort in double precision. Stands alone: no Qt, and without a
// GPU it says that it skipped. --seed N draws other numbers, --few checks little (for a sanitizer).

#include "checks.h"

#include <limits>
#include <numeric>

#include "kernels/cuda/decode.h"
#include "kernels/cuda/nucleus.h"

using namespace longview::kernels;
using namespace longview::kernels::testing;

namespace {

using Draw = cuda::NucleusDraw;

/// Where each token stands when all are sorted, likeliest first, and how much of the row is the nucleus.
struct Row {
    std::vector<double> begin, end; ///< of each id; equal where it is never chosen
    double nucleus = 0, total = 0;
};

Row sort_out(const Floats& logits, const Draw& draw) {
    double top = -std::numeric_limits<double>::infinity();
    for (const float logit : logits)
        if (std::isfinite(logit))
            top = std::max(top, static_cast<double>(logit));
    std::vector<double> p(logits.size());
    for (std::size_t i = 0; i < p.size(); ++i)
        p[i] = std::isfinite(logits[i]) ? std::exp((logits[i] - top) / static_cast<double>(draw.temperature))
                                        : 0;
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
    Row row{std::vector<double>(p.size()), std::vector<double>(p.size()), 0, 0};
    row.total = std::accumulate(p.begin(), p.end(), 0.0);
    double at = 0;
    for (const std::size_t i : order) {
        if (row.nucleus == 0 && at >= draw.top_p * row.total)
            row.nucleus = at;
        row.begin[i] = at;
        at += p[i];
        row.end[i] = at;
    }
    if (row.nucleus == 0)
        row.nucleus = at;
    return row;
}

/// Does `id` cover the place that the random number names, but for what float32 exponentials and the
/// nucleus's edge may shift?
bool covers(const Row& row, const Draw& draw, std::int32_t id, double edge) {
    if (id < 0 || static_cast<std::size_t>(id) >= row.begin.size())
        return false;
    const auto i = static_cast<std::size_t>(id);
    const double slack = 2e-6 * row.total + edge, place = draw.uniform * row.nucleus;
    return row.end[i] > row.begin[i] && row.begin[i] <= place + slack && place - slack <= row.end[i];
}

class Device {
public:
    explicit Device(const Floats& logits)
        : vocab_(static_cast<int>(logits.size())),
          logits_(1, logits.size(), 0),
          chosen_(1, 1, 0),
          scratch_(1, cuda::nucleus_scratch_bytes() / sizeof(float), 0) {
        logits_.set(logits);
    }
    Status draw(const Draw& draw) {
        if (const Status status = cuda::greedy(nullptr, logits_.data(), vocab_, chosen_.data(), nullptr);
            !status.ok())
            return status;
        return cuda::nucleus(nullptr, logits_.data(), vocab_, draw,
                             reinterpret_cast<std::byte*>(scratch_.data()), chosen_.data());
    }
    std::int32_t token(const Draw& wanted) {
        MUST(draw(wanted));
        MUST(cudaDeviceSynchronize());
        return chosen_.dense(chosen_.read())[0];
    }
    bool intact() const {
        return logits_.unchanged() && chosen_.guards_intact(chosen_.read()) &&
               scratch_.guards_intact(scratch_.read());
    }

private:
    int vocab_;
    Matrices<float> logits_;
    Matrices<std::int32_t> chosen_;
    Matrices<float> scratch_;
};

void check_draws(Numbers& numbers, const std::string& what, const Floats& logits, int draws) {
    Device device(logits);
    for (const float temperature : {0.01F, 0.7F, 1.0F, 30.0F})
        for (const double top_p : {1e-9, 0.3, 0.95, 1.0}) {
            Draw draw{temperature, top_p, 0};
            const Row row = sort_out(logits, draw);
            // Rounding may put one token more or less into the nucleus, which moves every place in it.
            double edge = 0;
            for (std::size_t i = 0; i < row.begin.size(); ++i)
                if (std::abs(row.end[i] - row.nucleus) < 1e-5 * row.total ||
                    std::abs(row.begin[i] - row.nucleus) < 1e-5 * row.total)
                    edge = std::max(edge, row.end[i] - row.begin[i]);
            for (int i = 0; i < draws; ++i) {
                draw.uniform = i == 0 ? 0 : i == 1 ? 1 - 0x1p-53 : static_cast<double>(numbers.uniform(0, 1));
                const auto id = device.token(draw);
                const auto said = what + ", temperature " + std::to_string(temperature) + ", top_p " +
                                  std::to_string(top_p) + ", number " + std::to_string(draw.uniform);
                check(covers(row, draw, id, edge), said + ": the wrong token, " + std::to_string(id));
                check(device.token(draw) == id, said + ": another token the second time");
                if (row.end[0] - row.begin[0] < 0.1 * row.nucleus && logits.size() > 100) {
                    Draw far = draw; // a comparator that takes anything would prove nothing
                    far.uniform = draw.uniform < 0.5 ? draw.uniform + 0.5 : draw.uniform - 0.5;
                    if (row.nucleus > 100 * edge &&
                        row.nucleus > 100 * (row.end[static_cast<std::size_t>(id)] -
                                             row.begin[static_cast<std::size_t>(id)]))
                        check(!covers(row, far, id, edge), said + ": far away must be rejected");
                }
            }
        }
    check(device.intact(), what + ": wrote outside, or changed the logits");
}

/// All equal: the token is known exactly.
void check_equal(Numbers& numbers, int vocab) {
    Device device(Floats(static_cast<std::size_t>(vocab), 2.5F));
    for (const double top_p : {0.25, 0.5, 1.0})
        for (int i = 0; i < 20; ++i) {
            const double u = static_cast<double>(numbers.uniform(0, 1));
            const double kept = std::ceil(top_p * vocab);
            check(device.token({0.8F, top_p, u}) == static_cast<std::int32_t>(u * kept),
                  "equal logits, vocab " + std::to_string(vocab) + ": ids are not in order");
        }
}

void check_odd(Numbers&) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    check(Device({nan, -inf, nan}).token({1, 1, 0.5}) == -1, "nothing finite: nothing is chosen");
    check(Device({nan, inf, -3, nan}).token({1, 1, 0.9}) == 2, "only what is finite is chosen");
    check(Device({-0.0F, 0.0F}).token({1, 1, 0.75}) == 1, "zeros are equal, whatever their sign");
    check(Device({-0.0F, 0.0F}).token({1, 1, 0.25}) == 0, "equal ones are in the order of ids");
    check(Device({-3e38F, 3e38F}).token({1, 1, 0.99}) == 1, "the far less likely one is never chosen");
    check(Device({1, 2}).token({1e-45F, 1, 0.99}) == 1, "nearly no temperature is greedy");
    Device device({1, 2});
    for (const Draw bad :
         {Draw{0, 1, 0}, Draw{-1, 1, 0}, Draw{1, 0, 0}, Draw{1, 1.5, 0}, Draw{1, 1, 1}, Draw{1, 1, -0.1}})
        check(!device.draw(bad).ok(), "an impossible draw must be refused");
}

} // namespace

int main(int argc, char** argv) {
    const auto options = start(argc, argv);
    if (!options)
        return 0;
    Numbers numbers(options->seed);
    const int sizes[] = {1, 2, 31, 1023, 1024, 1025, 8192, 128256};
    for (const int vocab : sizes) {
        if (options->few && vocab > 1025)
            continue;
        const auto count = static_cast<std::size_t>(vocab);
        check_draws(numbers, "normal logits, vocab " + std::to_string(vocab), numbers.normals(count, 3),
                    options->few ? 2 : 8);
        auto ties = numbers.normals(count, 2);
        for (float& value : ties)
            value = std::round(value);
        check_draws(numbers, "tied logits, vocab " + std::to_string(vocab), ties, options->few ? 2 : 8);
        check_equal(numbers, vocab);
    }
    check_odd(numbers);
    return finish();
}
