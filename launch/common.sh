# Sourced by the scripts of this folder: where things are, and how they speak.
# shellcheck shell=bash
set -euo pipefail

VERDICT_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VERDICT_PYTHON="$VERDICT_ROOT/.venv/bin/python"
VERDICT_LOGS="$VERDICT_ROOT/build/logs"
VERDICT_SCRIPT="$(basename "$0" .sh)"

say() { printf '%s: %s\n' "$VERDICT_SCRIPT" "$*" >&2; }
fail() { say "$*"; exit 1; }

# quietly LOG COMMAND…: output goes to a log file; on failure its last lines are shown, and where the rest is.
quietly() {
  local log="$VERDICT_LOGS/$1.log"
  shift
  mkdir -p "$VERDICT_LOGS"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    fail "failed: $* (all of its output: $log)"
  fi
}

# How many compilations may run at once: one a core, and 2 GB of free memory for each (an ATen source needs that much).
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 2000000)}' /proc/meminfo)
  ((memory >= 1)) || memory=1
  echo $((cores < memory ? cores : memory))
}
