#include "verdict/model/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace verdict::ops {
namespace {

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

struct Inputs {
  at::Tensor q{}, k{}, v{};
};

Inputs inputs(int64_t batch, int64_t length, int64_t heads, int64_t kv_heads, int64_t size) {
  return {.q = at::randn({batch, length, heads, size}),
          .k = at::randn({batch, length, kv_heads, size}),
          .v = at::randn({batch, length, kv_heads, size})};
}

// The definition, with a whole score matrix in double. One row and head: q, k, v [L, E].
at::Tensor by_definition(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                         const AttentionRule& rule, int64_t head) {
  const int64_t length = q.size(0);
  at::Tensor scores = at::mm(q.to(at::kDouble), k.to(at::kDouble).t()) * rule.scale;
  if (rule.softcap > 0) scores = (scores / rule.softcap).tanh() * rule.softcap;
  if (rule.key_bias.defined()) scores = scores + rule.key_bias[head].to(at::kDouble);
  const at::Tensor all = at::ones({length, length}, at::kBool);
  at::Tensor hidden = all.triu(1);
  if (rule.window > 0) hidden = hidden.logical_or(all.tril(-rule.window));
  return at::mm(scores.masked_fill(hidden, -INFINITY).softmax(-1), v.to(at::kDouble));
}

void expect_by_definition(const Inputs& in, const AttentionRule& rule) {
  const at::Tensor out = attention(in.q, in.k, in.v, rule);
  const int64_t per_kv = in.q.size(2) / in.k.size(2);
  for (int64_t b = 0; b < in.q.size(0); ++b) {
    for (int64_t head = 0; head < in.q.size(2); ++head) {
      const at::Tensor expected =
          by_definition(in.q[b].select(1, head), in.k[b].select(1, head / per_kv),
                        in.v[b].select(1, head / per_kv), rule, head);
      EXPECT_LT(largest_difference(out[b].select(1, head), expected), 1e-5)
          << "row " << b << ", head " << head << ", window " << rule.window;
    }
  }
}

class Attention : public testing::Test {
 protected:
  void SetUp() override { at::manual_seed(1); }
};

TEST_F(Attention, IsCausalAndSharesKvHeadsAmongNeighbouringQueryHeads) {
  expect_by_definition(inputs(2, 19, 6, 2, 8), {.scale = 0.3});
}

// Lengths below, at and above the block of queries; windows of one token to more than the row.
TEST_F(Attention, AWindowHidesEarlierKeys) {
  for (const int64_t length : {5, 64, 150}) {
    const Inputs in = inputs(1, length, 4, 2, 6);
    for (const int64_t window : {1, 2, 4, 63, 64, 65, 100, 149, 150, 4096}) {
      expect_by_definition(in, {.scale = 0.4, .window = window});
    }
  }
}

TEST_F(Attention, ASoftCapBendsTheScaledScores) {
  const Inputs in = inputs(1, 70, 4, 2, 6);
  expect_by_definition(in, {.scale = 1, .softcap = 2});
  expect_by_definition(in, {.scale = 1, .window = 9, .softcap = 2});
}

// In tiles and in blocks; 600 keys fill more than one tile.
TEST_F(Attention, ABiasOfTheKeyBelongsToItsHead) {
  for (const int64_t length : {1, 70, 600}) {
    const Inputs in = inputs(2, length, 6, 3, 6);
    const at::Tensor bias = at::randn({6, length});
    expect_by_definition(in, {.scale = 0.5, .key_bias = bias});
    expect_by_definition(in, {.scale = 0.5, .window = 30, .key_bias = bias});
  }
}

// What "the same bits" stands on, for both ways to compute: the other rows do not matter.
TEST_F(Attention, ARowHasTheSameBitsWhereverItStands) {
  const Inputs in = inputs(3, 100, 4, 2, 7);
  const at::Tensor bias = at::randn({4, 100});
  for (const AttentionRule& rule : {AttentionRule{.scale = 0.4},
                                    {.scale = 0.4, .window = 33},
                                    {.scale = 0.4, .key_bias = bias}}) {
    const at::Tensor alone =
        attention(in.q.narrow(0, 2, 1), in.k.narrow(0, 2, 1), in.v.narrow(0, 2, 1), rule);
    const at::Tensor last = attention(in.q, in.k, in.v, rule)[2];
    EXPECT_EQ(std::memcmp(alone.data_ptr(), last.data_ptr(), last.nbytes()), 0);
  }
}

// As a cache of keys and values wants it: the queries of the last positions alone.
TEST_F(Attention, QueriesOfTheLastPositionsSeeWhatTheySeeAmongAll) {
  const Inputs in = inputs(2, 150, 4, 2, 6);
  for (const int64_t window : {0, 1, 2, 40, 149, 150}) {
    for (const int64_t last : {1, 3, 70}) {
      const AttentionRule rule{.scale = 0.4, .window = window, .key_bias = at::randn({4, 150})};
      const at::Tensor all = attention(in.q, in.k, in.v, rule);
      const at::Tensor some = attention(in.q.narrow(1, 150 - last, last), in.k, in.v, rule);
      EXPECT_LT(largest_difference(some, all.narrow(1, 150 - last, last)), 1e-6)
          << "window " << window << ", the last " << last;
    }
  }
}

TEST_F(Attention, BfloatIsComputedInFloatAndRoundedOnce) {
  const Inputs in = inputs(1, 80, 2, 2, 8);
  const auto rounded = [](const at::Tensor& t) { return t.to(at::kBFloat16); };
  const AttentionRule rule{.scale = 0.35, .window = 20};
  const at::Tensor out = attention(rounded(in.q), rounded(in.k), rounded(in.v), rule);
  const auto widened = [&](const at::Tensor& t) { return rounded(t).to(at::kFloat); };
  EXPECT_TRUE(
      at::equal(out, rounded(attention(widened(in.q), widened(in.k), widened(in.v), rule))));
}

}  // namespace
}  // namespace verdict::ops
