// How large a model's projections are, for competitions that limit it.
#pragma once

#include <array>
#include <vector>

#include "verdict/checkpoint/checkpoint.h"
#include "verdict/checkpoint/decoder_spec.h"

namespace verdict {

// Frobenius norms of the weights of q, k, v, attention output, up and down, in this order and by
// layer, summed in double; NaN or infinite where a weight is. Gates, embeddings, norms, biases and
// the head are not looked at. Reads every layer once, a parameter at a time. Throws as
// Checkpoint::read. Source: taoverse src/taoverse/model/model_updater.py at e350d5e4.
[[nodiscard]] std::vector<std::array<double, 6>> projection_norms(const Checkpoint& checkpoint,
                                                                  const DecoderSpec& spec);

}  // namespace verdict
