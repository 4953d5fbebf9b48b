#include "verdict/consensus/fixed.h"

#include <gtest/gtest.h>

namespace verdict {
namespace {

constexpr Fixed kMost = Fixed::from_bits(INT64_MAX);
constexpr Fixed kLeast = Fixed::from_bits(INT64_MIN);
constexpr Fixed kSmallest = Fixed::from_bits(1);

TEST(Fixed, SumsAndDifferencesSaturate) {
  EXPECT_EQ(kMost + kSmallest, kMost);
  EXPECT_EQ(kLeast + kLeast, kLeast);
  EXPECT_EQ(kLeast - kSmallest, kLeast);
  EXPECT_EQ(kMost - kLeast, kMost);
  EXPECT_EQ(Fixed{} - kLeast, kMost);
  EXPECT_EQ(kMost + kLeast, Fixed::from_bits(-1));
}

TEST(Fixed, ProductsAreFlooredAndSaturate) {
  EXPECT_EQ(kSmallest * kSmallest, Fixed{});
  EXPECT_EQ((Fixed{} - kSmallest) * kSmallest, Fixed::from_bits(-1));
  EXPECT_EQ(kMost * kMost, kMost);
  EXPECT_EQ(kLeast * kLeast, kMost);
  EXPECT_EQ(kLeast * kMost, kLeast);
  EXPECT_EQ(kLeast * kOne, kLeast);
}

TEST(Fixed, QuotientsAreTruncatedTowardZeroAndZeroWhereThereIsNone) {
  EXPECT_EQ(Fixed::from_bits(-3) / Fixed::whole(2), Fixed::from_bits(-1));
  EXPECT_EQ(Fixed::from_bits(3) / Fixed::whole(-2), Fixed::from_bits(-1));
  EXPECT_EQ(kOne / Fixed{}, Fixed{});
  EXPECT_EQ(kMost / kSmallest, Fixed{});
  EXPECT_EQ(kLeast / Fixed::whole(-1), Fixed{});
  EXPECT_EQ(kLeast / kOne, kLeast);
}

TEST(Fixed, U16IsTheFloorClamped) {
  EXPECT_EQ(floor_to_u16(Fixed::whole(-1)), 0);
  EXPECT_EQ(floor_to_u16(Fixed::from_bits(-1)), 0);
  EXPECT_EQ(floor_to_u16(Fixed::whole(65535) + kSmallest), 65535);
  EXPECT_EQ(floor_to_u16(Fixed::whole(65536)), 65535);
  EXPECT_EQ(floor_to_u16(kOne - kSmallest), 0);
}

TEST(Fixed, EveryStoredShareComesBackAsItWasOrOneLess) {
  for (uint32_t value = 0; value <= 65535; ++value) {
    const auto stored = static_cast<uint16_t>(value);
    const uint16_t back = share_to_u16(share_from_u16(stored));
    EXPECT_TRUE(back == stored || back + 1 == stored) << value;
  }
  EXPECT_EQ(share_from_u16(65535), kOne);
}

}  // namespace
}  // namespace verdict
