#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "checkpoint/fixtures.h"
#include "verdict/checkpoint/shard_plan.h"

namespace verdict {
namespace {

using testing_support::refusal;

// Every query head exactly once, on a rank that holds its kv head and no kv head without a query
// head.
void check_split(int64_t kv_heads, int64_t group, int tp) {
  const int64_t heads = kv_heads * group;
  std::vector<int> seen(static_cast<size_t>(heads));
  for (int rank = 0; rank < tp; ++rank) {
    const HeadShard mine = head_shard(heads, kv_heads, rank, tp);
    ASSERT_FALSE(mine.q.empty() || mine.kv.empty())
        << kv_heads << " x " << group << " at " << rank << " of " << tp;
    for (int64_t q = mine.q.begin; q < mine.q.end; ++q) {
      ++seen.at(static_cast<size_t>(q));
      ASSERT_TRUE(mine.kv.contains(q / group))
          << kv_heads << " x " << group << " at " << rank << " of " << tp;
    }
    ASSERT_EQ(mine.q.begin / group, mine.kv.begin);
    ASSERT_EQ((mine.q.end - 1) / group, mine.kv.end - 1);
  }
  ASSERT_TRUE(std::ranges::all_of(seen, [](int n) { return n == 1; }))
      << kv_heads << " x " << group << " of " << tp;
}

TEST(HeadShard, EveryQueryHeadIsOnOneRankWithItsKeyValueHead) {
  for (int64_t kv_heads = 1; kv_heads <= 16; ++kv_heads) {
    for (int64_t group = 1; group <= 16; ++group) {
      const int most = static_cast<int>(std::min<int64_t>(kv_heads * group, 16));
      for (int tp = 1; tp <= most; ++tp) check_split(kv_heads, group, tp);
    }
  }
}

std::vector<int64_t> query_heads(int64_t heads, int64_t kv_heads, int tp) {
  std::vector<int64_t> counts;
  for (int rank = 0; rank < tp; ++rank)
    counts.push_back(head_shard(heads, kv_heads, rank, tp).q.size());
  return counts;
}

TEST(HeadShard, NineHeadsOfThreeGroupsAreSplitUnevenly) {
  EXPECT_THAT(query_heads(9, 3, 2), testing::ElementsAre(3, 6));
  EXPECT_THAT(query_heads(9, 3, 4), testing::ElementsAre(1, 2, 3, 3));
}

TEST(HeadShard, FewerKeyValueHeadsThanRanksAreReplicated) {
  EXPECT_EQ(head_shard(8, 2, 0, 4).kv, head_shard(8, 2, 1, 4).kv);
  EXPECT_EQ(head_shard(8, 2, 1, 4).q, (Range{2, 4}));
  EXPECT_EQ(head_shard(8, 2, 2, 4).kv, (Range{1, 2}));
}

// What sums over ranks rely on.
TEST(HeadShard, EveryKvHeadIsCountedByOneRank) {
  for (const int64_t kv_heads : {1, 2, 3, 4, 12}) {
    for (int tp = 1; tp <= 12; ++tp) {
      std::vector<int> counted(static_cast<size_t>(kv_heads));
      for (int rank = 0; rank < tp; ++rank) {
        const HeadShard mine = head_shard(12, kv_heads, rank, tp);
        for (int64_t k = mine.kv.begin; mine.counts_kv && k < mine.kv.end; ++k) {
          ++counted[static_cast<size_t>(k)];
        }
      }
      EXPECT_EQ(counted, std::vector<int>(counted.size(), 1)) << kv_heads << " over " << tp;
    }
  }
}

TEST(HeadShard, MoreRanksThanHeadsAreRefused) {
  EXPECT_EQ(refusal([] { (void)head_shard(4, 2, 0, 5); }),
            "a model of 4 attention heads cannot be split over 5 ranks");
  EXPECT_THROW((void)head_shard(4, 2, 2, 2), SystemError);
}

TEST(AlignedShares, CutPointsAreMultiplesOf64WhereNoRankIsLeftEmpty) {
  DecoderSpec spec;
  spec.ffn = 13'824;
  spec.vocab = 100'277;
  for (int tp = 1; tp <= 8; ++tp) {
    int64_t mlp_end = 0;
    int64_t vocab_end = 0;
    for (int rank = 0; rank < tp; ++rank) {
      EXPECT_EQ(mlp_shard(spec, rank, tp).begin, mlp_end);
      EXPECT_EQ(vocab_shard(spec, rank, tp).begin, vocab_end);
      EXPECT_EQ(mlp_end % 64, 0);
      EXPECT_EQ(vocab_end % 64, 0);
      mlp_end = mlp_shard(spec, rank, tp).end;
      vocab_end = vocab_shard(spec, rank, tp).end;
    }
    EXPECT_EQ(mlp_end, spec.ffn);
    EXPECT_EQ(vocab_end, spec.vocab);
  }
}

TEST(AlignedShares, SmallWidthsAreCutWhereTheyMustBe) {
  DecoderSpec spec;
  spec.ffn = 37;
  EXPECT_EQ(mlp_shard(spec, 0, 2), (Range{0, 18}));
  EXPECT_EQ(mlp_shard(spec, 1, 2), (Range{18, 37}));
  EXPECT_EQ(refusal([&] { (void)mlp_shard(spec, 0, 38); }),
            "an mlp of 37 cannot be split over 38 ranks");
}

}  // namespace
}  // namespace verdict
