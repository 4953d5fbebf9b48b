// The ranks that hold one model between them, as seen by the model.
#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "verdict/comm/mpi_comm.h"

namespace verdict {

enum class ReduceOp { sum, max };

// The queue on which a call takes its place. CPU calls have none: they return when done.
struct Stream {
  void* handle = nullptr;
};

// What has crossed a communicator: exact counters for tests and measurements.
struct Traffic {
  int64_t calls = 0;
  int64_t bytes = 0;  // Of the tensors handed in, on this rank.
};

class Communicator {
 public:
  virtual ~Communicator() = default;
  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  // In place. Count and element type come from the tensor, so a byte count can never stand in for
  // an element count. The tensor must be contiguous. bf16 over MPI is reduced in float32 and
  // rounded once. NaN wins every max.
  virtual void all_reduce(at::Tensor& t, ReduceOp op, Stream stream) const = 0;
  // `all` is the ranks' tensors side by side on dimension 0, in rank order; every rank's is of the
  // same shape.
  virtual void all_gather(const at::Tensor& mine, at::Tensor& all, Stream stream) const = 0;
  virtual void broadcast(at::Tensor& t, int root, Stream stream) const = 0;
  // Returns when everything queued is done. Throws SystemError naming the group when the deadline
  // passes.
  virtual void wait(Deadline deadline) const = 0;
  virtual void abort() noexcept = 0;
  [[nodiscard]] virtual Traffic traffic() const = 0;
};

// One rank: nothing to say to anybody.
[[nodiscard]] std::unique_ptr<Communicator> make_solo_communicator();

// CPU tensors over MPI. Sums run in rank order whatever algorithm MPI would choose, so that every
// rank and every MPI library gets the same bits: pieces go to their owner, who adds them in order
// and hands the sum round. A call that takes longer than `patience` throws SystemError(io) naming
// the group.
[[nodiscard]] std::unique_ptr<Communicator> make_mpi_communicator(MpiComm comm,
                                                                  std::string group_name,
                                                                  std::chrono::seconds patience);

}  // namespace verdict
