#include "app/run/stop.h"

#include <csignal>
#include <ctime>
#include <utility>

#include "verdict/core/log.h"
#include "verdict/core/table.h"

namespace verdict {
namespace {

constexpr long kPollNanoseconds = 100'000'000;

sigset_t stop_signals() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignal::StopSignal() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopListener::StopListener(StopSignal& signal, std::chrono::duration<double> grace,
                           std::function<void()> give_up)
    : signal_(signal),
      thread_([this, grace, give_up = std::move(give_up)] { wait_for_signal(grace, give_up); }) {}

StopListener::~StopListener() {
  over_ = true;
  thread_.join();
}

void StopListener::wait_for_signal(std::chrono::duration<double> grace,
                                   const std::function<void()>& give_up) {
  const sigset_t set = stop_signals();
  const timespec poll{.tv_sec = 0, .tv_nsec = kPollNanoseconds};
  std::chrono::steady_clock::time_point deadline{};
  while (!over_) {
    const int signal = sigtimedwait(&set, nullptr, &poll);
    if (signal > 0 && !signal_.requested_) {
      signal_.requested_ = true;
      deadline = std::chrono::steady_clock::now() +
                 std::chrono::duration_cast<std::chrono::steady_clock::duration>(grace);
      log_info("stopping: what is in work may take " + format_duration(grace.count()));
    }
    if (signal_.requested_ && std::chrono::steady_clock::now() > deadline) {
      give_up();
      return;
    }
  }
}

}  // namespace verdict
