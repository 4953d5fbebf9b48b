#!/usr/bin/env bash
# Sets up and builds. Quick when nothing changed. The programs are then in build/PRESET.
#
# Examples:  launch/build.sh            # what users run
#            launch/build.sh asan       # any other preset of CMakePresets.json
source "$(dirname "$0")/common.sh"

case "${1:-}" in
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
preset="${1:-release}"
folder="$VERDICT_ROOT/build/$preset"
cd "$VERDICT_ROOT"
launch/setup.sh

# Sum of hits and of compilations that ccache has seen in its life; empty without ccache.
ccache_counts() {
  command -v ccache >/dev/null || return 0
  ccache --print-stats 2>/dev/null | awk '
    /^(direct|preprocessed)_cache_hit\t/ {hits += $2; all += $2}
    /^cache_miss\t/ {all += $2}
    END {print hits + 0, all + 0}'
}

# CMake runs itself again when its files change; only the presets are outside of what it watches.
if [[ ! -f $folder/build.ninja || CMakePresets.json -nt $folder/build.ninja ]]; then
  say "configuring preset $preset"
  quietly "configure-$preset" cmake --preset "$preset"
fi

read -r hits_before all_before < <(ccache_counts; echo)
jobs=$(build_jobs)
NINJA_STATUS="build: [%f/%t, %es] " cmake --build --preset "$preset" --parallel "$jobs" 1>&2 ||
  fail "the build failed; the compiler's messages are above"
read -r hits_after all_after < <(ccache_counts; echo)
if [[ -n ${all_after:-} ]] && ((all_after > all_before)); then
  say "ccache had $((hits_after - hits_before)) of $((all_after - all_before)) compilations"
fi

programs=()
for program in verdict verdict-eval; do
  [[ -x $folder/$program ]] && programs+=("build/$preset/$program")
done
say "ready: ${programs[*]:-$folder}"
