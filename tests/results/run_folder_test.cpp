#include "verdict/results/run_folder.h"

#include <gmock/gmock.h>

#include "hdf5/scratch.h"

namespace verdict {
namespace {

using testing::HasSubstr;

class RunFolders : public Scratch {
 protected:
  const Json inputs_{{"competitions", "aa"}, {"rows", 50}, {"dtype", "auto"}};
  std::filesystem::path run_ = folder_ / "deep" / "run";
};

TEST_F(RunFolders, TheSameInputsGoOnWhereTheFirstStartEnded) {
  EXPECT_FALSE(RunFolder::create_or_resume(run_, inputs_).resumed());
  const RunFolder again = RunFolder::create_or_resume(run_, inputs_);
  EXPECT_TRUE(again.resumed());
  EXPECT_TRUE(std::filesystem::is_directory(again.journal()));
  EXPECT_EQ(again.results(), run_ / "results.h5");
  EXPECT_EQ(RunFolder::open(run_).inputs(), inputs_);
}

TEST_F(RunFolders, EveryInputThatDiffersIsNamed) {
  (void)RunFolder::create_or_resume(run_, inputs_);
  const Json other{{"competitions", "bb"}, {"rows", 50}, {"tp", 2}};
  const SystemError e = system_error_of([&] { (void)RunFolder::create_or_resume(run_, other); });
  EXPECT_EQ(e.code(), ExitCode::usage);
  EXPECT_THAT(e.what(), HasSubstr("competitions was \"aa\", is \"bb\" now"));
  EXPECT_THAT(e.what(), HasSubstr("tp was nothing, is 2 now"));
  EXPECT_THAT(e.what(), HasSubstr("dtype was \"auto\", is nothing now"));
  EXPECT_THAT(e.what(), testing::Not(HasSubstr("rows was")));
}

TEST_F(RunFolders, OfAnObjectOnlyThePartThatDiffersIsNamed) {
  (void)RunFolder::create_or_resume(run_, {{"options", {{"rows", nullptr}, {"tp", 2}}}});
  const Json other{{"options", {{"rows", 3}, {"tp", 2}}}};
  const SystemError e = system_error_of([&] { (void)RunFolder::create_or_resume(run_, other); });
  EXPECT_THAT(e.what(), HasSubstr("(options.rows was null, is 3 now)"));
}

TEST_F(RunFolders, ADamagedOrLaterInputsFileIsRefused) {
  const RunFolder run = RunFolder::create_or_resume(run_, inputs_);
  write_atomically(run.inputs_file(), "{\"schema\"");
  const SystemError e = system_error_of([&] { (void)RunFolder::create_or_resume(run_, inputs_); });
  EXPECT_EQ(e.code(), ExitCode::bad_data);
  EXPECT_THAT(e.what(), HasSubstr("inputs.json: not JSON at byte"));
  write_atomically(run.inputs_file(), R"({"schema": "verdict-inputs-2", "inputs": {}})");
  EXPECT_THAT(system_error_of([&] { (void)RunFolder::open(run_); }).what(),
              HasSubstr("expected schema 'verdict-inputs-1', found 'verdict-inputs-2'"));
}

TEST_F(RunFolders, AFolderThatIsNoRunIsRefusedByReaders) {
  const SystemError e = system_error_of([&] { (void)RunFolder::open(folder_); });
  EXPECT_EQ(e.code(), ExitCode::usage);
  EXPECT_THAT(e.what(), HasSubstr("is no run folder"));
}

TEST_F(RunFolders, AFolderThatCannotBeLookedIntoIsNamed) {
  std::filesystem::create_symlink("loop", folder_ / "loop");
  const SystemError e = system_error_of([&] { (void)RunFolder::open(folder_ / "loop"); });
  EXPECT_EQ(e.code(), ExitCode::io);
  EXPECT_THAT(e.what(), HasSubstr((folder_ / "loop" / "inputs.json").string()));
}

// The inputs of a run hold every model and every shard by its path.
TEST_F(RunFolders, OfAnObjectThatGainsAndLosesEntriesOnlyThoseAreNamed) {
  (void)RunFolder::create_or_resume(run_,
                                    {{"models", {{"a", "1"}, {"b", "2"}, {"c", {{"x", 1}}}}}});
  const Json other{{"models", {{"a", "1"}, {"d", "4"}, {"c", {{"x", 2}}}}}};
  const SystemError e = system_error_of([&] { (void)RunFolder::create_or_resume(run_, other); });
  EXPECT_THAT(e.what(),
              HasSubstr("(models.d was nothing, is \"4\" now; models.c.x was 1, is 2 now; "
                        "models.b was \"2\", is nothing now)"));
}

TEST_F(RunFolders, OfAListOnlyTheElementsThatDifferAreNamed) {
  (void)RunFolder::create_or_resume(run_, {{"shards", {{"c/t", {"aa", "bb", "cc"}}}}});
  const Json other{{"shards", {{"c/t", {"aa", "dd"}}}}};
  const SystemError e = system_error_of([&] { (void)RunFolder::create_or_resume(run_, other); });
  EXPECT_THAT(e.what(), HasSubstr("(shards.c/t[1] was \"bb\", is \"dd\" now; "
                                  "shards.c/t[2] was \"cc\", is nothing now)"));
}

TEST_F(RunFolders, AFileInTheWayIsNamed) {
  write_atomically(folder_ / "deep", "x");
  const SystemError e = system_error_of([&] { (void)RunFolder::create_or_resume(run_, inputs_); });
  EXPECT_EQ(e.code(), ExitCode::cannot_write);
  EXPECT_THAT(e.what(), HasSubstr(run_.string()));
}

}  // namespace
}  // namespace verdict
