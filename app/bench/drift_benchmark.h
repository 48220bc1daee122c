#pragma once
// How far a device's arithmetic strays from float32 as a memory grows older.

#include <cstdint>
#include <vector>

#include "inference/engine/engine.h"
#include "inference/engine/weight_source.h"
#include "table.h"

namespace longview::bench {

/// Another source's weights as bfloat16 holds them, so that two devices compute with the same ones and only
/// their arithmetic differs. Keeps a reference to `source`.
class RoundedWeights : public WeightSource {
public:
    explicit RoundedWeights(const WeightSource& source) : source_(source) {}
    void load(Weight weight, int layer, std::span<float> out) const override;

private:
    const WeightSource& source_;
};

/// Relative errors ‖x − reference‖ / ‖reference‖ after each of `segments` segments of random tokens: of the
/// last segment's output logits (its n document rows, all of the vocabulary), of A and of z. What
/// tests/bench/comparator.py --drift prints of PyTorch, on the same weights and tokens. `segments` ascends.
Table run_drift_benchmark(Engine& engine, Engine& reference, const std::vector<std::int64_t>& segments);

} // namespace longview::bench
