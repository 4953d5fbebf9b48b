# Sourced: where the program is, in a checkout and in an installation.
# shellcheck shell=bash

# find_verdict FOLDER: prints the program that belongs to the folder which holds launch/; on failure what is wrong.
find_verdict() {
  local place
  if [[ -n ${VERDICT:-} ]]; then
    [[ -x $VERDICT ]] || { echo "VERDICT=$VERDICT is no program"; return 1; }
    echo "$VERDICT"
    return
  fi
  # In a checkout, and in an installation, where the folder is PREFIX/share/verdict.
  for place in "$1/build/release/verdict" "$1/../../bin/verdict"; do
    [[ -x $place ]] && { realpath "$place"; return; }
  done
  command -v verdict || { echo "no program: type $1/launch/build.sh, or set VERDICT to its path"; return 1; }
}

# uses_open_mpi PROGRAM: libmpi.so.40 is Open MPI's, 3.0 to 5; libmpi.so.12 that of MPICH and its relatives.
uses_open_mpi() {
  local worker
  worker="$(dirname "$(realpath "$1")")/verdict-eval"
  [[ ! -x $worker ]] || ldd "$worker" 2>/dev/null | grep -q 'libmpi\.so\.40'
}
