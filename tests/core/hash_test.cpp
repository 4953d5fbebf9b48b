#include "verdict/core/hash.h"

#include <gtest/gtest.h>

namespace verdict {
namespace {

TEST(Sha256, MatchesTheStandardsExample) {  // FIPS 180-4, "abc".
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  Sha256 pieces;
  pieces.update("a").update("").update("bc");
  EXPECT_EQ(pieces.finish(), sha256("abc"));
}

TEST(Base64, MatchesTheReferenceOfTheSubnet) {  // scoring.md A.6.4, hash_two("hello", "world").
  EXPECT_EQ(to_base64(sha256("helloworld")), "k2oYXKqiZrucvpgengXLeM1zKwsygOuURBK7b4+PB68=");
}

TEST(Xxh3, MatchesTheLibrarysOwnTestValue) {  // xxHash 0.8, XXH3_64bits of the empty input.
  EXPECT_EQ(xxh3_hex(""), "2d06800538d394c2");
}

}  // namespace
}  // namespace verdict
