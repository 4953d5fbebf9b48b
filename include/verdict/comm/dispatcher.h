// Rank 0 hands out units; leaders ask for them. Point to point on a communicator of its own, so
// that no collective crosses groups while work is uneven, and nobody blocks in MPI while waiting:
// probe and sleep on both sides (a thread blocked in MPI_Recv burns a core and slows every
// collective beside it).
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "verdict/comm/mpi_comm.h"

namespace verdict {

// What a leader says when it asks.
struct WorkRequest {
  int group = 0;
  int64_t finished_unit = -1;     // −1: none yet.
  bool candidate_failed = false;  // The finished unit's candidate is bad: drop what is left of it.
  bool stopping = false;          // This rank was asked to stop: nobody gets anything more.
};

// What rank 0 decides with. Called on the dispatcher's thread, one call at a time.
struct DispatchPolicy {
  // The next unit for this group, or nothing when there is none left for it.
  std::function<std::optional<int64_t>(const WorkRequest&)> next{};
  // Rows a leader reports as done, for the progress line.
  std::function<void(int group, int64_t rows)> progress{};
};

// Rank 0's side: answers until every leader has been told that nothing is left.
class Dispatcher {
 public:
  // `comm` must not be used for anything else.
  Dispatcher(MpiComm comm, int groups, DispatchPolicy policy);
  // Joins; leaders must have been told, or the job is being torn down.
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  // Returns when every leader has been told that nothing is left. Rethrows what the thread threw.
  void join();

 private:
  void serve();
  void lose_everybody() const;
  MpiComm comm_;
  int open_groups_;
  DispatchPolicy policy_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> abandoned_{false};
  std::exception_ptr failure_{};
  std::thread thread_{};
};

// A leader's side.
class DispatchClient {
 public:
  explicit DispatchClient(MpiComm comm) : comm_(std::move(comm)) {}
  // Asks; does not wait.
  void ask(const WorkRequest& request) const;
  // The answer to the oldest open question: a unit, or nothing when nothing is left. Probes and
  // sleeps.
  [[nodiscard]] std::optional<int64_t> receive() const;
  void report_rows(int group, int64_t rows) const;

 private:
  MpiComm comm_;
};

}  // namespace verdict
