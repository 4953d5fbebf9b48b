#include "app/run/device_trouble.h"

#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/run/journal_table.h"
#include "verdict/core/error.h"
#include "verdict/results/journal.h"

namespace verdict {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const c10::SourceLocation kSomewhere{"f", "file.cpp", 1};

TEST(DeviceTrouble, IsAnErrorOfTheDeviceOrOfAGroupAndNothingElse) {
  const c10::OutOfMemoryError memory(kSomewhere,
                                     "CUDA out of memory. Tried to allocate 2 GiB\nmore");
  ASSERT_TRUE(device_trouble(memory));
  EXPECT_EQ(device_trouble(memory)->event, "oom");
  EXPECT_EQ(device_trouble(memory)->what, "CUDA out of memory. Tried to allocate 2 GiB");
  const c10::AcceleratorError lost(kSomewhere, 46, "CUDA error: the device is unavailable");
  ASSERT_TRUE(device_trouble(lost));
  EXPECT_EQ(device_trouble(lost)->event, "hang");
  const SystemError group(ExitCode::again, "group 2: NCCL: all_reduce failed");
  ASSERT_TRUE(device_trouble(group));
  EXPECT_EQ(device_trouble(group)->what, "group 2: NCCL: all_reduce failed");
  EXPECT_FALSE(device_trouble(c10::Error(kSomewhere, "sizes do not match")));
  EXPECT_FALSE(device_trouble(SystemError(ExitCode::cannot_write, "disk full")));
  EXPECT_FALSE(device_trouble(ModelError("NaN")));
}

class Culprit : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "culprit-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    job_.competitions.push_back({.name = "tiny"});
    job_.models = {{.content_hash = std::string(64, 'a'), .folder = "models/good"},
                   {.content_hash = std::string(64, 'b'), .folder = "models/bad"}};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // The second model was in work; two ranks of the group saw it.
  void meet(const std::string& event, int64_t attempt) {
    for (const int64_t rank : {4, 5}) {
      try {
        end_with_trouble({.event = event, .what = "it broke"}, job_.models[1], "tiny", attempt,
                         folder_, rank);
      } catch (const SystemError& e) {
        EXPECT_EQ(e.code(), ExitCode::again);
        EXPECT_THAT(e.what(),
                    HasSubstr("while bad was in work: it broke; run the same line again"));
      }
    }
  }

  auto failures() { return journalled_failures(job_, read_journals(folder_)); }

  std::filesystem::path folder_{};
  Job job_{};
};

TEST_F(Culprit, IsTriedOnceMoreAndThenGivenUp) {
  meet("hang", 1);
  EXPECT_THAT(failures(), SizeIs(0));
  EXPECT_EQ(next_attempt(read_journals(folder_)), 2);
  meet("hang", 2);
  ASSERT_THAT(failures(), SizeIs(1));
  EXPECT_EQ(failures()[0].first, 1U);
  EXPECT_EQ(failures()[0].second.status, Status::hang);
  EXPECT_EQ(failures()[0].second.reason, "it broke");
}

TEST_F(Culprit, ComesLastUntilItIsGivenUp) {
  EXPECT_TRUE(suspected_models(job_, read_journals(folder_)).empty());
  meet("oom", 1);
  EXPECT_THAT(suspected_models(job_, read_journals(folder_)), testing::ElementsAre(1U));
  meet("hang", 2);
  EXPECT_TRUE(suspected_models(job_, read_journals(folder_)).empty());
}

TEST_F(Culprit, WhateverBefellItTheFirstTimeTheSecondDecides) {
  meet("hang", 1);
  meet("oom", 2);
  ASSERT_THAT(failures(), SizeIs(1));
  EXPECT_EQ(failures()[0].second.status, Status::out_of_memory);
}

}  // namespace
}  // namespace verdict
