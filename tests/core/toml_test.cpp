#include "verdict/core/toml.h"

#include <gtest/gtest.h>

#include <functional>

#include "verdict/core/error.h"

namespace verdict {
namespace {

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::usage);
    return e.what();
  }
  return "accepted";
}

TEST(Toml, UnknownKeysAreNamedWithTheirLine) {
  const TomlTable t = TomlTable::parse("a = 1\nb = 2\n[[c]]\nd = 3\n", "x.toml");
  EXPECT_EQ(t.integer("a"), 1);
  EXPECT_EQ(refusal([&] { t.refuse_unknown_keys(); }), "x.toml:2: unknown key 'b'");
  EXPECT_EQ(t.integer("b"), 2);
  const auto tables = t.tables("c");
  t.refuse_unknown_keys();
  EXPECT_EQ(refusal([&] { tables.at(0).refuse_unknown_keys(); }), "x.toml:4: unknown key 'c.d'");
}

TEST(Toml, WrongTypesAreNamedWithTheRule) {
  const TomlTable t = TomlTable::parse("a = \"text\"\nb = [1, 2.5]\n", "x.toml");
  EXPECT_EQ(refusal([&] { (void)t.integer("a"); }), "x.toml:1: 'a' must be a whole number");
  EXPECT_EQ(refusal([&] { (void)t.integers("b"); }),
            "x.toml:2: 'b' must be a list of whole numbers");
  EXPECT_EQ(refusal([&] { (void)t.number("z"); }), "x.toml:1: 'z' is missing");
}

TEST(Toml, AnIntegerIsANumberButNotTheOtherWayRound) {
  const TomlTable t = TomlTable::parse("a = 1\nb = 1.0\n", "x.toml");
  EXPECT_EQ(t.number("a"), 1.0);
  EXPECT_NE(refusal([&] { (void)t.integer("b"); }), "accepted");
}

TEST(Toml, BrokenTextsAreNamedWithLineAndColumn) {
  EXPECT_TRUE(
      refusal([] { (void)TomlTable::parse("a = 1\na = 2\n", "x.toml"); }).starts_with("x.toml:2:"));
}

}  // namespace
}  // namespace verdict
