#!/bin/bash
# Stops what start.sh started, by the process ids that it wrote down, and nothing else.
set -uo pipefail
STATE=${STATE:-${TMPDIR:-/tmp}/slurm-local}
[[ -e $STATE/pids ]] || { [[ ${1:-} != --purge ]] || rm -rf "$STATE"; echo "nothing is running under $STATE"; exit 0; }
export SLURM_CONF=$STATE/slurm.conf
timeout 5 squeue -h -o %A 2>/dev/null | while read -r job; do timeout 5 scancel -f "$job" 2>/dev/null; done
sleep 0.5
mapfile -t pids < <(tac "$STATE/pids") # slurmd first, then slurmctld, then munged
ours() { [[ -r /proc/$1/comm ]] && grep -qE '^(slurmctld|slurmd|munged)' "/proc/$1/comm"; }
for p in "${pids[@]}"; do ours "$p" && kill -TERM "$p" 2>/dev/null; done
for _ in $(seq 50); do
  left=0
  for p in "${pids[@]}"; do ours "$p" && left=1; done
  ((left)) || break
  sleep 0.2
done
for p in "${pids[@]}"; do ours "$p" && kill -KILL "$p" 2>/dev/null; done
rm -f "$STATE/pids"
[[ ${1:-} != --purge ]] || rm -rf "$STATE"
echo stopped
