// What only rank 0 can find out reaches every rank, and so does the failure to find it out.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "verdict/comm/mpi_comm.h"
#include "verdict/core/error.h"

namespace verdict {

// Another rank has said why; this one only leaves with the same exit code.
class QuietExit : public std::runtime_error {
 public:
  explicit QuietExit(ExitCode code) : std::runtime_error("another rank failed"), code_(code) {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// This rank's error, which every other rank knows of: the job ends in order.
class SharedError : public SystemError {
 public:
  using SystemError::SystemError;
};

// Collective. Runs `find` on rank 0 and returns its text on every rank. If it throws a SystemError,
// rank 0 throws it as a SharedError and the others throw QuietExit, so that the job ends in order
// instead of by MPI_Abort.
[[nodiscard]] std::string from_rank_zero(const MpiComm& world,
                                         const std::function<std::string()>& find);

}  // namespace verdict
