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
  [[nodiscard]] bool requested() const { return requested_; }

 private:
  friend class StopListener;
  std::atomic<bool> requested_{false};
};

// Hears the signals as long as it lives; must end before MPI does.
class StopListener {
 public:
  // `grace` after a signal `give_up` is called, on another thread.
  StopListener(StopSignal& signal, std::chrono::duration<double> grace,
               std::function<void()> give_up);
  ~StopListener();
  StopListener(const StopListener&) = delete;
  StopListener& operator=(const StopListener&) = delete;

 private:
  void wait_for_signal(std::chrono::duration<double> grace, const std::function<void()>& give_up);
  StopSignal& signal_;
  std::atomic<bool> over_{false};
  std::thread thread_{};
};

}  // namespace verdict
