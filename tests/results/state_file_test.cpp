#include "verdict/results/state_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "verdict/core/error.h"
#include "verdict/core/file.h"

namespace verdict {
namespace {

EpochState some_state() {
  return {.block = 5433000,
          .competitions = {{.id = 4,
                            .ema = {{.uid = 12, .hotkey = "5F", .weight = 0.1},
                                    {.uid = 13, .hotkey = "5G", .weight = 0.9}},
                            .kept = {{.uid = 13, .hotkey = "5G"}}},
                           {.id = 5}}};
}

std::string refusal(const std::string& text) {
  try {
    static_cast<void>(parse_state(text));
  } catch (const FormatError& e) {
    return e.what();
  }
  return "accepted";
}

TEST(State, ComesBackAsItWas) {
  const EpochState state = parse_state(state_text(some_state()));
  EXPECT_EQ(state_text(state), state_text(some_state()));
  EXPECT_EQ(state.competitions.at(0).ema.at(0).weight, 0.1);
  EXPECT_FALSE(parse_state(state_text({})).block.has_value());
}

TEST(State, ADamagedTextIsRefused) {
  std::string text = state_text(some_state());
  EXPECT_EQ(refusal(text), "accepted");
  text.replace(text.find("0.9"), 3, "0.8");
  EXPECT_THAT(refusal(text), testing::HasSubstr("the checksum 'xxh3' does not fit"));
  EXPECT_THAT(refusal(text.substr(0, text.size() / 2)), testing::HasSubstr("not JSON"));
}

TEST(State, ALaterSchemaIsRefusedByName) {
  std::string text = state_text(some_state());
  text.replace(text.find("verdict-state-1"), 15, "verdict-state-2");
  EXPECT_THAT(refusal(text),
              testing::HasSubstr("expected schema 'verdict-state-1', found 'verdict-state-2'"));
}

class StateFiles : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("verdict-state-test-" + std::to_string(::getpid()));
};

TEST_F(StateFiles, AMissingFileIsAnEmptyState) {
  EXPECT_EQ(read_state(folder_ / "none.json").text, state_text({}));
}

TEST_F(StateFiles, AFileThatCannotBeLookedForIsNamed) {
  std::filesystem::create_symlink("loop", folder_ / "loop");
  try {
    static_cast<void>(read_state(folder_ / "loop"));
    FAIL() << "read";
  } catch (const SystemError& e) {
    EXPECT_EQ(e.code(), ExitCode::io);
    EXPECT_THAT(e.what(), testing::HasSubstr("cannot look for " + (folder_ / "loop").string()));
  }
}

TEST_F(StateFiles, ADamagedFileIsNamedAndNeverOverwritten) {
  write_atomically(folder_ / "s.json", "{");
  EXPECT_THROW(static_cast<void>(read_state(folder_ / "s.json")), SystemError);
  EXPECT_THROW(replace_state(folder_ / "s.json", state_text({}), state_text(some_state())),
               SystemError);
  EXPECT_EQ(read_text(folder_ / "s.json"), "{");
}

TEST_F(StateFiles, AnOldEpochRunAgainDoesNotUndoALaterOne) {
  const std::string first = state_text({});
  const std::string second = state_text(some_state());
  EpochState later = some_state();
  later.block = 5440000;
  const auto path = folder_ / "s.json";
  replace_state(path, first, second);
  replace_state(path, first, second);  // A rerun of the same epoch.
  EXPECT_EQ(read_text(path), second);
  replace_state(path, second, state_text(later));
  EXPECT_THROW(replace_state(path, first, second), SystemError);
  EXPECT_EQ(read_text(path), state_text(later));
}

}  // namespace
}  // namespace verdict
