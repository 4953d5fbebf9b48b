// Next-token loss without ever gathering the vocabulary: float32 per token, summed in double.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "verdict/model/decoder.h"
#include "verdict/model/token_nll.h"

namespace verdict {

// The loss of a row: nat summed over its targets, which are tokens 1 … L−1.
struct RowLoss {
  double nll = 0;
  int64_t targets = 0;
};

struct LossOptions {
  int64_t chunk_rows = 128;
};

// tokens [B, L] int64 -> B losses, the same on every rank of the group. Collective over the group.
// Never holds more logits than one chunk. A row that is not finite has a NaN loss: what to do about
// it is the caller's.
[[nodiscard]] std::vector<RowLoss> score_rows(const Decoder& decoder, const at::Tensor& tokens,
                                              const LossOptions& options,
                                              ops::Workspace& workspace);

}  // namespace verdict
