// MPI without mpi.h: the few calls of MPI 3.1 that the program makes, each checked, on
// communicators that own themselves. Every failure is a SystemError(io) with the call and MPI's own
// words.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace verdict {

// A time by which a step must have ended; a hang then has a name instead of an end of the job's
// time.
using Deadline = std::chrono::steady_clock::time_point;
[[nodiscard]] Deadline deadline_in(std::chrono::seconds time);

class MpiComm {
 public:
  struct State;  // Holds the MPI_Comm; src/comm/mpi_state.h.
  explicit MpiComm(std::shared_ptr<State> state) : state_(std::move(state)) {}

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;

  // Collective. A rank with a negative color gets nothing.
  [[nodiscard]] std::optional<MpiComm> split(int color, int key) const;
  // The ranks that share memory with this one (one node): the only source of a local rank.
  [[nodiscard]] MpiComm split_by_node() const;
  [[nodiscard]] MpiComm duplicate() const;

  void barrier() const;
  // For those who may wait long: probes and sleeps instead of burning a core that others need.
  void barrier_patiently() const;
  // The root's text on every rank.
  [[nodiscard]] std::string broadcast(const std::string& text, int root) const;
  // The same for those who may wait long.
  [[nodiscard]] std::string broadcast_patiently(const std::string& text, int root) const;
  // Every rank's text on every rank, in rank order.
  [[nodiscard]] std::vector<std::string> all_gather(const std::string& text) const;
  void all_reduce_sum(std::span<double> values) const;
  void all_reduce_sum(std::span<int64_t> values) const;
  [[nodiscard]] int64_t all_reduce_max(int64_t value) const;
  [[nodiscard]] int64_t all_reduce_min(int64_t value) const;

  // Bytes, not blocking in the MPI library: polls, and throws SystemError(io) naming `what` at the
  // deadline.
  void broadcast_bytes(std::span<std::byte> bytes, int root, Deadline deadline,
                       const std::string& what) const;
  // Piece p of `send` (offsets in bytes, size() + 1 of them) goes to rank p; what comes from rank p
  // lands at `receive_offsets[p]`.
  void all_to_all(std::span<const std::byte> send, std::span<const int> send_offsets,
                  std::span<std::byte> receive, std::span<const int> receive_offsets,
                  Deadline deadline, const std::string& what) const;
  void all_gather_bytes(std::span<const std::byte> mine, std::span<std::byte> all,
                        std::span<const int> offsets, Deadline deadline,
                        const std::string& what) const;

  // Point to point, for the dispatcher. Messages are small and of fixed size.
  struct Message {
    int source = 0;
    std::vector<int64_t> words{};
  };
  void send(std::span<const int64_t> words, int destination, int tag) const;
  // A waiting message with this tag, or nothing: never blocks.
  [[nodiscard]] std::optional<Message> try_receive(int tag) const;

  [[nodiscard]] State& state() const { return *state_; }

 private:
  std::shared_ptr<State> state_;
};

// MPI from start to end; owned by main, once.
class MpiSession {
 public:
  MpiSession(int* argc, char*** argv);
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;
  [[nodiscard]] const MpiComm& world() const { return *world_; }
  // Ends every rank of the job at once.
  [[noreturn]] void abort(int exit_code) const;

 private:
  std::unique_ptr<MpiComm> world_{};
};

// Every rank of the job; MPI must be running.
[[nodiscard]] MpiComm world_communicator();
[[nodiscard]] std::string mpi_library_version();
[[nodiscard]] std::string host_name();

}  // namespace verdict
