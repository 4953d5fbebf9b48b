#include "verdict/comm/dispatcher.h"

#include <mpi.h>

#include <array>
#include <chrono>
#include <utility>

#include "verdict/core/error.h"
#include "verdict/core/log.h"

namespace verdict {
namespace {

constexpr int kAskTag = 1;
constexpr int kAnswerTag = 2;
constexpr int64_t kNothingLeft = -1;
constexpr std::chrono::milliseconds kNap{2};

enum class Kind : int64_t { work = 0, rows = 1 };

}  // namespace

Dispatcher::Dispatcher(MpiComm comm, int groups, DispatchPolicy policy)
    : comm_(std::move(comm)), open_groups_(groups), policy_(std::move(policy)) {
  thread_ = std::thread([this] {
    try {
      serve();
    } catch (...) {
      failure_ = std::current_exception();
      lose_everybody();
    }
  });
}

Dispatcher::~Dispatcher() {
  abandoned_ = true;
  if (thread_.joinable()) thread_.join();
}

void Dispatcher::join() {
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

void Dispatcher::serve() {
  while (open_groups_ > 0 && !abandoned_) {
    const auto message = comm_.try_receive(kAskTag);
    if (!message) {
      std::this_thread::sleep_for(kNap);
      continue;
    }
    const std::vector<int64_t>& w = message->words;
    if (w.size() != 5)
      throw SystemError("the dispatcher got a message of " + std::to_string(w.size()) + " words");
    const int group = static_cast<int>(w[1]);
    if (static_cast<Kind>(w[0]) == Kind::rows) {
      if (policy_.progress) policy_.progress(group, w[2]);
      continue;
    }
    if (w[4] != 0) stopping_ = true;
    const WorkRequest request{.group = group,
                              .finished_unit = w[2],
                              .candidate_failed = w[3] != 0,
                              .stopping = stopping_};
    std::optional<int64_t> unit;
    try {
      unit = policy_.next(request);  // Even when stopping the policy hears what was finished.
    } catch (...) {
      // Nobody may be left waiting for an answer: the leaders end in order, and join() tells why.
      failure_ = std::current_exception();
      stopping_ = true;
    }
    if (stopping_) unit.reset();
    if (!unit) --open_groups_;
    const std::array<int64_t, 1> answer{unit.value_or(kNothingLeft)};
    comm_.send(answer, message->source, kAnswerTag);
  }
}

// Without the thread nobody would ever get an answer: the job ends at once, with the cause.
void Dispatcher::lose_everybody() const {
  try {
    std::rethrow_exception(failure_);
  } catch (const std::exception& e) {
    log_error(std::string("the dispatcher failed: ") + e.what());
  }
  MPI_Abort(MPI_COMM_WORLD, static_cast<int>(ExitCode::internal));
}

void DispatchClient::ask(const WorkRequest& request) const {
  const std::array<int64_t, 5> words{static_cast<int64_t>(Kind::work), request.group,
                                     request.finished_unit, request.candidate_failed ? 1 : 0,
                                     request.stopping ? 1 : 0};
  comm_.send(words, 0, kAskTag);
}

std::optional<int64_t> DispatchClient::receive() const {
  while (true) {
    if (const auto message = comm_.try_receive(kAnswerTag)) {
      const int64_t unit = message->words.at(0);
      return unit == kNothingLeft ? std::nullopt : std::optional(unit);
    }
    std::this_thread::sleep_for(kNap);
  }
}

void DispatchClient::report_rows(int group, int64_t rows) const {
  const std::array<int64_t, 5> words{static_cast<int64_t>(Kind::rows), group, rows, 0, 0};
  comm_.send(words, 0, kAskTag);
}

}  // namespace verdict
