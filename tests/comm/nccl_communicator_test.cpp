// Against tests/comm/nccl_stand_in.cpp, without a GPU: the order of NCCL's calls, and every way in
// which they can go wrong. That NCCL itself adds up right is for a machine with GPUs.
#include "verdict/comm/nccl_communicator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "comm/nccl_stand_in.h"
#include "verdict/core/error.h"

namespace verdict {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

// Tensors of the CPU play those of the device.
class NcclTest : public testing::Test {
 protected:
  void SetUp() override {
    nccl_script() = {};
    queue_is_done_ = true;
  }

  std::unique_ptr<Communicator> make() {
    NcclOptions options{.name = "group 2",
                        .device = {.type = at::kCPU,
                                   .current_stream = [] { return reinterpret_cast<void*>(7); },
                                   .is_queue_done = [this](void*) { return queue_is_done_; }},
                        .start_patience = milliseconds(200),
                        .patience = milliseconds(50)};
    for (int r = 0; r < world_.size(); ++r)
      options.places.push_back("node7, GPU " + std::to_string(r));
    return make_nccl_communicator(world_, std::move(options), make_solo_communicator());
  }

  // The group works, and its start is forgotten.
  std::unique_ptr<Communicator> make_quietly() {
    auto comm = make();
    nccl_script().calls.clear();
    return comm;
  }

  // What `call` ends in.
  template <class Call>
  static std::pair<ExitCode, std::string> problem_of(const Call& call) {
    try {
      call();
    } catch (const SystemError& e) {
      return {e.code(), e.what()};
    }
    return {ExitCode::ok, "no problem"};
  }

  MpiComm world_ = world_communicator();
  bool queue_is_done_ = true;
};

TEST_F(NcclTest, AGroupStartsWithOneIdAndAFirstSumAndEndsInOrder) {
  auto& script = nccl_script();
  script.results["ncclCommInitRankConfig"] = {ncclInProgress};
  script.states = {ncclInProgress, ncclInProgress, ncclSuccess};
  auto comm = make();
  EXPECT_EQ(script.blocking, 0);
  EXPECT_EQ(script.ranks, world_.size());
  EXPECT_GE(script.states_asked, 3);
  std::string id(sizeof(ncclUniqueId), 'v');
  id[5] = '\0';
  EXPECT_THAT(script.unique_ids, ElementsAre(id));
  EXPECT_EQ(comm->traffic().calls, 0);
  script.results["ncclCommFinalize"] = {ncclInProgress};
  script.states = {ncclInProgress, ncclSuccess};
  comm.reset();
  const std::string init = "ncclCommInitRankConfig " + std::to_string(world_.rank());
  std::vector<std::string> expected = {init, "ncclAllReduce 1 of type 7 on 7", "ncclCommFinalize",
                                       "ncclCommDestroy"};
  if (world_.rank() == 0) expected.insert(expected.begin(), "ncclGetUniqueId");
  EXPECT_EQ(script.calls, expected);
}

TEST_F(NcclTest, CountTypeAndQueueComeFromTheCall) {
  const auto comm = make_quietly();
  at::Tensor t = at::ones({2, 5}, at::kFloat);
  comm->all_reduce(t, ReduceOp::sum, {});
  EXPECT_EQ(t[1][4].item<float>(), static_cast<float>(world_.size()));
  at::Tensor half = at::ones({3}, at::kBFloat16);
  comm->all_reduce(half, ReduceOp::sum, Stream{reinterpret_cast<void*>(9)});
  at::Tensor ids = at::ones({4}, at::kLong);
  comm->broadcast(ids, 0, {});
  at::Tensor all = at::empty({4 * world_.size()}, at::kLong);
  comm->all_gather(ids, all, {});
  EXPECT_THAT(
      nccl_script().calls,
      ElementsAre("ncclAllReduce 10 of type 7 on 7", "ncclAllReduce 3 of type 9 on 9",
                  "ncclBroadcast from 0 4 of type 4 on 7", "ncclAllGather 4 of type 4 on 7"));
  EXPECT_EQ(comm->traffic().calls, 4);
  EXPECT_EQ(comm->traffic().bytes, 40 + 6 + 32 + 32);
}

TEST_F(NcclTest, AMaximumIsTheLargestOfAllRanks) {
  const auto comm = make_quietly();
  nccl_script().step_of_ranks = 0.5F;  // The last rank has most.
  at::Tensor t = at::tensor({1.5F, -3.0F});
  comm->all_reduce(t, ReduceOp::max, {});
  const float more = 0.5F * static_cast<float>(world_.size() - 1);
  EXPECT_EQ(t[0].item<float>(), 1.5F + more);
  EXPECT_EQ(t[1].item<float>(), -3.0F + more);
}

TEST_F(NcclTest, AFirstSumThatIsWrongEndsTheStart) {
  nccl_script().sum_factor = 2;
  const auto [code, text] = problem_of([&] { static_cast<void>(make()); });
  EXPECT_EQ(code, ExitCode::io);
  EXPECT_THAT(text, HasSubstr("the first all-reduce gave"));
  EXPECT_THAT(text, HasSubstr(" for " + std::to_string(world_.size())));
  EXPECT_EQ(nccl_script().calls.back(), "ncclCommAbort");
}

TEST_F(NcclTest, AnErrorBehindAQueueThatHasEndedIsSeen) {
  const auto comm = make_quietly();
  nccl_script().states = {ncclRemoteError};
  const auto [code, text] =
      problem_of([&] { comm->wait(std::chrono::steady_clock::now() + milliseconds(50)); });
  EXPECT_EQ(code, ExitCode::again);
  EXPECT_THAT(text, HasSubstr("wait failed: "));
  EXPECT_THAT(nccl_script().calls, ElementsAre("ncclCommAbort"));
}

TEST_F(NcclTest, NanWinsEveryMaximum) {
  const auto comm = make_quietly();
  at::Tensor t = at::tensor({1.5F, std::numeric_limits<float>::quiet_NaN(), -3.0F});
  comm->all_reduce(t, ReduceOp::max, {});
  EXPECT_EQ(t[0].item<float>(), 1.5F);
  EXPECT_TRUE(std::isnan(t[1].item<float>()));
  EXPECT_EQ(t[2].item<float>(), -3.0F);
  EXPECT_THAT(nccl_script().calls, ElementsAre("ncclAllGather 3 of type 7 on 7"));
}

TEST_F(NcclTest, ACallThatIsTakenLateIsWaitedFor) {
  const auto comm = make_quietly();
  nccl_script().results["ncclAllReduce"] = {ncclInProgress};
  nccl_script().states = {ncclInProgress, ncclInProgress, ncclSuccess};
  at::Tensor t = at::ones({1}, at::kFloat);
  EXPECT_NO_THROW(comm->all_reduce(t, ReduceOp::sum, {}));
  EXPECT_THAT(nccl_script().calls, ElementsAre("ncclAllReduce 1 of type 7 on 7"));
}

TEST_F(NcclTest, ACallThatIsNeverTakenIsAbortedAndNamesTheGroup) {
  auto comm = make_quietly();
  nccl_script().results["ncclAllReduce"] = {ncclInProgress};
  nccl_script().states = {ncclInProgress};
  at::Tensor t = at::ones({1}, at::kFloat);
  const auto [code, text] = problem_of([&] { comm->all_reduce(t, ReduceOp::sum, {}); });
  EXPECT_EQ(code, ExitCode::again);
  EXPECT_THAT(text, HasSubstr("group 2 (rank 0 on node7, GPU 0"));
  EXPECT_THAT(text, HasSubstr("all_reduce was not taken in time"));
  // Nothing is called on what was aborted, not at the end either.
  const auto later = problem_of([&] { comm->all_reduce(t, ReduceOp::sum, {}); });
  EXPECT_EQ(later.first, ExitCode::again);
  EXPECT_THAT(later.second, HasSubstr("was aborted before"));
  comm.reset();
  EXPECT_THAT(nccl_script().calls, ElementsAre("ncclAllReduce 1 of type 7 on 7", "ncclCommAbort"));
}

TEST_F(NcclTest, TheDeathOfAnotherRankIsNoticedByTheNextCall) {
  const auto comm = make_quietly();
  nccl_script().states = {ncclRemoteError};
  nccl_script().last_error = "socket closed by node8";
  at::Tensor t = at::ones({1}, at::kFloat);
  const auto [code, text] = problem_of([&] { comm->broadcast(t, 0, {}); });
  EXPECT_EQ(code, ExitCode::again);
  EXPECT_THAT(text, HasSubstr("broadcast failed: remote process exited (socket closed by node8)"));
  EXPECT_THAT(nccl_script().calls,
              ElementsAre("ncclBroadcast from 0 1 of type 7 on 7", "ncclCommAbort"));
}

TEST_F(NcclTest, AWaitEndsAtItsDeadlineOrAtTheDeathOfAnother) {
  queue_is_done_ = true;
  auto comm = make_quietly();
  EXPECT_NO_THROW(comm->wait(deadline_in(std::chrono::seconds(1))));
  queue_is_done_ = false;
  const auto late =
      problem_of([&] { comm->wait(std::chrono::steady_clock::now() + milliseconds(20)); });
  EXPECT_EQ(late.first, ExitCode::again);
  EXPECT_THAT(late.second, HasSubstr("wait did not end in time"));
  EXPECT_THAT(nccl_script().calls, ElementsAre("ncclCommAbort"));
  queue_is_done_ = true;
  comm = make_quietly();
  queue_is_done_ = false;
  nccl_script().states = {ncclSuccess, ncclSuccess, ncclRemoteError};
  const auto died = problem_of([&] { comm->wait(deadline_in(std::chrono::seconds(60))); });
  EXPECT_THAT(died.second, HasSubstr("wait failed: remote process exited"));
}

TEST_F(NcclTest, AFailureOfOneRankAtTheStartIsHeardByAll) {
  const bool culprit = world_.rank() == world_.size() - 1;
  if (culprit) {
    nccl_script().results["ncclCommInitRankConfig"] = {ncclInvalidUsage};
    nccl_script().last_error = "Duplicate GPU detected";
  }
  const auto [code, text] = problem_of([&] { make(); });
  EXPECT_EQ(code, ExitCode::usage);
  EXPECT_THAT(text, HasSubstr("NCCL cannot start: some NCCL error (Duplicate GPU detected)"));
  EXPECT_EQ(nccl_script().calls.back(), "ncclCommAbort");
}

TEST_F(NcclTest, ALeaderWithoutAnIdIsHeardByAll) {
  if (world_.rank() == 0) nccl_script().results["ncclGetUniqueId"] = {ncclSystemError};
  const auto [code, text] = problem_of([&] { make(); });
  EXPECT_EQ(code, ExitCode::io);
  EXPECT_THAT(text, HasSubstr("no id: some NCCL error"));
  EXPECT_THAT(text, HasSubstr("NCCL_SOCKET_IFNAME"));
  EXPECT_TRUE(nccl_script().unique_ids.empty());
}

TEST_F(NcclTest, RanksThatDoNotFindEachOtherGiveUpInTime) {
  nccl_script().results["ncclCommInitRankConfig"] = {ncclInProgress};
  nccl_script().states = {ncclInProgress};
  const auto [code, text] = problem_of([&] { make(); });
  EXPECT_EQ(code, ExitCode::io);
  EXPECT_THAT(text, HasSubstr("the ranks did not find each other in time"));
  EXPECT_EQ(nccl_script().calls.back(), "ncclCommAbort");
}

TEST_F(NcclTest, AFirstSumThatHangsEndsTheStart) {
  queue_is_done_ = false;
  const auto [code, text] = problem_of([&] { make(); });
  EXPECT_EQ(code, ExitCode::io);
  EXPECT_THAT(text, HasSubstr("wait did not end in time"));
  EXPECT_EQ(nccl_script().calls.back(), "ncclCommAbort");
}

TEST_F(NcclTest, ACommunicatorThatDoesNotEndInOrderIsAborted) {
  auto comm = make_quietly();
  nccl_script().results["ncclCommFinalize"] = {ncclInProgress};
  nccl_script().states = {ncclInProgress, ncclRemoteError};
  comm.reset();
  EXPECT_THAT(nccl_script().calls, ElementsAre("ncclCommFinalize", "ncclCommAbort"));
}

TEST_F(NcclTest, TensorsThatNcclCannotTakeAreRefusedBeforeItsCall) {
  const auto comm = make_quietly();
  at::Tensor flags = at::ones({3}, at::kComplexFloat);
  EXPECT_THROW(comm->all_reduce(flags, ReduceOp::sum, {}), SystemError);
  at::Tensor turned = at::ones({4, 3}, at::kFloat).t();
  EXPECT_THROW(comm->all_reduce(turned, ReduceOp::sum, {}), SystemError);
  at::Tensor mine = at::ones({3}, at::kFloat);
  at::Tensor other_type = at::empty({3 * world_.size()}, at::kDouble);
  EXPECT_THROW(comm->all_gather(mine, other_type, {}), SystemError);
  EXPECT_TRUE(nccl_script().calls.empty());
}

TEST(NcclAlgorithm, IsFixedUnlessTheEnvironmentSaysOtherwise) {
  ::unsetenv("NCCL_ALGO");
  ::setenv("NCCL_PROTO", "LL128", 1);
  EXPECT_EQ(fix_nccl_algorithm(), "nccl 2.28.9 Ring LL128");
  EXPECT_STREQ(std::getenv("NCCL_ALGO"), "Ring");
  ::unsetenv("NCCL_ALGO");
  ::unsetenv("NCCL_PROTO");
}

}  // namespace
}  // namespace verdict
