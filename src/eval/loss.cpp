#include "verdict/eval/loss.h"

#include <algorithm>
#include <chrono>

namespace verdict {
namespace {

constexpr std::chrono::seconds kPatience{300};  // For what is queued of a micro-batch.

// hidden [L−1, D], targets [L−1], nll [L−1] float32 is filled, on their device.
void score_row(const Decoder& decoder, const at::Tensor& hidden, const at::Tensor& targets,
               const LossOptions& options, ops::Workspace& workspace, const at::Tensor& nll) {
  at::Tensor logits;
  const int64_t count = targets.size(0);
  for (int64_t begin = 0; begin < count; begin += options.chunk_rows) {
    const int64_t rows = std::min(options.chunk_rows, count - begin);
    decoder.logits(hidden.narrow(0, begin, rows), logits, workspace);
    workspace.peak_logits_bytes =
        std::max(workspace.peak_logits_bytes, static_cast<int64_t>(logits.nbytes()));
    nll.narrow(0, begin, rows)
        .copy_(token_nll(logits, targets.narrow(0, begin, rows), decoder.vocab(), decoder.group(),
                         decoder.spec().logit_softcap));
  }
}

}  // namespace

std::vector<RowLoss> score_rows(const Decoder& decoder, const at::Tensor& tokens,
                                const LossOptions& options, ops::Workspace& workspace) {
  const int64_t batch = tokens.size(0);
  const int64_t length = tokens.size(1);
  const at::Tensor hidden = decoder.forward(tokens, workspace).view({batch, length, -1});
  const at::Tensor nll = at::empty({batch, length - 1}, hidden.options().dtype(at::kFloat));
  for (int64_t row = 0; row < batch; ++row) {
    score_row(decoder, hidden[row].narrow(0, 0, length - 1), tokens[row].narrow(0, 1, length - 1),
              options, workspace, nll[row]);
  }
  // The only wait for a GPU in a micro-batch: a loss that is not finite is found on the way.
  decoder.group().wait(
      deadline_in(kPatience));  // A copy alone would wait for a lost rank for ever.
  const at::Tensor on_host = nll.to(at::kCPU);
  const float* values = on_host.const_data_ptr<float>();
  std::vector<RowLoss> losses;
  for (int64_t row = 0; row < batch; ++row) {
    RowLoss loss{.nll = 0, .targets = length - 1};
    for (int64_t i = 0; i < loss.targets; ++i) loss.nll += *values++;
    losses.push_back(loss);
  }
  return losses;
}

}  // namespace verdict
