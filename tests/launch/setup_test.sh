#!/usr/bin/env bash
# What launch/setup.sh, build.sh, demo.sh and mpi_env.sh say and do when something is missing. Runs them in a scratch
# copy with stand-ins for the system's commands, so that nothing is installed and nothing outside the copy is written.
set -euo pipefail

root="$(cd "$(dirname "$0")/../.." && pwd)"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# expect NAME TEXT WANTED: WANTED is a part of TEXT.
expect() {
  if [[ $2 == *"$3"* ]]; then
    echo "ok: $1"
  else
    printf 'FAILED: %s\n  expected: %s\n  found:    %s\n' "$1" "$3" "$2"
    failures=$((failures + 1))
  fi
}

# stand_in NAME BODY: a command of that name, found before the system's.
stand_in() {
  printf '#!/bin/bash\n%s\n' "$2" >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}

# run COMMAND…: its output and exit status as one text.
run() { (cd "$scratch" && PATH="$scratch/bin:$PATH" "$@" 2>&1 && echo "exit 0" || echo "exit $?"); }

mkdir -p "$scratch/bin"
cp -r "$root/launch" "$scratch/launch"

for script in "$root"/launch/*.sh "$root"/slurm/*.s* "$root"/tests/launch/*.sh "$root"/tests/slurm/local/*.sh "$root/.ci/run"; do
  expect "syntax of ${script#"$root"/}" "$(bash -n "$script" 2>&1 && echo fine)" fine
done
for script in build test demo; do
  expect "$script.sh has a help text with an example" "$(run launch/$script.sh --help)" "launch/$script.sh"
done

stand_in id 'echo 1000'
stand_in sudo 'exit 1'
stand_in apt-get 'echo "apt-get must not run" >&2; exit 9'
stand_in dpkg-query 'for p in "$@"; do case $p in -*|*Package*|mold|ccache) ;; *) echo "ii $p";; esac; done; exit 1'
out=$(run launch/setup.sh)
expect "an ordinary user is told what to type" "$out" \
  "setup: not root, and Debian packages are missing; type: sudo apt-get install ccache mold"
expect "that is one line, and a failure" "$(wc -l <<<"$out") lines, $(tail -n 1 <<<"$out")" "2 lines, exit 1"

stand_in dpkg-query 'for p in "$@"; do case $p in -*|*Package*) ;; mold) echo "rc mold";; *) echo "ii $p:amd64";; esac; done'
expect "a removed package with leftovers counts as missing" "$(run launch/setup.sh)" "sudo apt-get install mold"

stand_in id 'echo 0'
out=$(run launch/setup.sh)
expect "root is told what is being installed" "$out" "setup: installing 1 Debian packages: mold"
expect "a failed command is named with its last lines" "$out" "apt-get must not run"
expect "and with its log" "$out" "build/logs/apt-update.log"

stand_in dpkg-query 'for p in "$@"; do case $p in -*|*Package*) ;; *) echo "ii $p";; esac; done'
ln -s /nowhere/venv "$scratch/.venv"
expect "a link to nowhere is said to be one" "$(run launch/setup.sh)" ".venv is a link to /nowhere/venv, which holds no bin/python"

expect "an unknown option is named" "$(run launch/setup.sh --slrum)" "unknown option '--slrum'"
stand_in dpkg-query 'for p in "$@"; do case $p in -*|*Package*|slurmd|munge) ;; *) echo "ii $p";; esac; done; exit 1'
expect "Slurm is installed when asked for" "$(run launch/setup.sh --slurm)" "installing 2 Debian packages: munge slurmd"
expect "and not otherwise" "$(run launch/setup.sh)" ".venv is a link to /nowhere/venv"

mkdir -p "$scratch/elsewhere/bin"
printf '#!/bin/bash\n[[ $1 == - ]] || exit 9\nshift\nexec %s - "$@"\n' "$(command -v python3)" >"$scratch/elsewhere/bin/python"
chmod +x "$scratch/elsewhere/bin/python"
ln -sfn elsewhere "$scratch/.venv"
printf 'no-such-distribution==1.0\n' >"$scratch/launch/requirements.txt"
: >"$scratch/launch/requirements-models.txt"
before=$(find "$scratch/elsewhere" | sort)
expect "a linked environment that differs is refused" "$(run launch/setup.sh)" "no-such-distribution: 1.0 wanted, nothing found"
: >"$scratch/launch/requirements.txt"
expect "one that fits is taken" "$(run launch/setup.sh)" "exit 0"
expect "and neither changes it" "$(find "$scratch/elsewhere" | sort)" "$before"

expect "demo.sh names an unknown option" "$(run launch/demo.sh --rank 4)" "unknown option '--rank'"
expect "demo.sh wants numbers" "$(run launch/demo.sh --ranks none)" "--ranks: a number of at least 1 expected, found 'none'"
expect "demo.sh wants whole groups" "$(run launch/demo.sh --ranks 3 --tp 2)" "--ranks 3 must be a multiple of --tp 2"
expect "demo.sh has two epochs" "$(run launch/demo.sh --epochs 3)" "the demo has candidates for 2 epochs"

# mpi_settings RANKS: what mpi_env.sh exports for them on a machine of four cores.
stand_in nproc 'echo 4'
mpi_settings() {
  run env -i PATH="$scratch/bin:$PATH" bash -c "source launch/mpi_env.sh; mpi_env $1; env" | grep -E '^(OMPI|OMP|HDF5)' | sort | xargs
}
expect "root, ranks fit" "<$(mpi_settings 2)>" \
  "<HDF5_USE_FILE_LOCKING=FALSE OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=2>"
stand_in id 'echo 1000'
expect "not root, too many ranks" "<$(mpi_settings 8)>" \
  "<HDF5_USE_FILE_LOCKING=FALSE OMPI_MCA_rmaps_base_oversubscribe=1 OMP_NUM_THREADS=1>"

if ((failures)); then
  echo "$failures failed"
  exit 1
fi
