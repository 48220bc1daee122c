#include "inference/engine/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>

#include "inference/engine/sampler.h"
#include "inference/engine/wavefront_plan.h"
#include "inference/values/error.h"

namespace longview {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void check_state(const MemoryState& state, const ModelConfig& config) {
    if (!state.fits(config))
        throw Error(ErrorKind::model,
                    "The memory was written by a model of another shape; the document needs re-reading.");
}

/// The memories of the spans that are full, then the one that is being read; `current.segments` counts them
/// all.
MemoryState joined(const MemoryState& full, MemoryState&& current) {
    if (full.segments == 0)
        return std::move(current);
    MemoryState all;
    all.A.reserve(full.A.size() + current.A.size());
    all.z.reserve(full.z.size() + current.z.size());
    all.append(full);
    current.segments -= full.segments;
    all.append(current);
    return all;
}

/// Copies layer l's A and z right after its cell of a wanted segment: the wavefront never drains for a
/// snapshot. The state after segment s is whole once the last layer has finished it.
class SnapshotTaker {
public:
    SnapshotTaker(Backend& backend, const MemoryState& full, std::int64_t base,
                  const std::function<bool(std::int64_t)>& due,
                  const std::function<void(MemoryState&&)>& deliver)
        : backend_(backend), full_(full), base_(base), due_(due), deliver_(deliver) {}

    /// Asks for the copies that a step just begun is due.
    void begun(const Step& step) {
        if (!due_ || !deliver_)
            return;
        for (int layer = step.first_layer; layer < step.first_layer + step.layer_count; ++layer) {
            const std::int64_t segments = base_ + step.segment_of(layer) + 1;
            if (layer == 0 && due_(segments)) {
                pending_.push_back(MemoryState::empty(backend_.config()));
                pending_.back().segments = segments;
            }
            const auto it = std::find_if(pending_.begin(), pending_.end(), [&](const MemoryState& state) {
                return state.segments == segments;
            });
            if (it != pending_.end())
                backend_.store_state(layer, *it);
        }
    }

    /// Delivers the state that a step just finished has completed: segments finish in order.
    void finished(const Step& step) {
        const int last = backend_.config().layers - 1;
        if (pending_.empty() || step.first_layer + step.layer_count <= last ||
            pending_.front().segments != base_ + step.segment_of(last) + 1)
            return;
        MemoryState state = std::move(pending_.front());
        pending_.pop_front();
        deliver_(joined(full_, std::move(state)));
    }

private:
    Backend& backend_;
    const MemoryState& full_;
    std::int64_t base_;
    const std::function<bool(std::int64_t)>& due_;
    const std::function<void(MemoryState&&)>& deliver_;
    std::deque<MemoryState> pending_; ///< under way, at most one for each layer; they never move
};

/// What a reading has behind it when one of its wavefronts begins.
struct Behind {
    std::int64_t restored = 0, drained = 0; ///< segments, as in WavefrontSnapshot
    MemoryState full;                       ///< the memories of the spans before this one
    Clock::time_point start = Clock::now();

    std::int64_t segments() const { return restored + drained; }
};

/// Takes a state apart at the last border of a span: the memories before it go to `full`, the one that goes
/// on is returned, empty where a span begins.
MemoryState leave_last(const MemoryState& state, const ModelConfig& config, MemoryState& full) {
    const std::int64_t memories = config.memories(state.segments);
    if (state.segments % *config.memory_span == 0) {
        full = state;
        return MemoryState::empty(config);
    }
    for (std::int64_t i = 0; i + 1 < memories; ++i)
        full.append(state.memory(i, config));
    return state.memory(memories - 1, config);
}

/// One wavefront of a reading, within a span: the plan, where it stands, and what has to be told.
class Reading {
    // A device that works on its own has its next step queued while it runs one, and never idles between
    // them.
    static constexpr int kStepsAhead = 1;

public:
    /// Reads `tokens`, a part of the job's.
    Reading(Backend& backend, const ReadJob& job, std::span<const TokenId> tokens, const Behind& behind,
            const ReadObserver& observer)
        : backend_(backend),
          config_(backend.config()),
          job_(job),
          tokens_(tokens),
          behind_(behind),
          observer_(observer),
          plan_(segments_in(tokens.size()), config_.layers, job.schedule),
          snapshots_(backend, behind.full, behind.segments(), job.snapshot_due, observer.on_snapshot),
          last_finish_(Clock::now()) {
        cells_.reserve(static_cast<std::size_t>(config_.layers));
        wavefront_ = {.segments = behind.restored + segments_in(job.tokens.size()),
                      .restored = behind.restored,
                      .layers = config_.layers,
                      .schedule = job.schedule,
                      .drained = behind.drained};
        if (tokens.size() < job.tokens.size())
            wavefront_.wave = plan_.segments();
    }

    /// Runs to the end, or after a stop request until the segments under way are finished.
    ReadResult run(std::stop_token stop, std::vector<float>& logits) {
        ReadResult result;
        for (std::int64_t index = 0; index < plan_.steps(); ++index) {
            if (!result.cancelled && stop.stop_requested()) {
                result.cancelled = true;
                admit_no_more(index);
                if (index >= plan_.steps())
                    break;
            }
            const Step step = plan_.step(index);
            begin(step);
            snapshots_.begun(step);
            deliver_logits(step, logits);
            under_way_.push_back(step);
            finish_all_but(backend_.wait(kStepsAhead));
        }
        finish_all_but(backend_.wait(0));
        result.segments_computed = plan_.segments();
        result.steps = plan_.steps();
        wavefront_.running = false;
        result.wavefront = wavefront_;
        return result;
    }

private:
    std::int64_t segments_in(std::size_t tokens) const {
        const auto n = static_cast<std::size_t>(config_.segment_size);
        return static_cast<std::int64_t>((tokens + n - 1) / n);
    }

    std::span<const TokenId> tokens_of(std::int64_t segment) const {
        const auto n = static_cast<std::size_t>(config_.segment_size);
        const auto begin = static_cast<std::size_t>(segment) * n;
        return tokens_.subspan(begin, std::min(n, tokens_.size() - begin));
    }

    void admit_no_more(std::int64_t next_step) {
        const std::int64_t entered = job_.schedule == Schedule::diagonal
                                         ? std::min(next_step, plan_.segments())
                                         : (next_step + config_.layers - 1) / config_.layers;
        plan_ = WavefrontPlan(entered, config_.layers, job_.schedule);
        wavefront_.admitted = behind_.drained + entered;
    }

    /// Tells about every step that is finished, in order.
    void finish_all_but(int unfinished) {
        while (under_way_.size() > static_cast<std::size_t>(unfinished)) {
            const Step step = under_way_.front();
            under_way_.pop_front();
            snapshots_.finished(step);
            const auto now = Clock::now();
            report(step, std::chrono::duration<double, std::milli>(now - last_finish_).count());
            last_finish_ = now;
        }
    }

    void begin(const Step& step) {
        cells_.clear();
        for (int layer = step.first_layer; layer < step.first_layer + step.layer_count; ++layer) {
            const auto segment = step.segment_of(layer);
            const auto rows = static_cast<int>(tokens_of(segment).size()) + config_.memory_tokens;
            cells_.push_back({rows, behind_.segments() + segment == behind_.full.segments});
        }
        const bool enters = step.first_layer == 0;
        backend_.begin_step({step.first_layer, cells_, observer_.on_logits != nullptr},
                            enters ? tokens_of(step.segment_of(0)) : std::span<const TokenId>());
    }

    void deliver_logits(const Step& step, std::vector<float>& logits) {
        const int last_layer = config_.layers - 1;
        if (!observer_.on_logits || step.first_layer + step.layer_count <= last_layer)
            return;
        const auto segment = step.segment_of(last_layer);
        const auto rows = tokens_of(segment).size();
        logits.resize(std::max(logits.size(), rows * static_cast<std::size_t>(config_.vocab_size)));
        const auto out = std::span(logits).first(rows * static_cast<std::size_t>(config_.vocab_size));
        backend_.logits(0, static_cast<int>(rows), out);
        observer_.on_logits(behind_.segments() + segment, out);
    }

    void report(const Step& step, double step_ms) {
        wavefront_.steps_done = step.index + 1;
        wavefront_.running = wavefront_.cells_done() < wavefront_.computed_segments() * config_.layers;
        if (!observer_.on_step)
            return;
        ReadProgress progress{.wavefront = wavefront_,
                              .first_layer = step.first_layer,
                              .layer_count = step.layer_count,
                              .step_ms = step_ms};
        const std::int64_t n = config_.segment_size;
        const auto finished =
            behind_.drained + std::clamp<std::int64_t>(job_.schedule == Schedule::diagonal
                                                           ? step.index + 2 - config_.layers
                                                           : (step.index + 1) / config_.layers,
                                                       0, plan_.segments());
        const auto all = static_cast<std::int64_t>(job_.tokens.size());
        progress.tokens_done = std::min(finished * n, all);
        progress.tokens_total = std::min(wavefront_.computed_segments() * n, all);
        progress.elapsed_s = milliseconds_since(behind_.start) / 1000;
        const auto cells = static_cast<double>(wavefront_.computed_segments() * config_.layers);
        const auto done = static_cast<double>(wavefront_.cells_done());
        progress.tokens_per_second =
            done / cells * static_cast<double>(progress.tokens_total) / std::max(progress.elapsed_s, 1e-9);
        progress.eta_s = progress.elapsed_s * (cells - done) / done;
        observer_.on_step(progress);
    }

    Backend& backend_;
    const ModelConfig& config_;
    const ReadJob& job_;
    std::span<const TokenId> tokens_;
    const Behind& behind_;
    const ReadObserver& observer_;
    WavefrontPlan plan_;
    SnapshotTaker snapshots_;
    Clock::time_point last_finish_;
    WavefrontSnapshot wavefront_;
    std::vector<Cell> cells_;
    std::deque<Step> under_way_;
};

} // namespace

Engine::Engine(std::unique_ptr<Backend> backend)
    : backend_(std::move(backend)), logits_(static_cast<std::size_t>(backend_->config().vocab_size)) {}

void Engine::check_tokens(std::span<const TokenId> tokens) const {
    for (const TokenId id : tokens)
        if (id < 0 || id >= config().vocab_size)
            throw Error(ErrorKind::input,
                        "Token id " + std::to_string(id) + " is outside the model's vocabulary of " +
                            std::to_string(config().vocab_size) + ": text and model do not belong together.");
}

ReadResult Engine::read(const ReadJob& job, const ReadObserver& observer, std::stop_token stop) {
    check_tokens(job.tokens);
    const MemoryState nothing = job.from == nullptr ? MemoryState::empty(config()) : MemoryState{};
    const MemoryState& from = job.from == nullptr ? nothing : *job.from;
    check_state(from, config());
    const auto n = static_cast<std::size_t>(config().segment_size);
    Behind behind{.restored = from.segments};
    const MemoryState* current = &from; // the memory of the span that is being read
    MemoryState last;
    if (config().memory_span && from.segments > 0) {
        last = leave_last(from, config(), behind.full);
        current = &last;
    }

    const auto in_span = [&](std::span<const TokenId> tokens) {
        if (!config().memory_span)
            return tokens;
        const std::int64_t room = *config().memory_span - behind.segments() % *config().memory_span;
        return tokens.first(std::min(tokens.size(), n * static_cast<std::size_t>(room)));
    };
    ReadResult result;
    std::span<const TokenId> rest = job.tokens;
    do {
        const std::span<const TokenId> tokens = in_span(rest);
        backend_->load_state(*current);
        Reading reading(*backend_, job, tokens, behind, observer);
        ReadResult part = reading.run(stop, logits_);
        rest = rest.subspan(tokens.size());
        behind.drained += part.segments_computed;
        result.cancelled = part.cancelled;
        result.segments_computed = behind.drained;
        result.steps += part.steps;
        result.wavefront = part.wavefront;
        last = MemoryState::empty(config());
        last.segments = behind.segments();
        for (int layer = 0; layer < config().layers; ++layer)
            backend_->store_state(layer, last);
        backend_->wait(0);
        if (!rest.empty() && !result.cancelled) { // the span is full
            last.segments -= behind.full.segments;
            behind.full.append(last);
            last = MemoryState::empty(config());
            current = &last;
        }
    } while (!rest.empty() && !result.cancelled);
    const bool stopped_at_border = behind.full.segments > 0 && last.segments == behind.full.segments;
    result.state = stopped_at_border ? std::move(behind.full) : joined(behind.full, std::move(last));
    result.ms = milliseconds_since(behind.start);
    return result;
}

Generation Engine::generate(const GenerateJob& job, const GenerateObserver& observer, std::stop_token stop) {
    const int capacity = config().final_capacity();
    if (job.prompt.empty() || static_cast<std::int64_t>(job.prompt.size()) >= capacity)
        throw Error(ErrorKind::input, "The final segment holds " + std::to_string(job.prompt.size()) +
                                          " tokens; between 1 and " + std::to_string(capacity - 1) +
                                          " are possible.");
    check_tokens(job.prompt);
    Sampler sampler(job.sampling);
    auto started = Clock::now();
    const MemoryState nothing = job.memory == nullptr ? MemoryState::empty(config()) : MemoryState{};
    const MemoryState& memory = job.memory == nullptr ? nothing : *job.memory;
    check_state(memory, config());
    if (memory.layers != config().layers)
        throw Error(ErrorKind::model, "Several memories cannot be asked at once.");
    backend_->load_state(memory);

    Generation result;
    const bool first_segment = memory.segments == 0;
    const auto logits = std::span(logits_).first(static_cast<std::size_t>(config().vocab_size));
    TokenId next = -1;
    double log_probability = 0;
    const auto run = [&](std::span<const TokenId> tokens, int before) {
        const auto rows = static_cast<int>(tokens.size());
        backend_->extend(tokens, before, first_segment);
        if (!observer.on_logits && !job.allowed) { // the device chooses, and one number comes back
            next = backend_->choose(rows, sampler.next());
            return;
        }
        backend_->logits(rows - 1, 1, logits);
        if (!job.allowed) {
            next = choose_token(logits, sampler.next());
            return;
        }
        const double all = log_of_sum(logits);
        next = choose_allowed_token(
            logits, [&sampler] { return sampler.next(); }, job.allowed);
        if (next >= 0)
            log_probability += static_cast<double>(logits[static_cast<std::size_t>(next)]) - all;
    };
    auto cached = static_cast<int>(job.prompt.size());
    run(job.prompt, 0);
    result.prefill_ms = milliseconds_since(started);

    started = Clock::now();
    while (true) {
        if (stop.stop_requested()) {
            result.stopped_because = StopReason::cancelled;
            break;
        }
        if (static_cast<std::int64_t>(result.tokens.size()) >= job.max_tokens) {
            result.stopped_because = StopReason::max_tokens;
            break;
        }
        if (observer.on_logits)
            observer.on_logits(logits);
        if (job.allowed && next < 0)
            break; // nothing may follow
        const TokenId token = require_token(next);
        if (std::find(job.stop_tokens.begin(), job.stop_tokens.end(), token) != job.stop_tokens.end()) {
            if (job.allowed)
                result.probability = std::exp(log_probability);
            break;
        }
        result.tokens.push_back(token);
        if (observer.on_token)
            observer.on_token(token);
        if (cached == capacity) {
            result.stopped_because = StopReason::segment_full;
            break;
        }
        if (static_cast<std::int64_t>(result.tokens.size()) < job.max_tokens)
            run(std::span(&token, 1), cached++);
    }
    result.decode_ms = milliseconds_since(started);
    return result;
}

} // namespace longview
