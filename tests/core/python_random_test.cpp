#include "verdict/core/python_random.h"

#include <gtest/gtest.h>

namespace verdict {
namespace {

// Expected values: CPython 3.11, `r = random.Random(seed)`.
TEST(PythonRandom, DrawsWhatCPythonDraws) {
  PythonRandom r = PythonRandom::from_decimal("12345678901234567890123");
  EXPECT_EQ(r.next_u32(), 678764485U);
  EXPECT_EQ(r.randint(1, 1000), 589);
  EXPECT_EQ(r.below(uint64_t{1} << 40), 435475049468U);
}

TEST(PythonRandom, SeedZeroIsOneWord) {
  PythonRandom r = PythonRandom::from_decimal("0");
  EXPECT_EQ(r.next_u32(), 3626764237U);
}

TEST(PythonRandom, ShufflesAsCPythonDoes) {
  EXPECT_EQ(PythonRandom::from_decimal("7").shuffled(8),
            (std::vector<int64_t>{6, 7, 2, 4, 0, 3, 1, 5}));
}

// int.from_bytes(hashlib.sha256(b"0x5f").digest(), "big")
TEST(PythonRandom, TheSeedIsTheHashOfTheBlockHashsText) {
  EXPECT_EQ(PythonRandom::from_block_hash("0x5f").next_u32(), 475372490U);
}

TEST(PythonRandom, NothingToShuffleIsNothing) {
  EXPECT_TRUE(PythonRandom::from_decimal("1").shuffled(0).empty());
}

}  // namespace
}  // namespace verdict
