#include "verdict/data/micro_batch.h"

#include <gmock/gmock.h>

#include "verdict/core/error.h"

namespace verdict {
namespace {

using testing::ElementsAre;

TEST(MicroBatches, TheLastOneIsPaddedWithARepeatedRow) {
  const std::vector<MicroBatch> batches = micro_batches({0, 6}, 4);
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_THAT(batches[0].samples, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(batches[0].valid, 4);
  EXPECT_THAT(batches[1].samples, ElementsAre(4, 5, 5, 5));
  EXPECT_EQ(batches[1].valid, 2);
}

// Whatever the units, each sample comes once, at the place that its number says, in a batch of b
// rows.
TEST(MicroBatches, ASamplesPlaceDoesNotDependOnTheUnit) {
  for (int64_t b = 1; b <= 5; ++b) {
    for (int64_t total = 0; total <= 17; ++total) {
      for (int64_t cut = 0; cut <= total; cut += b) {
        std::vector<MicroBatch> both = micro_batches({0, cut}, b);
        for (const MicroBatch& batch : micro_batches({cut, total}, b)) both.push_back(batch);
        const std::vector<MicroBatch> whole = micro_batches({0, total}, b);
        ASSERT_EQ(both.size(), whole.size());
        int64_t next = 0;
        for (size_t k = 0; k < whole.size(); ++k) {
          EXPECT_EQ(both[k].samples, whole[k].samples);
          EXPECT_EQ(both[k].valid, whole[k].valid);
          ASSERT_EQ(static_cast<int64_t>(whole[k].samples.size()), b);
          for (int64_t i = 0; i < whole[k].valid; ++i) {
            EXPECT_EQ(whole[k].samples[static_cast<size_t>(i)], static_cast<int64_t>(k) * b + i);
            ++next;
          }
        }
        EXPECT_EQ(next, total);
      }
    }
  }
}

TEST(MicroBatches, AUnitThatStartsInsideABatchIsOurOwnMistake) {
  EXPECT_THROW((void)micro_batches({2, 8}, 4), SystemError);
  EXPECT_THROW((void)micro_batches({-4, 8}, 4), SystemError);
  EXPECT_THROW((void)micro_batches({0, 8}, 0), SystemError);
}

}  // namespace
}  // namespace verdict
