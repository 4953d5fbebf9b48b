#!/usr/bin/env bash
# Checks verdict on a machine with NVIDIA GPUs, then measures it there; one JSON line per metric on stdout, the rest on stderr.
# Needs no compiler: the programs may come from another machine of the same kind, with the same torch there. At most ten minutes,
# 10 GB in TMPDIR. Where gpu_test is not beside the programs, its line says that it was skipped.
#
# Examples:  launch/gpu_check.sh
#            launch/gpu_check.sh --gpus 4                                  # tensor parallelism over NCCL, too
#            launch/gpu_check.sh --programs FOLDER --python /opt/venv/bin/python
# Exit: 0 all checks passed (a goal that is missed is said in its line); 64 wrong use; 69 no GPU here; 70 a check failed or had no time.
source "$(dirname "$0")/common.sh"
source "$VERDICT_ROOT/launch/mpi_env.sh"

gpus=1 programs="$VERDICT_ROOT/build/release" python=""
wrong_use() { say "$*"; exit 64; }
while (($#)); do
  case "$1" in
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --gpus | --programs | --python)
      (($# > 1)) || wrong_use "$1 wants a value"
      printf -v "${1#--}" '%s' "$2"
      shift 2 ;;
    *) wrong_use "$1 is no option of this script; see --help" ;;
  esac
done
[[ $gpus =~ ^[1-9][0-9]*$ ]] || wrong_use "--gpus: a number of at least 1 expected, found '$gpus'"

found=$( (nvidia-smi --list-gpus 2>/dev/null || true) | grep -c '^GPU ' || true)
if ((found < gpus)); then
  say "this machine has $found NVIDIA GPUs (nvidia-smi --list-gpus), $gpus wanted: nothing was checked"
  exit 69
fi
[[ -x $programs/verdict && -x $programs/verdict-eval ]] || wrong_use "$programs holds no verdict and verdict-eval: see --programs"
[[ -n $python ]] || { [[ -x $VERDICT_PYTHON ]] && python="$VERDICT_PYTHON" || python=python3; }
site=$("$python" -c 'import importlib.util; print(importlib.util.find_spec("torch").submodule_search_locations[0])') ||
  wrong_use "$python has no torch: see --python"
"$python" -c 'import h5py, numpy' || wrong_use "$python has no h5py: see --python"
# Programs from elsewhere look for torch where it was when they were built.
for folder in "$site/lib" "$site"/../nvidia/*/lib; do
  [[ ! -d $folder ]] || LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder"
done
export LD_LIBRARY_PATH
mpi_env 4
export OMPI_MCA_rmaps_base_oversubscribe=1 NCCL_DEBUG=${NCCL_DEBUG:-WARN}
exec "$python" "$VERDICT_ROOT/launch/gpu_check.py" --programs "$programs" --gpus "$gpus" --python "$python"
