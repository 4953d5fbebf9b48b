#!/usr/bin/env bash
# Sets up and builds. Quick when nothing changed. The programs are then in build/PRESET.
#
# Examples:  launch/build.sh              # what users run
#            launch/build.sh release all  # with the tests
#            launch/build.sh asan all     # any other preset of CMakePresets.json
source "$(dirname "$0")/common.sh"

case "${1:-}" in
  -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
preset="${1:-release}"
target="${2:-programs}"
folder="$VERDICT_ROOT/build/$preset"
cd "$VERDICT_ROOT"
launch/setup.sh

# CMake runs itself again when its files change; the presets and nvcc are outside of what it watches.
nvcc=$(command -v nvcc || true)
if [[ ! -f $folder/build.ninja || CMakePresets.json -nt $folder/build.ninja || $nvcc != "$(cat "$folder/nvcc-found" 2>/dev/null)" ]]; then
  say "configuring preset $preset"
  quietly "configure-$preset" cmake --preset "$preset"
  echo "$nvcc" >"$folder/nvcc-found"
fi

# ccache adds a line for each of our compilations, whoever else is using the same cache.
export CCACHE_STATSLOG="$VERDICT_LOGS/ccache-$preset.log"
mkdir -p "$VERDICT_LOGS"
: >"$CCACHE_STATSLOG"
NINJA_STATUS="build: [%f/%t, %es] " cmake --build --preset "$preset" --target "$target" --parallel "$(build_jobs)" 1>&2 ||
  fail "the build failed; the compiler's messages are above"
hits=$(grep -cE '^(direct|preprocessed)_cache_hit$' "$CCACHE_STATSLOG" || true)
misses=$(grep -c '^cache_miss$' "$CCACHE_STATSLOG" || true)
((hits + misses == 0)) || say "ccache had $hits of $((hits + misses)) compilations"

programs=()
for program in verdict verdict-eval; do
  [[ -x $folder/$program ]] && programs+=("build/$preset/$program")
done
say "ready: ${programs[*]:-$folder}"
