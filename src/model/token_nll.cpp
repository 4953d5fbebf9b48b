#include "verdict/model/token_nll.h"

#include <limits>

#include "model/kernels/fused.h"
#include "model/kernels/serves.h"
#include "verdict/model/ops.h"

namespace verdict {
namespace {

// Puts the ranks' sums together; each is relative to its own rank's largest logit.
at::Tensor merged_nll(const kernels::RowSums& mine, const Communicator& tp) {
  at::Tensor peak = mine.peak.clone();
  tp.all_reduce(peak, ReduceOp::max, {});
  at::Tensor sum_and_target = at::stack({mine.sum * (mine.peak - peak).exp_(), mine.target});
  tp.all_reduce(sum_and_target, ReduceOp::sum, {});
  return peak + sum_and_target[0].log() - sum_and_target[1];
}

}  // namespace

at::Tensor token_nll(at::Tensor& logits, const at::Tensor& targets, Range vocab,
                     const Communicator& tp, double softcap) {
  if (kernels::serves(logits)) {
    return merged_nll(kernels::log_sum_exp(logits, targets, vocab, softcap), tp);
  }
  ops::soft_cap(logits, softcap);
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

}  // namespace verdict
