#!/usr/bin/env bash
# From a fresh machine to a winner: sets up, builds, makes four candidates and data, evaluates them, shows the result.
# All it makes lies in .demo; a second start reuses it and takes a new run folder.
#
# Examples:  launch/demo.sh                        # 4 ranks, each model split over 2 of them
#            launch/demo.sh --ranks 2 --tp 1
#            launch/demo.sh --resume               # goes on with the latest run after a stop
source "$(dirname "$0")/common.sh"
source "$VERDICT_ROOT/launch/mpi_env.sh"

ROWS=64
LENGTH=512 # as in demo/competitions.toml
ranks=4
tp=2
resume=no

whole_number() { [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "$1: a number of at least 1 expected, found '${2:-}'"; }
while (($#)); do
  case "$1" in
    --ranks) whole_number "$@"; ranks="$2"; shift 2 ;;
    --tp) whole_number "$@"; tp="$2"; shift 2 ;;
    --resume) resume=yes; shift ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "unknown option '$1'; known are --ranks N, --tp N, --resume" ;;
  esac
done
((ranks % tp == 0)) || fail "--ranks $ranks must be a multiple of --tp $tp"

cd "$VERDICT_ROOT"
launch/build.sh release
demo=.demo
mkdir -p "$demo/data" "$demo/runs"

# make_shard DOMAIN SOURCE: .demo/data/DOMAIN.h5 from .demo/text/DOMAIN.
make_shard() {
  local shard="$demo/data/$1.h5"
  [[ -f $shard ]] && return 0
  "$VERDICT_PYTHON" launch/prepare_data.py --tokenizer "$demo/tokenizer/tokenizer.json" --tokenizer-name smollm2 \
    --vocab-size 49152 --eos-id 0 --length "$LENGTH" --rows "$ROWS" --out "$shard" --source "$2" "$demo/text/$1"/*
}

launch/demo_text.sh "$demo/text"
"$VERDICT_PYTHON" launch/make_demo_models.py --out "$demo"
make_shard prose "Debian package developers-reference"
make_shard code "Debian package libpython3.11-stdlib"
cp launch/demo/competitions.toml launch/demo/candidates.json "$demo/"

if [[ $resume == yes ]]; then
  [[ -d $demo/run ]] || fail "--resume: there is no earlier run in $demo/run"
  run="$demo/runs/$(basename "$(readlink -f "$demo/run")")"
else
  run="$demo/runs/$(date +%Y%m%d-%H%M%S)"
  [[ ! -e $run ]] || fail "$run is there already; start again in a second"
  ln -sfn "runs/$(basename "$run")" "$demo/run"
fi

verdict=build/release/verdict
[[ -x $verdict ]] || fail "$verdict is not there, although the build went well: CMakeLists.txt does not make it"
mpi_env "$ranks"
say "evaluating on $ranks ranks, $tp to a model, into $run"
# The shell's own handling of a failure would hide the exit code, which says whether a rerun helps.
status=0
mpirun -n "$ranks" "$verdict" evaluate --competitions "$demo/competitions.toml" --candidates "$demo/candidates.json" \
  --out "$run" --tp "$tp" || status=$?
if ((status != 0)); then
  ((status != 75)) || say "stopped before the end; go on with: launch/demo.sh --ranks $ranks --tp $tp --resume"
  say "verdict evaluate ended with $status"
  exit "$status"
fi

read_losses="import xarray; print(xarray.open_dataset('$demo/run/results.h5', group='competitions/smollm2-135M')['loss'].to_pandas())"
say "the same tables again: $verdict inspect $demo/run"
say "the loss table, from HDF5: .venv/bin/python -c \"$read_losses\""
"$VERDICT_PYTHON" -c "$read_losses"
