// The loss of tokens from logits that the ranks of a group hold between them.
#pragma once

#include <ATen/ATen.h>

#include "verdict/comm/communicator.h"
#include "verdict/core/range.h"

namespace verdict {

// Per-token loss from vocabulary-sharded logits: log Σ exp(logits) − logits[target].
//   logits [T, V/tp] float32 (overwritten), targets [T] global ids, vocab this rank's ids, softcap
//   c: logits count as c · tanh(logits / c), 0: as they are -> [T] float32, the same on every rank.
//   On CPU three reductions of one float per token; on CUDA one pass over the logits, a reduction
//   of one float and one of two. A token with a NaN or infinite logit gets NaN.
[[nodiscard]] at::Tensor token_nll(at::Tensor& logits, const at::Tensor& targets, Range vocab,
                                   const Communicator& tp, double softcap = 0);

}  // namespace verdict
