#!/usr/bin/env bash
# One epoch of an operator: stage the models of a commitments file (a candidates file, paths or not), evaluate them with
# the state of the epoch before, show or publish the weights. Start it from cron as often as you like: one at a time, a
# block once, and what did not end is gone on with first. --home keeps everything:
#
#   store/            models          state.json      averages and the like, for the next epoch
#   block-N/          one epoch: commitments.json, candidates.json, run/, done
#   current           the epoch in work
#
# Examples:  launch/epoch.sh --home my/epochs --competitions my/competitions.toml --commitments my/commitments.json
#            launch/epoch.sh … --commitments-from ".venv/bin/python launch/chain.py candidates --competitions my/competitions.toml"
#            launch/epoch.sh … --publish-with ".venv/bin/python launch/chain.py submit --really"     # gets the path of weights.json; else a dry run
#            launch/epoch.sh … --keep-runs 20 --stage "--keep 500GB" -- --tp 2      # of verdict evaluate, behind --
#            */20 * * * * cd /srv/verdict && launch/epoch.sh … >>my/epochs/log 2>&1      # in a crontab
#
# VERDICT_EVALUATE starts the evaluation (default: launch/mpirun.sh evaluate), VERDICT_PYTHON (.venv) the staging. Exit codes are those of verdict; 75: go on
# with the same line, later. --stage-tries N: so many starts may end at a network in trouble, then the rest goes on (5).
given_python=${VERDICT_PYTHON:-}
source "$(dirname "$0")/common.sh"
source "$VERDICT_ROOT/launch/program.sh"

USAGE=64 BAD_DATA=65 AGAIN=75
stop_with() { local code=$1; shift; say "$*"; exit "$code"; }

home='' competitions='' commitments='' commitments_from='' publish_with='' keep_runs=10 stage_tries=5
stage_options=() evaluate_options=()
while (($#)); do
  case $1 in
    -h | --help) sed -n '2,19s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --) shift; evaluate_options=("$@"); break ;;
    --home | --competitions | --commitments | --commitments-from | --publish-with | --keep-runs | --stage-tries | --stage)
      (($# > 1)) || stop_with $USAGE "$1: a value is missing"
      name=${1#--}
      if [[ $name == stage ]]; then read -ra stage_options <<<"$2"; else declare "${name//-/_}=$2"; fi
      shift 2
      ;;
    *) stop_with $USAGE "unknown option '$1'; see --help" ;;
  esac
done
[[ -n $home && -n $competitions ]] || stop_with $USAGE "--home and --competitions are needed; see --help"
[[ -n $commitments || -n $commitments_from ]] || stop_with $USAGE "--commitments or --commitments-from is needed"
[[ $keep_runs =~ ^[1-9][0-9]*$ ]] || stop_with $USAGE "--keep-runs: a number of at least 1 expected, found '$keep_runs'"
[[ $stage_tries =~ ^[1-9][0-9]*$ ]] || stop_with $USAGE "--stage-tries: a number of at least 1 expected, found '$stage_tries'"
verdict=$(find_verdict "$VERDICT_ROOT") || stop_with $USAGE "$verdict"
python=${given_python:-$VERDICT_PYTHON}

mkdir -p "$home"
home=$(cd "$home" && pwd)
# The lock goes when the process goes, however it ends; children do not inherit it.
exec 9>"$home/lock"
flock -n 9 || stop_with $AGAIN "another epoch is at work in $home"

# on_signals COMMAND…: runs it so that a stop signal reaches it as SIGUSR1; its exit code is the function's.
on_signals() {
  local code=0 signalled=yes
  "$@" 9>&- &
  local job=$!
  trap 'signalled=yes; kill -USR1 "$job" 2>/dev/null || true' USR1 TERM INT HUP
  while [[ $signalled == yes ]]; do
    signalled=no code=0
    wait "$job" || code=$?
  done
  trap - USR1 TERM INT HUP
  return "$code"
}

# whole FILE: standard input becomes the file, whole or not at all.
whole() { cat >"$1.partial" && sync "$1.partial" && mv "$1.partial" "$1"; }

# Prints the block of a commitments file.
block_of() { python3 -c 'import json, sys; print(int(json.load(open(sys.argv[1]))["block"]))' "$1" 2>/dev/null; }

# Sets `epoch`: the one in work, or a new one. Ends the script if the block has been done.
choose_epoch() {
  local block new=$home/new-commitments.json
  if [[ -s $home/current ]]; then
    epoch=$home/$(<"$home/current")
    say "going on with $(basename "$epoch")"
    return
  fi
  if [[ -n $commitments_from ]]; then
    bash -c "$commitments_from" 9>&- | whole "$new" || stop_with $AGAIN "no commitments from: $commitments_from"
  else
    whole "$new" <"$commitments" || stop_with $BAD_DATA "$commitments cannot be read"
  fi
  block=$(block_of "$new") || stop_with $BAD_DATA "$new: no commitments file: it has no whole number 'block'"
  epoch=$home/block-$block
  if [[ -e $epoch/done ]]; then
    rm -f "$new"
    say "block $block is done already: nothing to do"
    exit 0
  fi
  mkdir -p "$epoch"
  mv "$new" "$epoch/commitments.json"
  whole "$home/current" <<<"$(basename "$epoch")"
}

# Models that were there once stay named: the candidates of an epoch are written one time.
stage() {
  [[ ! -e $epoch/candidates.json ]] || return 0
  local code=0 tries
  tries=$(($(cat "$epoch/stage-tries" 2>/dev/null || echo 0) + 1))
  echo "$tries" >"$epoch/stage-tries"
  local last=()
  ((tries < stage_tries)) || last=(--give-up)
  on_signals "$python" "$VERDICT_ROOT/launch/stage_models.py" "$epoch/commitments.json" --store "$home/store" \
    --competitions "$competitions" --out "$epoch/candidates.json" "${last[@]}" "${stage_options[@]}" || code=$?
  ((code <= 128)) || stop_with $AGAIN "staging was stopped; the same line goes on"
  ((code == 0)) || stop_with $code "staging ended with $code at try $tries of $stage_tries"
}

# A rerun would write the same results with another time in them, and another checksum of the file.
evaluate() {
  [[ ! -e $epoch/evaluated ]] || return 0
  local code=0 command
  read -ra command <<<"${VERDICT_EVALUATE:-$VERDICT_ROOT/launch/mpirun.sh evaluate}"
  on_signals "${command[@]}" --competitions "$competitions" --candidates "$epoch/candidates.json" \
    --out "$epoch/run" --state "$home/state.json" "${evaluate_options[@]}" || code=$?
  ((code == 0)) || stop_with $code "the evaluation of $(basename "$epoch") ended with $code"
  date -u +%Y-%m-%dT%H:%M:%SZ | whole "$epoch/evaluated"
}

publish() {
  local code=0
  "$verdict" publish "$epoch/run" --dry-run || code=$?
  ((code == 0)) || stop_with $code "the chain would not take these weights: nothing is published"
  if [[ -z $publish_with ]]; then
    say "dry run: nothing is published (--publish-with COMMAND)"
    return
  fi
  bash -c "$publish_with \"\$1\"" publish "$epoch/run/weights.json" 9>&- || code=$?
  ((code == 0)) || stop_with $AGAIN "publishing ended with $code; the next start tries again: $publish_with"
}

# Removes the oldest of the epochs that are done.
rotate() {
  local old
  find "$home" -mindepth 2 -maxdepth 2 -path "$home/block-*/done" -printf '%h\n' | sed 's/.*block-//' | sort -rn |
    tail -n "+$((keep_runs + 1))" | while read -r old; do
      say "removing block-$old"
      rm -rf "${home:?}/block-$old"
    done
}

choose_epoch
stage
evaluate
publish
date -u +%Y-%m-%dT%H:%M:%SZ | whole "$epoch/done"
rm -f "$home/current"
rotate
say "$(basename "$epoch") is done: $epoch/run"
