#pragma once
// Rotation angles of rotary position embeddings (arXiv 2104.09864), with the "llama3" frequency scaling of
// Llama 3.1/3.2.

#include <vector>

#include "inference/values/model_config.h"

namespace longview {

/// Angular frequency of each of the head_dim / 2 pairs, scaled as the config says. Computed in double.
std::vector<double> rope_frequencies(const ModelConfig& config);

/// cos and sin of position · frequency, [positions, head_dim / 2] each, into `cos` and `sin`.
void fill_rope_table(const ModelConfig& config, int positions, float* cos, float* sin);

} // namespace longview
