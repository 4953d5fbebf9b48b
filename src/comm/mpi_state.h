// What MpiComm hides: the communicator's handle, freed with its last owner.
#pragma once

#include <mpi.h>

#include <source_location>

#include "verdict/comm/mpi_comm.h"

namespace verdict {

struct MpiComm::State {
  MPI_Comm comm = MPI_COMM_NULL;
  bool owned = false;
  explicit State(MPI_Comm c, bool own) : comm(c), owned(own) {}
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

// Throws SystemError(io) with MPI's text for the code; the call stands at the line it names.
void check_mpi(int code, std::source_location at = std::source_location::current());

// Polls until the request is done; between polls the core is given away. Throws SystemError(io) at
// the deadline.
void wait_until(MPI_Request& request, Deadline deadline, const std::string& what,
                std::source_location at = std::source_location::current());

}  // namespace verdict
