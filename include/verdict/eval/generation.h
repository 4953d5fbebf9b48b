// Greedy decoding: what a model says after a prompt, by its raw logits and nothing else: no
// settings of the model's own, no sampling, no end at EOS. Letters as in verdict/model/ops.h.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "verdict/comm/communicator.h"
#include "verdict/core/range.h"
#include "verdict/model/decoder.h"

namespace verdict {

// The id of the highest logit over the whole vocabulary, the lowest of equal ones.
//   logits [T, V/tp] float32, vocab this rank's ids -> [T] int64, the same on every rank; −1 where
//   a logit is NaN or infinite. Two reductions of one number per row.
[[nodiscard]] at::Tensor greedy_ids(const at::Tensor& logits, Range vocab, const Communicator& tp);

struct Generation {
  at::Tensor tokens{};  // [P, N] int64: those after the prompts
  // Exact counters: what one prompt and N − 1 further tokens each cost, and no more.
  int64_t passes = 0;           // Forward passes: N
  int64_t tokens_computed = 0;  // P · (L + N − 1), and all anew where longrope outgrows its cache
};

struct GenerationOptions {
  int64_t tokens = 1;        // N, at least 1
  int64_t chunk_rows = 128;  // Of the head's logits.
};

// prompts [P, L] int64, all in one batch -> N tokens for each, the same on every rank. Collective
// over the group. Throws ModelError, on all ranks, naming the prompt and the step whose logits are
// not finite, or if the model has fewer than L + N − 1 learned positions.
[[nodiscard]] Generation generate(const Decoder& decoder, const at::Tensor& prompts,
                                  const GenerationOptions& options, ops::Workspace& workspace);

}  // namespace verdict
