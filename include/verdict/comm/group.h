// Groups: the ranks that hold one model between them, and how a failure on one of them reaches the
// others.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "verdict/comm/communicator.h"
#include "verdict/comm/mpi_comm.h"
#include "verdict/partition/groups.h"

namespace verdict {

// Collective: every rank's seat on every rank. The local rank comes from MPI_Comm_split_type and
// nothing else.
[[nodiscard]] std::vector<Seat> find_seats(const MpiComm& world);

struct Group {
  int index = 0;
  MpiComm control;                          // agree and texts; main thread only.
  std::unique_ptr<Communicator> tensors{};  // What the model computes with.
  [[nodiscard]] int rank() const { return control.rank(); }
  [[nodiscard]] int size() const { return control.size(); }
  [[nodiscard]] bool leader() const { return control.rank() == 0; }
};

// How the tensors of a group reach its ranks.
struct TensorPath {
  enum class Kind { mpi, nccl, staged };
  Kind kind = Kind::mpi;
  int gpu = 0;  // Of this rank; unless `mpi`.
};

// Collective over `world`. Nothing for a rank that is left over. `groups` is assign_groups' result.
// Throws as make_nccl_communicator.
[[nodiscard]] std::optional<Group> join_group(const MpiComm& world, const std::vector<int>& groups,
                                              std::chrono::seconds patience,
                                              const TensorPath& path = {});

// Called by every rank of the group after a step that may fail on some ranks only. Returns on all
// of them, or throws the same ModelError on all of them, so that no rank is left waiting in the
// next collective. The text is that of the lowest rank with a problem.
void agree(const MpiComm& group, const std::optional<std::string>& problem);

// Compares the number of MPI ranks with what the launcher says it started. Throws
// SystemError(usage) with the line to type: `srun` with the wrong --mpi starts N jobs of one rank
// that all look fine.
void check_launch(const MpiComm& world);

}  // namespace verdict
