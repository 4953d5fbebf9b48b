#include "verdict/eval/generation.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>

#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr std::chrono::seconds kPatience{300};  // For what is queued of a step.

constexpr int64_t kNoId = -1;

// hidden [P, D] -> [P], in chunks of the head as the loss.
at::Tensor next_tokens(const Decoder& decoder, const at::Tensor& hidden,
                       const GenerationOptions& options, ops::Workspace& workspace) {
  at::Tensor ids = at::empty({hidden.size(0)}, at::kLong);
  at::Tensor logits;
  for (int64_t begin = 0; begin < hidden.size(0); begin += options.chunk_rows) {
    const int64_t rows = std::min(options.chunk_rows, hidden.size(0) - begin);
    decoder.logits(hidden.narrow(0, begin, rows), logits, workspace);
    workspace.peak_logits_bytes =
        std::max(workspace.peak_logits_bytes, static_cast<int64_t>(logits.nbytes()));
    ops::soft_cap(logits, decoder.spec().logit_softcap);  // Where it saturates it makes ties.
    const at::Tensor found = greedy_ids(logits, decoder.vocab(), decoder.group());
    decoder.group().wait(deadline_in(kPatience));
    ids.narrow(0, begin, rows).copy_(found);
  }
  return ids;
}

// Every rank has the same ids, so every rank throws.
void require_ids(const at::Tensor& ids, int64_t step) {
  const int64_t* id = ids.const_data_ptr<int64_t>();
  for (int64_t prompt = 0; prompt < ids.size(0); ++prompt) {
    if (id[prompt] != kNoId) continue;
    throw ModelError("prompt " + std::to_string(prompt) + ": the logits of generated token " +
                     std::to_string(step) + " are not finite");
  }
}

}  // namespace

at::Tensor greedy_ids(const at::Tensor& logits, Range vocab, const Communicator& tp) {
  const auto [lowest, highest] = logits.aminmax(-1);
  at::Tensor peak = at::where(lowest.isfinite().logical_and_(highest.isfinite()), highest,
                              std::numeric_limits<float>::quiet_NaN());
  tp.all_reduce(peak, ReduceOp::max, {});
  // A rank without the highest logit names an id behind all of them. The lowest is the greatest of
  // the negative ones.
  const at::Tensor at_peak = logits.eq(peak.unsqueeze(-1));
  const at::Tensor first = at_peak.to(at::kByte).argmax(-1).add_(vocab.begin).neg_();
  at::Tensor ids =
      first.masked_fill(at_peak.any(-1).logical_not_(), -std::numeric_limits<int64_t>::max());
  tp.all_reduce(ids, ReduceOp::max, {});
  return ids.neg_().masked_fill_(peak.isnan(), kNoId);
}

Generation generate(const Decoder& decoder, const at::Tensor& prompts,
                    const GenerationOptions& options, ops::Workspace& workspace) {
  const int64_t batch = prompts.size(0);
  const int64_t length = prompts.size(1);
  KvCache cache = decoder.make_cache(batch, length + options.tokens - 1);
  Generation made{.tokens = at::empty({batch, options.tokens}, at::kLong)};
  at::Tensor next = prompts;
  for (int64_t step = 0; step < options.tokens; ++step) {
    if (decoder.outgrows(cache, next.size(1))) {
      cache.clear();
      next = at::cat({prompts, made.tokens.narrow(1, 0, step)}, 1);
    }
    const at::Tensor hidden =
        decoder.forward(next, cache, workspace).view({batch, next.size(1), -1});
    ++made.passes;
    made.tokens_computed += next.numel();
    const at::Tensor ids =
        next_tokens(decoder, hidden.select(1, next.size(1) - 1).contiguous(), options, workspace);
    require_ids(ids, step);
    made.tokens.select(1, step).copy_(ids);
    next = ids.unsqueeze(-1).to(decoder.device());
  }
  return made;
}

}  // namespace verdict
