#include "verdict/competition/degeneracy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "verdict/core/error.h"

namespace verdict {
namespace {

using Tokens = std::vector<int64_t>;

// Twenty different tokens from `first` on.
Tokens different(int64_t first) {
  Tokens tokens;
  for (int64_t i = 0; i < kGeneratedTokens; ++i) tokens.push_back(first + i);
  return tokens;
}

// The same with one token in the first `times` places.
Tokens repeating(int64_t token, size_t times) {
  Tokens tokens = different(token + 1);
  std::fill_n(tokens.begin(), times, token);
  return tokens;
}

TEST(Degeneracy, OutputsOfTheirOwnPass) { EXPECT_EQ(degeneracy(different(0), different(100)), ""); }

// Rule (a) of scoring.md A.1: at least 10 of 20, by position.
TEST(Degeneracy, EqualAtHalfOfThePositionsFails) {
  Tokens second = different(100);
  for (size_t i = 0; i < 9; ++i) second[2 * i] = static_cast<int64_t>(2 * i);
  EXPECT_EQ(degeneracy(different(0), second), "");
  second[19] = 19;
  EXPECT_EQ(degeneracy(different(0), second),
            "the outputs for two prompts are equal at 10 of 20 positions, allowed are 9");
}

TEST(Degeneracy, TheSameWordsElsewhereAreNotEqual) {
  Tokens moved = different(0);
  std::rotate(moved.begin(), moved.begin() + 1, moved.end());
  EXPECT_EQ(degeneracy(different(0), moved), "");
}

// Rule (b): more than 10 of 20, in both.
TEST(Degeneracy, OneTokenMoreThanHalfOfTheTimeInBothFails) {
  EXPECT_EQ(degeneracy(repeating(5, 10), repeating(50, 20)), "");
  EXPECT_EQ(degeneracy(repeating(5, 20), repeating(50, 10)), "");
  EXPECT_EQ(degeneracy(repeating(5, 11), repeating(50, 13)),
            "the outputs for two prompts repeat one token 11 and 13 times in 20, allowed is 10 in "
            "one of them");
}

TEST(Degeneracy, AnotherNumberOfTokensIsNotJudged) {
  EXPECT_THROW(static_cast<void>(degeneracy(different(0), Tokens(19, 1))), SystemError);
}

}  // namespace
}  // namespace verdict
