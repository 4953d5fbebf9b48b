#include <unistd.h>

#include <array>
#include <cstdlib>

#include "comm/mpi_state.h"
#include "verdict/core/error.h"

namespace verdict {

MpiSession::MpiSession(int* argc, char*** argv) {
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided);
  // Without this MPI aborts before check_mpi looks.
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  world_ = std::make_unique<MpiComm>(world_communicator());
  if (provided != MPI_THREAD_MULTIPLE) {
    MPI_Finalize();
    throw SystemError(
        ExitCode::usage,
        "this MPI library was built without MPI_THREAD_MULTIPLE, which the dispatcher needs");
  }
}

MpiSession::~MpiSession() {
  world_.reset();
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized == 0) MPI_Finalize();
}

void MpiSession::abort(int exit_code) const {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::_Exit(exit_code);
}

MpiComm world_communicator() {
  return MpiComm(std::make_shared<MpiComm::State>(MPI_COMM_WORLD, false));
}

std::string mpi_library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  std::string version = text.data();
  return version.substr(0, version.find(','));
}

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace verdict
