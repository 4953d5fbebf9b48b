#include <algorithm>

#include "verdict/checkpoint/shard_plan.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

constexpr int64_t kAlignment = 64;

void check_rank(int rank, int tp) {
  if (tp < 1 || rank < 0 || rank >= tp) {
    throw SystemError("rank " + std::to_string(rank) + " of a group of " + std::to_string(tp));
  }
}

// share() with cut points at multiples of 64, unless a rank would be left empty.
Range aligned_share(int64_t items, int rank, int tp, const std::string& what) {
  check_rank(rank, tp);
  if (items < tp) {
    throw ModelError(what + " of " + std::to_string(items) + " cannot be split over " +
                     std::to_string(tp) + " ranks");
  }
  const auto cut = [&](int64_t i) {
    const int64_t exact = items * i / tp;
    return i == tp ? items : (exact + kAlignment / 2) / kAlignment * kAlignment;
  };
  for (int i = 0; i < tp; ++i) {
    if (cut(i) >= cut(i + 1)) return share(items, rank, tp);
  }
  return {cut(rank), cut(rank + 1)};
}

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

HeadShard head_shard(int64_t heads, int64_t kv_heads, int rank, int tp) {
  check_rank(rank, tp);
  if (tp > heads) {
    throw ModelError("a model of " + std::to_string(heads) +
                     " attention heads cannot be split over " + std::to_string(tp) + " ranks");
  }
  const int64_t group = heads / kv_heads;
  if (kv_heads >= tp) {
    const Range kv = share(kv_heads, rank, tp);
    return {.q = {kv.begin * group, kv.end * group}, .kv = kv};
  }
  // Ranks first … last − 1 hold the same kv head and split its query heads.
  const int64_t k = rank * kv_heads / tp;
  const int64_t first = divide_up(k * tp, kv_heads);
  const int64_t last = divide_up((k + 1) * tp, kv_heads);
  const Range mine = share(group, rank - first, last - first);
  return {.q = {k * group + mine.begin, k * group + mine.end},
          .kv = {k, k + 1},
          .counts_kv = rank == first};
}

Range mlp_shard(const DecoderSpec& spec, int rank, int tp) {
  return aligned_share(spec.ffn, rank, tp, "an mlp");
}

Range vocab_shard(const DecoderSpec& spec, int rank, int tp) {
  return aligned_share(spec.vocab, rank, tp, "a vocabulary");
}

}  // namespace verdict
