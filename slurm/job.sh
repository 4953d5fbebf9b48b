# Sourced by the batch scripts of this folder: where the program is, who runs where, how a job stops and comes back.
# Everything it takes from the environment has a default here; sbatch's own options are its #SBATCH lines, its
# SBATCH_* variables and its command line.
#
#   VERDICT             the program (default: of this checkout or of this installation, else the one in PATH)
#   VERDICT_LAUNCHER    srun (default) or mpirun
#   VERDICT_MAX_STOPS   how often a job that stopped before its end (exit code 75) goes back into the queue (20)
#   VERDICT_MAX_FAILURES  the same for a job that failed in a way that a rerun may mend (3)
# shellcheck shell=bash
set -uo pipefail

VERDICT_LAUNCHER=${VERDICT_LAUNCHER:-srun}
VERDICT_MAX_STOPS=${VERDICT_MAX_STOPS:-20}
VERDICT_MAX_FAILURES=${VERDICT_MAX_FAILURES:-3}
EXIT_USAGE=64
EXIT_BAD_DATA=65
EXIT_STOPPED=75

say() { printf 'batch: job %s, start %s: %s\n' "${SLURM_JOB_ID:-none}" "$((${SLURM_RESTART_COUNT:-0} + 1))" "$*" >&2; }
refuse() { say "$*"; exit "$EXIT_USAGE"; }

[[ -n ${SLURM_JOB_ID:-} ]] || refuse "this is a batch script; type: sbatch $0 …"
# shellcheck source=../launch/mpi_env.sh
source "$VERDICT_HOME/launch/mpi_env.sh"
# shellcheck source=../launch/program.sh
source "$VERDICT_HOME/launch/program.sh"
VERDICT=$(find_verdict "$VERDICT_HOME") || refuse "$VERDICT"
export VERDICT

# Sets `nodes`, `ranks` (a node) and `cores` (a rank). What sbatch was told stands; without a word there is one rank for
# each GPU of the node, or for each core where there is none.
layout() {
  nodes=${SLURM_JOB_NUM_NODES:-1}
  if [[ -n ${SLURM_NTASKS_PER_NODE:-} ]]; then
    ranks=$SLURM_NTASKS_PER_NODE
  elif [[ -n ${SLURM_NTASKS:-} ]]; then
    ((SLURM_NTASKS % nodes == 0)) || refuse "--ntasks $SLURM_NTASKS does not fill $nodes nodes evenly; give --ntasks-per-node"
    ranks=$((SLURM_NTASKS / nodes))
  else
    ranks=${SLURM_GPUS_ON_NODE:-$((SLURM_CPUS_ON_NODE / ${SLURM_CPUS_PER_TASK:-1}))}
  fi
  cores=${SLURM_CPUS_PER_TASK:-$((SLURM_CPUS_ON_NODE / ranks))}
  ((cores >= 1)) || refuse "$ranks ranks a node on $SLURM_CPUS_ON_NODE CPUs: give a smaller --ntasks-per-node or a larger --cpus-per-task"
  # A rank that sees one GPU only cannot reach those of its neighbours directly: the GPUs go to the node, and each
  # rank takes one by its place in the node.
  [[ -z ${SLURM_GPUS_PER_TASK:-} ]] || refuse "--gpus-per-task hides the GPUs from each other; type: sbatch --gpus-per-node=$ranks …"
}

# Open MPI can be started by srun through PMIx only; with another plugin each rank ends in MPI_Init, or, with Open MPI 5,
# believes that it is alone. SLURM_MPI_TYPE is srun's own variable, so that a site or a user can name another version.
check_mpi_type() {
  local known
  export SLURM_MPI_TYPE=${SLURM_MPI_TYPE:-pmix}
  known=$(srun --mpi=list 2>&1 | tr ',[:space:]' '\n' | grep -E '^[a-z0-9_]+$' | sort -u)
  if ! grep -qx "$SLURM_MPI_TYPE" <<<"$known"; then
    refuse "this Slurm has no --mpi=$SLURM_MPI_TYPE ('srun --mpi=list' shows what there is); type: VERDICT_LAUNCHER=mpirun sbatch …"
  fi
  if [[ $SLURM_MPI_TYPE != pmix* ]] && uses_open_mpi "$VERDICT"; then
    refuse "SLURM_MPI_TYPE=$SLURM_MPI_TYPE cannot start Open MPI, which $VERDICT uses; type: SLURM_MPI_TYPE=pmix sbatch …"
  fi
}

# Sets what the ranks want to find in their environment.
job_env() {
  mpi_env "$ranks"                              # root, locks of network file systems
  export OMP_NUM_THREADS=$cores                 # no more threads than cores, whoever starts some
  export NCCL_DEBUG=${NCCL_DEBUG:-WARN}         # a failed collective names its cause, and nothing else is said
  export SLURM_KILL_BAD_EXIT=1                  # one dead rank ends the step; else srun leaves the others waiting
  export SLURM_CPU_BIND=${SLURM_CPU_BIND:-cores} # a rank that wanders between cores loses its caches
}

# start ARGUMENTS…: verdict on all ranks, in the background; its process id is in `step`.
start() {
  local all=$((nodes * ranks))
  say "$VERDICT_LAUNCHER: $nodes nodes × $ranks ranks × $cores CPUs: $VERDICT $*"
  case $VERDICT_LAUNCHER in
    srun)
      srun --nodes="$nodes" --ntasks="$all" --ntasks-per-node="$ranks" --cpus-per-task="$cores" "$VERDICT" "$@" &
      ;;
    mpirun)
      VERDICT_RANKS_PER_NODE=$ranks VERDICT_CORES_PER_RANK=$cores bash "$VERDICT_HOME/launch/mpirun.sh" "$@" &
      ;;
    *) refuse "VERDICT_LAUNCHER is srun or mpirun, found '$VERDICT_LAUNCHER'" ;;
  esac
  step=$!
}

# Sets `code` to how the step ended. SIGUSR1 (the time limit is near) and SIGTERM (preemption) are passed on as SIGUSR1,
# on which the program ends what it has in work. A trapped signal ends bash's wait, not the step.
await_step() {
  trap 'signalled=yes; say "asked to stop"; kill -USR1 "$step" 2>/dev/null' USR1 TERM
  local signalled=yes
  while [[ $signalled == yes ]]; do
    signalled=no
    code=0
    wait "$step" || code=$?
  done
  trap '' USR1 TERM
}

# Puts the job back into the queue. Does not return if that went well: a script that ends counts as a job that has
# completed and is not started again, so it waits here for its end.
requeue() {
  local job=$SLURM_JOB_ID
  # Of an array only this task: the number of its last task is that of the whole array.
  [[ -z ${SLURM_ARRAY_JOB_ID:-} ]] || job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
  # scontrol would start a job again that somebody has just cancelled.
  if [[ $(squeue -h -j "$job" -o %T) != RUNNING ]]; then
    say "the job was cancelled, so it does not go back into the queue"
    return
  fi
  say "$1: back into the queue"
  scontrol requeue "$job" && sleep "${VERDICT_REQUEUE_WAIT:-600}"
  say "Slurm did not take the job back; the same sbatch line goes on where it was"
}

# finish CODE: what becomes of a job whose program ended with it.
finish() {
  local restarts=${SLURM_RESTART_COUNT:-0}
  case $1 in
    0) exit 0 ;;
    "$EXIT_USAGE" | "$EXIT_BAD_DATA") say "exit code $1: a rerun would end the same way" ;;
    "$EXIT_STOPPED")
      ((restarts >= VERDICT_MAX_STOPS)) || requeue "stopped before the end"
      ((restarts < VERDICT_MAX_STOPS)) || say "started $((restarts + 1)) times, not put back any more (VERDICT_MAX_STOPS=$VERDICT_MAX_STOPS)"
      ;;
    *)
      ((restarts >= VERDICT_MAX_FAILURES)) || requeue "failed with $1"
      ((restarts < VERDICT_MAX_FAILURES)) || say "failed with $1 at start $((restarts + 1)), not put back any more (VERDICT_MAX_FAILURES=$VERDICT_MAX_FAILURES)"
      ;;
  esac
  exit "$1"
}

# prepare: everything before the first start.
prepare() {
  layout
  [[ $VERDICT_LAUNCHER != srun ]] || check_mpi_type
  job_env
}
