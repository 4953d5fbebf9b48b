// The polite way to stop: SIGUSR1 (mpirun and srun pass it on) or SIGTERM. No further item begins,
// those in work end, and the job leaves with 75, "run the same line again". What is not done when
// the grace time is over is dropped: it is not in the journal, so nothing is lost but time.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

namespace verdict {

class StopSignal {
 public:
  // Blocks the signals for this thread and all that it starts from now on; make it before anything
  // starts threads.
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // From now on a signal is heard; `grace` after it `give_up` is called, on another thread.
  void listen(std::chrono::duration<double> grace, std::function<void()> give_up);
  [[nodiscard]] bool requested() const { return requested_; }

 private:
  void wait_for_signal(std::chrono::duration<double> grace, const std::function<void()>& give_up);
  std::atomic<bool> requested_{false};
  std::atomic<bool> over_{false};
  std::thread listener_{};
};

}  // namespace verdict
