// ALiBi (https://arxiv.org/abs/2108.12409) as transformers' Falcon computes it.
#pragma once

#include <ATen/ATen.h>

#include "verdict/core/range.h"

namespace verdict {

// What is added to the scaled scores of a key, which is slope · position / sqrt(E), rounded where
// transformers rounds it. The slopes are those of the model's heads `mine`, of `heads` in all: a
// rank must not take the slopes of as many heads as it has. -> [H/tp, L] float32.
[[nodiscard]] at::Tensor alibi_bias(int64_t heads, Range mine, int64_t head_dim, int64_t length);

}  // namespace verdict
