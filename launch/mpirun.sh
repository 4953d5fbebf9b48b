#!/usr/bin/env bash
# Starts verdict on a bare node through mpirun: a rank for each GPU or core, each bound to cores of its own. Ctrl-C and
# SIGTERM become a clean stop (exit code 75, the same line goes on); a second one ends the job at once.
# In a Slurm allocation of several nodes it starts as many ranks on each.
#
# Examples:  launch/mpirun.sh evaluate --competitions C.toml --candidates K.json --out RUN
#            VERDICT_RANKS_PER_NODE=8 VERDICT_CORES_PER_RANK=12 launch/mpirun.sh evaluate … --tp 8
#            VERDICT_MPIRUN_OPTIONS="--hostfile hosts" VERDICT_NODES=2 launch/mpirun.sh evaluate …
source "$(dirname "$0")/common.sh"
source "$VERDICT_ROOT/launch/mpi_env.sh"
source "$VERDICT_ROOT/launch/program.sh"

case "${1:---help}" in
  -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
wrong_use() { say "$*"; exit 64; }
whole_number() { [[ $2 =~ ^[1-9][0-9]*$ ]] || wrong_use "$1: a number of at least 1 expected, found '$2'"; }

# Prints how many GPUs the driver names; 0 without one.
gpus() { (nvidia-smi --list-gpus 2>/dev/null || true) | grep -c '^GPU ' || true; }
# Cores and not hardware threads, of those that this process may use: two ranks on one core share its arithmetic.
physical_cores() {
  local allowed
  allowed=$(taskset -cp $$ 2>/dev/null | sed 's/.*: //')
  lscpu -p=cpu,core,socket 2>/dev/null | awk -F, -v allowed="$allowed" '
    BEGIN {
      n = split(allowed, ranges, ",")
      for (i = 1; i <= n; i++) { m = split(ranges[i], ends, "-"); for (c = ends[1]; c <= ends[m]; c++) may[c] = 1 }
    }
    !/^#/ && (n == 0 || ($1 + 0) in may) {cores[$2 "," $3] = 1}
    END {for (c in cores) count++; print (count > 0 ? count : 1)}'
}

verdict=$(find_verdict "$VERDICT_ROOT") || wrong_use "$verdict"
nodes=${VERDICT_NODES:-${SLURM_JOB_NUM_NODES:-1}}
here=$(physical_cores)
found_gpus=$(gpus)
ranks=${VERDICT_RANKS_PER_NODE:-$((found_gpus > 0 ? found_gpus : here))}
whole_number VERDICT_RANKS_PER_NODE "$ranks"
whole_number VERDICT_NODES "$nodes"
cores=${VERDICT_CORES_PER_RANK:-$((here / ranks > 0 ? here / ranks : 1))}
whole_number VERDICT_CORES_PER_RANK "$cores"

mpi_env "$ranks"
export NCCL_DEBUG=${NCCL_DEBUG:-WARN}
# mpirun takes its slots from Slurm's tasks, of which a job without --ntasks-per-node has one a node.
[[ -z ${SLURM_JOB_ID:-} ]] || export SLURM_TASKS_PER_NODE="$ranks(x$nodes)"
placement=(--map-by "ppr:$ranks:node:PE=$cores" --bind-to core)
if ((ranks * cores > here)); then
  say "$ranks ranks of $cores cores on $here cores: not bound to cores, and slower"
  placement=(--map-by "ppr:$ranks:node" --bind-to none)
fi
read -ra more <<<"${VERDICT_MPIRUN_OPTIONS:-}"

# In a process group of its own: the terminal sends Ctrl-C to all of a group, and mpirun kills its ranks a second later.
set -m
mpirun -n "$((nodes * ranks))" "${placement[@]}" "${more[@]}" "$verdict" "$@" </dev/null &
job=$!
set +m
asked=no
signalled=yes
stop() {
  signalled=yes
  if [[ $asked == no || $1 == USR1 ]]; then
    say "stopping after what is in work${2:-}"
    kill -USR1 "$job" 2>/dev/null || true
  else
    kill -TERM "$job" 2>/dev/null || true
  fi
  asked=yes
}
trap 'stop USR1' USR1
trap 'stop TERM "; once more ends it at once"' TERM INT HUP
# A trapped signal ends bash's wait, not mpirun.
while [[ $signalled == yes ]]; do
  signalled=no
  status=0
  wait "$job" || status=$?
done
exit "$status"
