// The executor on a small random model: schedules, groups, threads, stops, snapshots and resumption must not
// change a bit. That the numbers are the right ones is shown by the golden cases (tests/app/core).

#include <QTest>

#include <algorithm>
#include <cmath>
#include <map>

#include "inference/engine/engine.h"
#include "inference/values/error.h"
#include "random_weights.h"

using namespace longview;
using namespace longview::testing;

namespace {

Engine make_engine(int threads = 1, std::optional<int> span = {}) {
    auto config = small_config();
    config.memory_span = span;
    return Engine(make_cpu_backend(config, RandomWeights(config), threads));
}

std::vector<TokenId> tokens_of(int segments, int extra = 0) {
    const auto config = small_config();
    return random_tokens(static_cast<std::size_t>(segments * config.segment_size + extra), config.vocab_size,
                         11);
}

struct Seen {
    ReadResult result;
    std::vector<ReadProgress> progress;
    std::vector<MemoryState> snapshots;
    std::map<std::int64_t, std::vector<float>> logits;
};

Seen read(Engine& engine, const ReadJob& job, std::int64_t stop_after = -1, bool logits = false) {
    Seen seen;
    std::stop_source stop;
    ReadObserver observer{
        .on_step =
            [&](const ReadProgress& progress) {
                seen.progress.push_back(progress);
                if (progress.wavefront.steps_done == stop_after)
                    stop.request_stop();
            },
        .on_snapshot = [&](MemoryState&& state) { seen.snapshots.push_back(std::move(state)); },
        .on_logits = {}};
    if (logits)
        observer.on_logits = [&](std::int64_t segment, std::span<const float> rows) {
            seen.logits[segment] = {rows.begin(), rows.end()};
        };
    if (stop_after == 0)
        stop.request_stop();
    seen.result = engine.read(job, observer, stop.get_token());
    return seen;
}

Generation generate(Engine& engine, const MemoryState* memory, std::span<const TokenId> prompt,
                    int max_tokens, std::vector<float>* logits = nullptr) {
    return engine.generate({.memory = memory, .prompt = prompt, .max_tokens = max_tokens},
                           {.on_logits = [&](std::span<const float> row) {
                               if (logits != nullptr)
                                   logits->insert(logits->end(), row.begin(), row.end());
                           }});
}

} // namespace

class TestEngine : public QObject {
    Q_OBJECT
private slots:
    void diagonal_equals_sequential_bit_for_bit_data() {
        QTest::addColumn<int>("segments");
        QTest::addColumn<int>("extra");
        for (const int segments : {1, 2, 3, 4, 5, 6, 13})
            for (const int extra : {0, 1, 6})
                QTest::addRow("%d segments and %d tokens", segments, extra) << segments << extra;
        QTest::newRow("less than a segment") << 0 << 3;
    }
    void diagonal_equals_sequential_bit_for_bit() {
        QFETCH(int, segments);
        QFETCH(int, extra);
        const auto tokens = tokens_of(segments, extra);
        auto engine = make_engine();
        Seen a;
        for (const bool logits : {true, false}) {
            const auto reading = [&](Schedule schedule) {
                return read(engine, {.tokens = tokens, .schedule = schedule, .snapshot_due = every(1)}, -1,
                            logits);
            };
            a = reading(Schedule::diagonal);
            const auto b = reading(Schedule::sequential);
            QVERIFY(a.result.state == b.result.state);
            QVERIFY(a.snapshots == b.snapshots);
            QVERIFY(a.logits == b.logits);
            QCOMPARE(a.logits.size(), logits ? a.snapshots.size() : 0);
        }
        QVERIFY2(std::all_of(a.result.state.A.begin(), a.result.state.A.end(),
                             [](float x) { return std::isfinite(x); }),
                 "the memory is finite");
        QVERIFY2(
            std::any_of(a.result.state.A.begin(), a.result.state.A.end(), [](float x) { return x != 0; }),
            "something was written");
    }

    void a_layer_that_writes_nothing_is_left_out_without_a_trace() {
        // W_mv of one layer is zero, so that nothing need be computed there, or so small that all is computed
        // and no sum notices.
        struct Faint : RandomWeights {
            Faint(const ModelConfig& model, float by) : RandomWeights(model), factor(by) {}
            void load(Weight weight, int layer, std::span<float> out) const override {
                RandomWeights::load(weight, layer, out);
                if (weight == Weight::memory_value && layer == 1)
                    for (float& x : out)
                        x *= factor;
            }
            float factor;
        };
        const auto config = small_config();
        const auto tokens = tokens_of(7, 2);
        Engine zero(make_cpu_backend(config, Faint(config, 0), 2));
        Engine faint(make_cpu_backend(config, Faint(config, 1e-30F), 2));
        const auto left_out = read(zero, {.tokens = tokens}).result.state;
        auto computed = read(faint, {.tokens = tokens}).result.state;
        const auto A = std::span(computed.A).subspan(computed.layer_A(), computed.layer_A());
        QVERIFY(std::ranges::any_of(A, [](float x) { return x != 0; }));
        std::ranges::fill(A, 0.0F);
        QVERIFY(left_out == computed);
    }

    void threads_change_no_bit() {
        const auto tokens = tokens_of(9, 2);
        auto one = make_engine(1);
        const auto expected = read(one, {.tokens = tokens});
        for (const int threads : {2, 3, 8}) {
            auto engine = make_engine(threads);
            QVERIFY(read(engine, {.tokens = tokens}).result.state == expected.result.state);
            const auto prompt = std::span(tokens).last(5);
            std::vector<float> a, b;
            QCOMPARE(generate(engine, &expected.result.state, prompt, 6, &a).tokens,
                     generate(one, &expected.result.state, prompt, 6, &b).tokens);
            QVERIFY(a == b);
        }
    }

    void snapshots_are_the_states_of_shorter_readings() {
        const auto tokens = tokens_of(11);
        auto engine = make_engine();
        const int n = small_config().segment_size;
        for (const std::int64_t interval : {1, 2, 3, 5, 7}) {
            const auto whole = read(engine, {.tokens = tokens, .snapshot_due = every(interval)});
            QCOMPARE(whole.snapshots.size(), static_cast<std::size_t>(11 / interval));
            for (std::size_t i = 0; i < whole.snapshots.size(); ++i) {
                const auto segments = static_cast<std::int64_t>(i + 1) * interval;
                QCOMPARE(whole.snapshots[i].segments, segments);
                const auto part =
                    read(engine, {.tokens = std::span(tokens).first(static_cast<std::size_t>(segments * n))});
                QVERIFY(whole.snapshots[i] == part.result.state);
            }
        }
    }

    void going_on_from_a_state_equals_one_reading() {
        const auto tokens = tokens_of(10);
        const auto n = static_cast<std::size_t>(small_config().segment_size);
        auto engine = make_engine();
        const auto whole = read(engine, {.tokens = tokens});
        for (std::size_t first = 0; first <= 10; ++first) {
            const auto head = read(engine, {.tokens = std::span(tokens).first(first * n)});
            const auto rest =
                read(engine, {.tokens = std::span(tokens).subspan(first * n), .from = &head.result.state});
            QVERIFY(rest.result.state == whole.result.state);
            QCOMPARE(rest.result.segments_computed, static_cast<std::int64_t>(10 - first));
            if (!rest.progress.empty()) {
                QCOMPARE(rest.progress.back().wavefront.restored, static_cast<std::int64_t>(first));
                QCOMPARE(rest.progress.back().wavefront.segments, std::int64_t{10});
            }
        }
    }

    void each_span_has_a_memory_of_its_own() {
        const auto tokens = tokens_of(8, 2); // spans of 3, 3 and 2 segments and a short one
        const auto n = static_cast<std::size_t>(small_config().segment_size);
        auto engine = make_engine(1, 3), plain = make_engine();
        const auto whole = read(engine, {.tokens = tokens, .snapshot_due = every(1)});
        const auto logits = read(engine, {.tokens = tokens}, -1, true).logits;
        const auto& state = whole.result.state;
        QVERIFY(state.fits(engine.config()) && !state.fits(plain.config()));
        QCOMPARE(state.segments, std::int64_t{9});
        for (std::size_t i = 0; i < 3; ++i) {
            const auto span = std::span(tokens).subspan(3 * n * i);
            const auto alone = read(plain, {.tokens = span.first(std::min(span.size(), 3 * n))});
            QVERIFY(state.memory(static_cast<std::int64_t>(i), engine.config()) == alone.result.state);
        }
        const auto sequential =
            read(engine, {.tokens = tokens, .schedule = Schedule::sequential, .snapshot_due = every(1)});
        QVERIFY(sequential.result.state == state);
        QVERIFY(sequential.snapshots == whole.snapshots);
        QVERIFY(read(engine, {.tokens = tokens, .schedule = Schedule::sequential}, -1, true).logits ==
                logits);
        QCOMPARE(logits.size(), std::size_t{9});
        QVERIFY_THROWS_EXCEPTION(Error, generate(engine, &state, std::span(tokens).first(2), 1));
        for (std::size_t first = 1; first <= 8; ++first) {
            const auto head = read(engine, {.tokens = std::span(tokens).first(first * n)});
            QVERIFY(head.result.state == whole.snapshots.at(first - 1));
            const auto rest =
                read(engine, {.tokens = std::span(tokens).subspan(first * n), .from = &head.result.state});
            QVERIFY(rest.result.state == state);
            QCOMPARE(rest.result.segments_computed, static_cast<std::int64_t>(9 - first));
        }
    }

    void a_stop_in_any_span_keeps_whole_segments() {
        const auto tokens = tokens_of(8);
        const auto n = static_cast<std::size_t>(small_config().segment_size);
        auto engine = make_engine(1, 3);
        const auto whole = read(engine, {.tokens = tokens});
        for (std::size_t stop_after = 0; stop_after < whole.progress.size(); ++stop_after) {
            std::stop_source stop;
            std::size_t steps = 0;
            if (stop_after == 0)
                stop.request_stop();
            const auto stopped = engine.read({.tokens = tokens},
                                             {.on_step =
                                                  [&](const ReadProgress&) {
                                                      if (++steps == stop_after)
                                                          stop.request_stop();
                                                  }},
                                             stop.get_token());
            QVERIFY(stopped.cancelled || stopped.segments_computed == 8);
            QVERIFY(stopped.state.fits(engine.config()));
            const auto read_so_far = static_cast<std::size_t>(stopped.segments_computed) * n;
            QVERIFY(stopped.state ==
                    read(engine, {.tokens = std::span(tokens).first(read_so_far)}).result.state);
            for (int layer = 0; layer < stopped.wavefront.layers; ++layer)
                for (std::int64_t s = 0; s < 8; ++s)
                    QCOMPARE(stopped.wavefront.status(s, layer),
                             s < stopped.segments_computed ? CellStatus::done : CellStatus::waiting);
            const auto rest =
                read(engine, {.tokens = std::span(tokens).subspan(read_so_far), .from = &stopped.state});
            QVERIFY(rest.result.state == whole.result.state);
        }
    }

    void a_stop_keeps_whole_segments_data() {
        QTest::addColumn<bool>("diagonal");
        QTest::addColumn<int>("stop_after");
        for (const bool diagonal : {true, false})
            for (const int stop_after : {0, 1, 2, 4, 5, 7, 11, 12, 13})
                QTest::addRow("%s, after step %d", diagonal ? "diagonal" : "sequential", stop_after)
                    << diagonal << stop_after;
    }
    void a_stop_keeps_whole_segments() {
        QFETCH(bool, diagonal);
        QFETCH(int, stop_after);
        const auto schedule = diagonal ? Schedule::diagonal : Schedule::sequential;
        const auto tokens = tokens_of(12);
        const auto n = static_cast<std::size_t>(small_config().segment_size);
        auto engine = make_engine();
        const auto stopped = read(engine, {.tokens = tokens, .schedule = schedule}, stop_after);
        const auto& state = stopped.result.state;
        QVERIFY(stopped.result.cancelled);
        QCOMPARE(state.segments, stopped.result.segments_computed);
        if (diagonal) { // every segment that had entered is finished
            QCOMPARE(state.segments, std::min<std::int64_t>(stop_after, 12));
        }
        const auto part =
            read(engine, {.tokens = std::span(tokens).first(static_cast<std::size_t>(state.segments) * n)});
        QVERIFY(state == part.result.state);
        const auto rest =
            read(engine, {.tokens = std::span(tokens).subspan(static_cast<std::size_t>(state.segments) * n),
                          .from = &state});
        QVERIFY(rest.result.state == read(engine, {.tokens = tokens}).result.state);
        const auto& wavefront = stopped.result.wavefront;
        QVERIFY(!wavefront.running);
        QCOMPARE(wavefront.segments, std::int64_t{12});
        for (int layer = 0; layer < wavefront.layers; ++layer)
            for (std::int64_t s = 0; s < 12; ++s)
                QCOMPARE(wavefront.status(s, layer),
                         s < state.segments ? CellStatus::done : CellStatus::waiting);
    }

    void progress_counts_up_to_everything_data() {
        QTest::addColumn<int>("span");
        QTest::newRow("one memory") << 0;
        QTest::newRow("a memory for 3 segments") << 3;
        QTest::newRow("a memory for 4 segments") << 4;
    }
    void progress_counts_up_to_everything() {
        QFETCH(int, span);
        const auto tokens = tokens_of(8);
        auto engine = make_engine(1, span > 0 ? std::optional(span) : std::nullopt);
        const auto seen = read(engine, {.tokens = tokens});
        QCOMPARE(static_cast<std::int64_t>(seen.progress.size()), seen.result.steps);
        std::int64_t cells = 0, before = 0;
        for (const auto& progress : seen.progress) {
            cells += progress.layer_count;
            QCOMPARE(progress.wavefront.cells_done(), cells);
            QVERIFY(progress.tokens_done >= before);
            before = progress.tokens_done;
            QVERIFY(progress.eta_s >= 0 && std::isfinite(progress.eta_s) &&
                    std::isfinite(progress.tokens_per_second));
        }
        QCOMPARE(before, static_cast<std::int64_t>(tokens.size()));
        QCOMPARE(seen.progress.back().eta_s, 0.0);
        QVERIFY(!seen.progress.back().wavefront.running);
    }

    void decoding_with_a_cache_equals_running_the_longer_prompt() {
        // The n-th token's logits from the cache against a prompt that already holds the tokens before it.
        // Row counts differ, so rounding may: a wrong position, mask or cache row would be off by far more.
        const auto tokens = tokens_of(3, 4);
        auto engine = make_engine();
        const auto memory = read(engine, {.tokens = std::span(tokens).first(21)}).result.state;
        for (const MemoryState* state : {&memory, static_cast<const MemoryState*>(nullptr)}) {
            std::vector<TokenId> prompt(tokens.begin() + 21, tokens.end());
            std::vector<float> cached;
            const auto answer = generate(engine, state, prompt, 8, &cached);
            const auto vocab = static_cast<std::size_t>(small_config().vocab_size);
            for (std::size_t i = 0; i < answer.tokens.size(); ++i) {
                std::vector<float> whole;
                const auto again = generate(engine, state, prompt, 1, &whole);
                QCOMPARE(again.tokens.front(), answer.tokens[i]);
                for (std::size_t v = 0; v < vocab; ++v)
                    QVERIFY(std::abs(whole[v] - cached[i * vocab + v]) < 1e-4F);
                prompt.push_back(answer.tokens[i]);
            }
        }
    }

    void the_memory_changes_the_answer() {
        const auto tokens = tokens_of(4, 3);
        auto engine = make_engine();
        const auto memory = read(engine, {.tokens = std::span(tokens).first(28)}).result.state;
        std::vector<float> with, without;
        generate(engine, &memory, std::span(tokens).last(3), 1, &with);
        generate(engine, nullptr, std::span(tokens).last(3), 1, &without);
        QVERIFY(with != without);
    }

    void an_answer_ends_for_a_stated_reason() {
        auto engine = make_engine();
        const auto config = small_config();
        const auto prompt = tokens_of(0, 5);
        const auto full = generate(engine, nullptr, prompt, 1000);
        QCOMPARE(full.stopped_because, StopReason::segment_full);
        QCOMPARE(static_cast<int>(full.tokens.size()), config.final_capacity() - 5 + 1);
        QCOMPARE(generate(engine, nullptr, prompt, 3).stopped_because, StopReason::max_tokens);
        QCOMPARE(generate(engine, nullptr, prompt, 0).tokens.size(), std::size_t{0});

        // The first token that is new at its place, taken as stop token, ends the answer there.
        std::size_t at = 1;
        while (std::find(full.tokens.begin(), full.tokens.begin() + static_cast<std::ptrdiff_t>(at),
                         full.tokens[at]) != full.tokens.begin() + static_cast<std::ptrdiff_t>(at))
            ++at;
        const auto ended =
            engine.generate({.prompt = prompt, .max_tokens = 1000, .stop_tokens = {full.tokens[at]}});
        QCOMPARE(ended.stopped_because, StopReason::stop_token);
        QVERIFY(std::equal(ended.tokens.begin(), ended.tokens.end(), full.tokens.begin()) &&
                ended.tokens.size() == at);

        std::stop_source stop;
        int heard = 0;
        const auto cancelled = engine.generate({.prompt = prompt, .max_tokens = 1000},
                                               {.on_token =
                                                    [&](TokenId) {
                                                        if (++heard == 2)
                                                            stop.request_stop();
                                                    }},
                                               stop.get_token());
        QCOMPARE(cancelled.stopped_because, StopReason::cancelled);
        QCOMPARE(cancelled.tokens.size(), std::size_t{2});
    }

    void an_answer_holds_only_what_is_allowed() {
        auto engine = make_engine();
        const auto prompt = tokens_of(0, 5);
        std::vector<std::vector<float>> rows;
        const GenerateObserver observer{
            .on_logits = [&](std::span<const float> row) { rows.emplace_back(row.begin(), row.end()); }};
        engine.generate({.prompt = prompt, .max_tokens = 6}, observer);
        const auto free = std::move(rows);
        const auto odd = [](TokenId id) { return id % 2 == 1; };
        const auto kept = engine.generate({.prompt = prompt, .max_tokens = 6, .allowed = odd});
        QCOMPARE(kept.tokens.size(), std::size_t{6});
        TokenId likeliest = 1; // of the odd ones, in the logits that both answers begin from
        for (TokenId id = 1; id < engine.config().vocab_size; id += 2)
            if (free[0][static_cast<std::size_t>(id)] > free[0][static_cast<std::size_t>(likeliest)])
                likeliest = id;
        QCOMPARE(kept.tokens.front(), likeliest);
        QVERIFY(std::ranges::all_of(kept.tokens, odd));

        int left = 3; // then nothing may follow
        const auto ended = engine.generate(
            {.prompt = prompt, .max_tokens = 6, .allowed = [&](TokenId) { return left-- > 0; }});
        QCOMPARE(ended.tokens.size(), std::size_t{3});
        QCOMPARE(ended.stopped_because, StopReason::stop_token);

        const auto all = [](TokenId) { return true; };
        QCOMPARE(engine.generate({.prompt = prompt, .max_tokens = 6, .allowed = all}).tokens,
                 engine.generate({.prompt = prompt, .max_tokens = 6}).tokens);
    }

    void a_whole_answer_has_a_probability() {
        auto engine = make_engine();
        const auto prompt = tokens_of(0, 5);
        std::vector<double> likely; // p of each greedy token
        const GenerateObserver observer{.on_logits = [&](std::span<const float> row) {
            double total = 0;
            for (const float logit : row)
                total += std::exp(static_cast<double>(logit));
            likely.push_back(std::exp(static_cast<double>(*std::ranges::max_element(row))) / total);
        }};
        const auto full = engine.generate({.prompt = prompt, .max_tokens = 6}, observer);
        std::size_t at = 1; // the first token that did not come before is taken for the end
        while (std::find(full.tokens.begin(), full.tokens.begin() + static_cast<std::ptrdiff_t>(at),
                         full.tokens[at]) != full.tokens.begin() + static_cast<std::ptrdiff_t>(at))
            ++at;
        double expected = 1;
        for (std::size_t i = 0; i <= at; ++i)
            expected *= likely[i];

        GenerateJob job{.prompt = prompt, .max_tokens = 6, .stop_tokens = {full.tokens[at]}};
        QVERIFY(!engine.generate(job).probability); // the device chose
        job.allowed = [](TokenId) { return true; };
        const auto whole = engine.generate(job);
        QCOMPARE(whole.tokens.size(), at);
        QVERIFY(std::abs(*whole.probability / expected - 1) < 1e-5);
        job.max_tokens = static_cast<int>(at); // one token short of the end
        QVERIFY(!engine.generate(job).probability);
        job.allowed = [](TokenId) { return false; };
        QVERIFY(!engine.generate(job).probability);
    }

    void a_reading_after_an_answer_starts_clean() {
        const auto tokens = tokens_of(5, 4);
        auto engine = make_engine();
        const auto before = read(engine, {.tokens = std::span(tokens).first(35)}).result.state;
        generate(engine, &before, std::span(tokens).last(4), 6);
        QVERIFY(read(engine, {.tokens = std::span(tokens).first(35)}).result.state == before);
    }

    void what_does_not_belong_together_is_refused() {
        auto engine = make_engine();
        auto tokens = tokens_of(2);
        tokens[9] = small_config().vocab_size;
        QVERIFY_EXCEPTION_THROWN(engine.read({.tokens = tokens}), Error);
        tokens[9] = -1;
        QVERIFY_EXCEPTION_THROWN(engine.read({.tokens = tokens}), Error);
        QVERIFY_EXCEPTION_THROWN(engine.generate({.prompt = tokens}), Error);
        QVERIFY_EXCEPTION_THROWN(engine.generate({.prompt = {}}), Error);
        const auto long_prompt = tokens_of(2);
        QVERIFY_EXCEPTION_THROWN(engine.generate({.prompt = long_prompt}), Error);

        auto other = small_config();
        other.layers = 4;
        const auto state = MemoryState::empty(other);
        const auto good = tokens_of(1);
        QVERIFY_EXCEPTION_THROWN(engine.read({.tokens = good, .from = &state}), Error);
        QVERIFY_EXCEPTION_THROWN(engine.generate({.memory = &state, .prompt = std::span(good).first(2)}),
                                 Error);
    }
};

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"
