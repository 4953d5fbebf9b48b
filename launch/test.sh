#!/usr/bin/env bash
# Sets up, builds and runs every test that this machine can run in reasonable time (labels quick and full).
#
# Examples:  launch/test.sh                    # everything but label long
#            launch/test.sh -L quick           # any arguments of ctest
source "$(dirname "$0")/common.sh"

case "${1:-}" in
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
cd "$VERDICT_ROOT"
launch/build.sh release all

LOG=build/release/Testing/Temporary/LastTest.log

# Passes ctest's output on as it comes, but puts the ten slowest tests, and why tests were skipped (a line "skipped: …" of
# theirs, which ctest keeps to its log), before its closing summary.
with_reasons() {
  awk -v log_file="$LOG" '
    match($0, /Test +#[0-9]+: +[^ ]+/) && / sec$/ {
      name = $0; sub(/.*Test +#[0-9]+: +/, "", name); sub(/ .*/, "", name)
      seconds[name] = $(NF - 1)
    }
    /^[0-9]+% tests passed/ {closing = 1}
    closing {held = held $0 "\n"; next}
    {print; fflush()}
    END {
      if (length(seconds)) print "\nSlowest tests (s):"
      for (n = 0; n < 10 && length(seconds); n++) {
        slowest = ""
        for (name in seconds) if (slowest == "" || seconds[name] + 0 > seconds[slowest] + 0) slowest = name
        printf "%9.2f  %s\n", seconds[slowest], slowest
        delete seconds[slowest]
      }
      while (closing && (getline line < log_file) > 0) {
        if (match(line, /Testing: /)) name = substr(line, RSTART + RLENGTH)
        if (line ~ /^skipped: /) printf "%s was %s\n", name, line
      }
      printf "%s", held
    }'
}

ctest --preset release --no-tests=error --parallel "$(nproc)" "$@" 2>&1 | with_reasons
