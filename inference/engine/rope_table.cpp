#include "inference/engine/rope_table.h"

#include <cmath>
#include <numbers>

namespace longview {

namespace {

/// Long wavelengths are stretched by `factor`, short ones kept, those between blended (Hugging Face
/// transformers, _compute_llama3_parameters).
double scaled(double frequency, const RopeScaling& scaling) {
    const double wavelength = 2 * std::numbers::pi / frequency;
    const double original = scaling.original_max_position_embeddings;
    if (wavelength < original / scaling.high_freq_factor)
        return frequency;
    if (wavelength > original / scaling.low_freq_factor)
        return frequency / scaling.factor;
    const double smooth = (original / wavelength - scaling.low_freq_factor) /
                          (scaling.high_freq_factor - scaling.low_freq_factor);
    return (1 - smooth) * frequency / scaling.factor + smooth * frequency;
}

} // namespace

std::vector<double> rope_frequencies(const ModelConfig& config) {
    std::vector<double> frequencies;
    for (int i = 0; i < config.head_dim / 2; ++i) {
        const double frequency = std::pow(config.rope_theta, -2.0 * i / config.head_dim);
        frequencies.push_back(config.rope_scaling ? scaled(frequency, *config.rope_scaling) : frequency);
    }
    return frequencies;
}

void fill_rope_table(const ModelConfig& config, int positions, float* cos, float* sin) {
    const auto frequencies = rope_frequencies(config);
    for (int position = 0; position < positions; ++position) {
        for (const double frequency : frequencies) {
            *cos++ = static_cast<float>(std::cos(position * frequency));
            *sin++ = static_cast<float>(std::sin(position * frequency));
        }
    }
}

} // namespace longview
