#include "verdict/model/attention.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace verdict::ops {
namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

// Query heads by their kv head, which takes the place of the batch, so that a kv head is seen by
// its query heads and never copied. t [N, H, E] -> [K, H/K, N, E].
at::Tensor grouped(const at::Tensor& t, int64_t kv_heads) {
  return t.view({t.size(0), kv_heads, t.size(1) / kv_heads, t.size(2)}).permute({1, 2, 0, 3});
}

// The tiled kernel of torch for CPU. One row: q [L, H, E], k and v [L, K, E] -> out [L, H, E]. A
// bias of the keys goes in as a mask that all queries share, so that it has no [L, L]; the causal
// rule stays the kernel's own, which passes over the tiles that no query sees.
void attend_tiled(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                  const AttentionRule& rule, const at::Tensor& out) {
  const int64_t kv_heads = k.size(1);
  const at::Tensor query = grouped(q, kv_heads);
  const auto shared = [&](const at::Tensor& t) {
    return t.permute({1, 0, 2}).unsqueeze(1).expand_as(query);
  };
  std::optional<at::Tensor> bias;
  if (rule.key_bias.defined()) {
    bias = rule.key_bias.narrow(1, 0, k.size(0)).view({kv_heads, query.size(1), 1, k.size(0)});
  }
  const at::Tensor mixed = std::get<0>(at::_scaled_dot_product_flash_attention_for_cpu(
      query, shared(k), shared(v), /*dropout_p=*/0.0, /*is_causal=*/true, bias, rule.scale));
  grouped(out, kv_heads).copy_(mixed);
}

// torch's flash kernel for CUDA, called by name: what scaled_dot_product_attention would choose may
// change. It shares kv heads among query heads by itself, and its last query is at the last key.
// `before`: of the keys before its own a query sees so many; −1: all. Shapes as attention.
at::Tensor attend_flash(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                        int64_t before) {
  const at::Tensor mixed = std::get<0>(at::_flash_attention_forward(
      q, k, v, /*cum_seq_q=*/{}, /*cum_seq_k=*/{}, /*max_q=*/q.size(1), /*max_k=*/k.size(1),
      /*dropout_p=*/0.0, /*is_causal=*/true, /*return_debug_mask=*/false, scale,
      /*window_size_left=*/before, /*window_size_right=*/0));
  return mixed.contiguous();
}

// What that kernel was made for; the rest takes the general path.
bool flash_serves(const at::Tensor& q) {
  constexpr int64_t kLargestHead = 256;
  constexpr int64_t kHeadStep = 8;
  return q.is_cuda() && q.scalar_type() == at::kBFloat16 && q.size(-1) <= kLargestHead &&
         q.size(-1) % kHeadStep == 0;
}

// Scores of the queries at positions begin … begin + rows − 1 for keys first … first + width − 1,
// of which each query sees those of its window. scores [K, H/K, rows, width].
void hide_unseen(at::Tensor& scores, int64_t begin, int64_t first, int64_t window) {
  const int64_t rows = scores.size(2);
  const int64_t width = scores.size(3);
  const at::TensorOptions mask = scores.options().dtype(at::kBool);
  const at::Tensor square = at::ones({rows, rows}, mask);
  // The last `rows` keys are the queries' own: later ones are hidden.
  scores.narrow(3, width - rows, rows).masked_fill_(square.triu(1), kHidden);
  // Keys up to query − window are out of it; only the first few can be.
  const int64_t past = std::clamp<int64_t>(begin + rows - window - first, 0, width);
  if (window == 0 || past == 0) return;
  const at::Tensor early = at::ones({rows, past}, mask).tril(begin - window - first);
  scores.narrow(3, 0, past).masked_fill_(early, kHidden);
}

// The general path: blocks of queries, each with the keys that it can see, in float32 whatever the
// dtype. One row: q [N, H, E], the last N of the positions, k and v [L, K, E] -> out [N, H, E].
void attend_in_blocks(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                      const AttentionRule& rule, const at::Tensor& out) {
  const int64_t earlier = k.size(0) - q.size(0);  // Positions before the first query's.
  const int64_t kv_heads = k.size(1);
  const int64_t per_kv = q.size(1) / kv_heads;
  // Fresh copies, aligned alike for every row.
  const auto fresh = at::MemoryFormat::Contiguous;
  const at::Tensor keys = k.permute({1, 2, 0}).to(at::kFloat).clone(fresh);    // [K, E, L]
  const at::Tensor values = v.permute({1, 0, 2}).to(at::kFloat).clone(fresh);  // [K, L, E]
  for (int64_t begin = earlier; begin < k.size(0); begin += kQueryBlock) {
    const int64_t rows = std::min(kQueryBlock, k.size(0) - begin);
    const int64_t first = rule.window > 0 ? std::max<int64_t>(0, begin - rule.window + 1) : 0;
    const int64_t width = begin + rows - first;
    const at::Tensor query = grouped(q.narrow(0, begin - earlier, rows), kv_heads)
                                 .to(at::kFloat)
                                 .reshape({kv_heads, per_kv * rows, q.size(2)});
    at::Tensor scores = at::bmm(query, keys.narrow(2, first, width))
                            .mul_(rule.scale)
                            .view({kv_heads, per_kv, rows, width});
    if (rule.softcap > 0) scores.div_(rule.softcap).tanh_().mul_(rule.softcap);
    if (rule.key_bias.defined()) {
      scores.add_(
          rule.key_bias.narrow(1, first, width).unsqueeze(1).view({kv_heads, per_kv, 1, width}));
    }
    hide_unseen(scores, begin, first, rule.window);
    const at::Tensor weights = at::softmax(scores, -1).view({kv_heads, per_kv * rows, width});
    const at::Tensor mixed = at::bmm(weights, values.narrow(1, first, width));
    grouped(out.narrow(0, begin - earlier, rows), kv_heads)
        .copy_(mixed.view({kv_heads, per_kv, rows, q.size(2)}));
  }
}

}  // namespace

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const AttentionRule& rule) {
  const bool narrow = rule.window > 0 && rule.window < k.size(1);
  const bool plain = rule.softcap == 0;
  if (plain && !rule.key_bias.defined() && flash_serves(q)) {
    return attend_flash(q, k, v, rule.scale, narrow ? rule.window - 1 : -1);
  }
  // The tiled kernel knows no earlier positions.
  const bool tiled = plain && !narrow && q.size(1) == k.size(1) && !q.is_cuda();
  at::Tensor out = at::empty(q.sizes(), q.options());
  for (int64_t row = 0; row < q.size(0); ++row) {
    if (tiled) {
      attend_tiled(q[row], k[row], v[row], rule, out[row]);
    } else {
      attend_in_blocks(q[row], k[row], v[row], rule, out[row]);
    }
  }
  return out;
}

}  // namespace verdict::ops
