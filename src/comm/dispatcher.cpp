#include "verdict/comm/dispatcher.h"

#include <mpi.h>

#include <array>
#include <cmath>
#include <utility>

#include "comm/nap.h"
#include "verdict/core/error.h"
#include "verdict/core/log.h"

namespace verdict {
namespace {

constexpr int kAskTag = 1;
constexpr int kAnswerTag = 2;
constexpr int64_t kNothingLeft = -1;

enum class Kind : int64_t { ask, start, rows, done };

// Every message to rank 0: a kind and up to five numbers.
using Words = std::array<int64_t, 6>;

constexpr double kMicro = 1e6;
int64_t microseconds(double seconds) { return std::llround(seconds * kMicro); }
double seconds(int64_t microseconds) { return static_cast<double>(microseconds) / kMicro; }

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
  Nap nap;
  while (open_groups_ > 0 && !abandoned_) {
    const auto message = comm_.try_receive(kAskTag);
    if (!message) {
      nap.sleep();
      continue;
    }
    nap.reset();
    const std::vector<int64_t>& w = message->words;
    if (w.size() != Words().size())
      throw SystemError("the dispatcher got a message of " + std::to_string(w.size()) + " words");
    if (static_cast<Kind>(w[0]) != Kind::ask) {
      hear(w);
      continue;
    }
    const WorkRequest request{
        .group = static_cast<int>(w[1]), .ahead = w[2] != 0, .stopping = w[3] != 0};
    const std::optional<int64_t> unit = decide(request);
    if (!unit && !request.ahead) --open_groups_;
    const std::array<int64_t, 1> answer{unit.value_or(kNothingLeft)};
    comm_.send(answer, message->source, kAnswerTag);
  }
}

void Dispatcher::hear(const std::vector<int64_t>& w) {
  const auto kind = static_cast<Kind>(w[0]);
  if (kind == Kind::rows && policy_.progress) policy_.progress(w[1], w[2]);
  if (kind == Kind::start && policy_.started) policy_.started(static_cast<int>(w[1]), w[2]);
  if (kind == Kind::done && policy_.done) {
    policy_.done({.group = static_cast<int>(w[1]),
                  .unit = w[2],
                  .end = static_cast<UnitEnd>(w[3]),
                  .load_seconds = seconds(w[4]),
                  .wait_seconds = seconds(w[5])});
  }
}

std::optional<int64_t> Dispatcher::decide(WorkRequest request) {
  if (request.stopping) stopping_ = true;
  if (stopping_) return std::nullopt;
  try {
    return policy_.next(request);
  } catch (...) {
    // Nobody may be left waiting for an answer: the leaders end in order, and join() tells why.
    failure_ = std::current_exception();
    stopping_ = true;
    return std::nullopt;
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

void DispatchClient::ask(const WorkRequest& r) const {
  comm_.send(Words{static_cast<int64_t>(Kind::ask), r.group, r.ahead ? 1 : 0, r.stopping ? 1 : 0},
             0, kAskTag);
}

void DispatchClient::report_start(int group, int64_t unit) const {
  comm_.send(Words{static_cast<int64_t>(Kind::start), group, unit}, 0, kAskTag);
}

void DispatchClient::report_rows(int64_t unit, int64_t rows) const {
  comm_.send(Words{static_cast<int64_t>(Kind::rows), unit, rows}, 0, kAskTag);
}

void DispatchClient::report(const UnitReport& r) const {
  comm_.send(Words{static_cast<int64_t>(Kind::done), r.group, r.unit, static_cast<int64_t>(r.end),
                   microseconds(r.load_seconds), microseconds(r.wait_seconds)},
             0, kAskTag);
}

std::optional<int64_t> DispatchClient::receive() const {
  for (Nap nap;; nap.sleep()) {
    if (const auto message = comm_.try_receive(kAnswerTag)) {
      const int64_t unit = message->words.at(0);
      return unit == kNothingLeft ? std::nullopt : std::optional(unit);
    }
  }
}

}  // namespace verdict
