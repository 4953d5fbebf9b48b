#include "verdict/eval/loss.h"

#include <algorithm>
#include <limits>

namespace verdict {
namespace {

// hidden [L−1, D], targets [L−1] -> the row's loss.
RowLoss score_row(const Decoder& decoder, const at::Tensor& hidden, const at::Tensor& targets,
                  const LossOptions& options, ops::Workspace& workspace) {
  RowLoss loss{.nll = 0, .targets = targets.size(0)};
  at::Tensor logits;
  for (int64_t begin = 0; begin < loss.targets; begin += options.chunk_rows) {
    const int64_t rows = std::min(options.chunk_rows, loss.targets - begin);
    decoder.logits(hidden.narrow(0, begin, rows), logits, workspace);
    workspace.peak_logits_bytes =
        std::max(workspace.peak_logits_bytes, static_cast<int64_t>(logits.nbytes()));
    const at::Tensor nll =
        token_nll(logits, targets.narrow(0, begin, rows), decoder.vocab(), decoder.group());
    const float* values = nll.const_data_ptr<float>();
    for (int64_t i = 0; i < rows; ++i) loss.nll += values[i];
  }
  return loss;
}

}  // namespace

at::Tensor token_nll(at::Tensor& logits, const at::Tensor& targets, Range vocab,
                     const Communicator& tp) {
  const auto [lowest, highest] = logits.aminmax(-1);
  at::Tensor peak = highest;
  tp.all_reduce(peak, ReduceOp::max, {});
  const at::Tensor local = targets - vocab.begin;
  const at::Tensor elsewhere = local.lt(0).logical_or_(local.ge(vocab.size()));
  at::Tensor hit = logits.gather(-1, local.masked_fill(elsewhere, 0).unsqueeze(-1)).squeeze(-1);
  hit.masked_fill_(elsewhere, 0);
  tp.all_reduce(hit, ReduceOp::sum, {});
  at::Tensor sum_exp = logits.sub_(peak.unsqueeze(-1)).exp_().sum(-1);
  // A logit of −inf adds nothing to the sum and would pass unseen.
  sum_exp.masked_fill_(lowest.isfinite().logical_not_(), std::numeric_limits<float>::quiet_NaN());
  tp.all_reduce(sum_exp, ReduceOp::sum, {});
  return peak + sum_exp.log() - hit;
}

std::vector<RowLoss> score_rows(const Decoder& decoder, const at::Tensor& tokens,
                                const LossOptions& options, ops::Workspace& workspace) {
  const int64_t batch = tokens.size(0);
  const int64_t length = tokens.size(1);
  const at::Tensor hidden = decoder.forward(tokens, workspace).view({batch, length, -1});
  std::vector<RowLoss> losses;
  for (int64_t row = 0; row < batch; ++row) {
    losses.push_back(score_row(decoder, hidden[row].narrow(0, 0, length - 1),
                               tokens[row].narrow(0, 1, length - 1), options, workspace));
  }
  return losses;
}

}  // namespace verdict
