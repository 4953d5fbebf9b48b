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
  bool ahead = false;     // It has work still: only what is planned for it, so that it can load it.
  bool stopping = false;  // This rank was asked to stop: nobody gets anything more.
};

enum class UnitEnd : int64_t { finished, failed, stopped };

// What became of a unit.
struct UnitReport {
  int group = 0;
  int64_t unit = 0;
  UnitEnd end = UnitEnd::finished;  // failed: its candidate is bad, drop what is left of it.
  double load_seconds = 0;          // Of its model; 0 if it was there already.
  double wait_seconds = 0;          // How much of that the group had to wait.
};

// What rank 0 decides with. Called on the dispatcher's thread, one call at a time.
struct DispatchPolicy {
  // The next unit for this group, or nothing when there is none left for it.
  std::function<std::optional<int64_t>(const WorkRequest&)> next{};
  std::function<void(int group, int64_t unit)> started{};
  std::function<void(const UnitReport&)> done{};
  // Rows of a unit that its leader reports as done, for the progress line.
  std::function<void(int64_t unit, int64_t rows)> progress{};
};

// Rank 0's side: answers until every leader has been told that nothing is left, as an answer to a
// request that was not one ahead.
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
  void hear(const std::vector<int64_t>& words);
  [[nodiscard]] std::optional<int64_t> decide(WorkRequest request);
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
  // None of these waits.
  void ask(const WorkRequest& request) const;
  void report_start(int group, int64_t unit) const;
  void report_rows(int64_t unit, int64_t rows) const;
  void report(const UnitReport& report) const;
  // The answer to the oldest open question: a unit, or nothing when nothing is left. Probes and
  // sleeps.
  [[nodiscard]] std::optional<int64_t> receive() const;

 private:
  MpiComm comm_;
};

}  // namespace verdict
