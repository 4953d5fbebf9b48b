#!/usr/bin/env bash
# From a fresh machine to two winners: sets up, builds, makes candidates and data, evaluates them, shows the results.
# All it makes lies in .demo; a second start reuses it and takes a new run folder.
#
# Examples:  launch/demo.sh                        # 2 ranks, one model each
#            launch/demo.sh --ranks 4 --tp 2       # each model split over 2 of 4 ranks
#            launch/demo.sh --epochs 2             # then a new submission, and moving averages at work
#            launch/demo.sh --resume               # goes on with the latest run after a stop (same options otherwise)
source "$(dirname "$0")/common.sh"
source "$VERDICT_ROOT/launch/mpi_env.sh"

ROWS=96
LENGTH=256 # as in demo/competitions.toml
ranks=2
tp=1
epochs=1
resume=no
given=()

whole_number() { [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "$1: a number of at least 1 expected, found '${2:-}'"; }
while (($#)); do
  case "$1" in
    --ranks) whole_number "$@"; ranks="$2"; given+=("$1" "$2"); shift 2 ;;
    --tp) whole_number "$@"; tp="$2"; given+=("$1" "$2"); shift 2 ;;
    --epochs) whole_number "$@"; epochs="$2"; given+=("$1" "$2"); shift 2 ;;
    --resume) resume=yes; shift ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "unknown option '$1'; known are --ranks N, --tp N, --epochs N, --resume" ;;
  esac
done
((ranks % tp == 0)) || fail "--ranks $ranks must be a multiple of --tp $tp"
((epochs <= 2)) || fail "--epochs $epochs: the demo has candidates for 2 epochs"

cd "$VERDICT_ROOT"
launch/build.sh release
demo=.demo
mkdir -p "$demo/data" "$demo/runs"
began=$SECONDS

# make_shard PART DOMAIN SOURCE: .demo/data/PART-DOMAIN.h5 from .demo/text/PART/DOMAIN.
make_shard() {
  local shard="$demo/data/$1-$2.h5"
  [[ -f $shard ]] && return 0
  "$VERDICT_PYTHON" launch/prepare_data.py --tokenizer "$demo/tokenizer/tokenizer.json" --tokenizer-name smollm2 \
    --vocab-size 49152 --eos-id 0 --length "$LENGTH" --rows "$ROWS" --seed 1 --domain "$2" --out "$shard" --source "$3" \
    "$demo/text/$1/$2"/*
}

launch/demo_text.sh "$demo/text"
"$VERDICT_PYTHON" launch/make_demo_models.py --out "$demo" --only smollm2-135m # with its tokenizer
for part in train eval; do
  make_shard $part prose "Debian package developers-reference"
  make_shard $part code "Debian package libpython3.11-stdlib"
  make_shard $part maths "Debian package python3-mpmath"
done
"$VERDICT_PYTHON" launch/make_demo_models.py --out "$demo" --train "$demo"/data/train-*.h5
((epochs == 1)) || "$VERDICT_PYTHON" launch/make_demo_models.py --out "$demo" --train "$demo"/data/train-*.h5 \
  --only fine-tuned-longer
cp launch/demo/competitions.toml launch/demo/candidates-*.json "$demo/"

if [[ $resume == yes ]]; then
  [[ -d $demo/run ]] || fail "--resume: there is no earlier run in $demo/run"
  latest="$(basename "$(readlink -f "$demo/run")")"
  runs="$demo/runs/${latest%-epoch-*}"
else
  runs="$demo/runs/$(date +%Y%m%d-%H%M%S)"
  [[ ! -e $runs-epoch-1 ]] || fail "$runs-epoch-1 is there already; start again in a second"
fi

verdict=build/release/verdict
[[ -x $verdict ]] || fail "$verdict is not there, although the build went well: CMakeLists.txt does not make it"
mpi_env "$ranks"

# evaluate EPOCH: one evaluation; the state goes from one to the next.
evaluate() {
  local run="$runs-epoch-$1" status=0
  ln -sfn "runs/$(basename "$run")" "$demo/run"
  say "epoch $1: evaluating on $ranks ranks, $tp to a model, into $run"
  # The shell's own handling of a failure would hide the exit code, which says whether a rerun helps.
  mpirun -n "$ranks" "$verdict" evaluate --competitions "$demo/competitions.toml" \
    --candidates "$demo/candidates-$1.json" --out "$run" --state "$runs-state.json" --tp "$tp" || status=$?
  ((status != 0)) || return 0
  ((status != 75)) || say "stopped before the end; go on with: launch/demo.sh ${given[*]} --resume"
  say "verdict evaluate ended with $status"
  exit "$status"
}

for ((epoch = 1; epoch <= epochs; epoch++)); do
  evaluate "$epoch"
done

show='import xarray; print(xarray.open_dataset(".demo/run/results.h5", group="competitions/smollm2-135M")["loss"].to_pandas())'
((epochs == 1)) || show="${show/'["loss"]'/'[["step_weight", "ema"]]'}"
say "$((SECONDS - began)) s after the build. The same tables again: $verdict inspect $demo/run"
say "from HDF5: .venv/bin/python -c '$show'"
"$VERDICT_PYTHON" -c "$show"
