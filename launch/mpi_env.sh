# Sourced: what Open MPI, OpenMP and HDF5 want to be told, only where it applies.
#
#   source launch/mpi_env.sh; mpi_env 4        # for a job of 4 ranks on this machine
# shellcheck shell=bash

mpi_env() {
  local ranks="$1" cores
  cores=$(nproc)
  # Open MPI refuses to start as root unless told twice.
  if [[ $(id -u) == 0 ]]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  # It refuses more ranks than cores, too.
  if ((ranks > cores)); then
    export OMPI_MCA_rmaps_base_oversubscribe=1
  fi
  # Threads of all ranks together: no more than cores. An explicit setting of the user's stays.
  local share=$((cores / ranks))
  export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$((share > 0 ? share : 1))}"
  # Network file systems often have no locks; no HDF5 file of ours has two writers.
  export HDF5_USE_FILE_LOCKING="${HDF5_USE_FILE_LOCKING:-FALSE}"
}
