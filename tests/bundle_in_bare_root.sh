#!/usr/bin/env bash
# launch/bundle.sh's folder in a root that holds nothing but Debian's smallest system: debootstrap's minbase, the bundle
# under another path, and torch bind-mounted. By hand, as root, after launch/build.sh; takes some minutes.
#
# Example:  tests/bundle_in_bare_root.sh /var/tmp/verdict-bare     # a root made there before is used again
set -euo pipefail

source_tree="$(cd "$(dirname "$0")/.." && pwd)"
root="${1:-/var/tmp/verdict-bare}"
fail() { echo "bundle_in_bare_root: $*" >&2; exit 1; }
[[ $(id -u) == 0 ]] || fail "needs root, for debootstrap and chroot"
command -v debootstrap >/dev/null || fail "type: apt-get install debootstrap"
# Mounts of our own, which go away with this process, however it ends.
if [[ ${BARE_ROOT_UNSHARED:-} != yes ]]; then
  BARE_ROOT_UNSHARED=yes exec unshare --mount --propagation private "$0" "$root"
fi

if [[ ! -e $root/etc/debian_version ]]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
  debootstrap --variant=minbase bookworm "$root" "${mirror:?apt-get on this machine knows no package source}" >/dev/null
fi
packages=$(chroot "$root" dpkg-query -W -f '${binary:Package}\n')
! grep -E '^(openmpi|libopenmpi|libhdf5|libspdlog|python3)' <<<"$packages" || fail "$root is not bare"

rm -rf "$root/moved"
mkdir -p "$root/moved" "$root/torch"
"$source_tree/launch/bundle.sh" "$root/moved/bundle"
site=$("$source_tree/.venv/bin/python" -c 'import importlib.util; print(importlib.util.find_spec("torch").submodule_search_locations[0] + "/..")')
mount --bind "$(realpath "$site")" "$root/torch"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"

# Tiny models and shards, as the tests make them.
(cd "$source_tree/tests/app" && PYTHONDONTWRITEBYTECODE=1 "$source_tree/.venv/bin/python" - \
  "$source_tree/build/release/verdict" "$root/tmp" <<'PYTHON'
import sys
from pathlib import Path
import fixtures, support
folder = support.EndToEnd.folder = Path(sys.argv[2])
(folder / "models").mkdir()
support.EndToEnd.make_model("one", 1)
support.EndToEnd.make_model("two", 2)
fixtures.write_shard(folder / "task.h5", fixtures.random_tokens(1, 6))
support.write_inputs(folder, [support.competition(1, "bare", [support.task("task", "task.h5", 1.0)])],
                     [support.candidate(1, "one"), support.candidate(2, "two")])
PYTHON
)
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp VERDICT_TORCH=/torch/torch chroot "$root" bash -c "cd /tmp && $1"; }
evaluate="/moved/bundle/bin/verdict evaluate --competitions inputs.toml --candidates inputs.json"
inside "/moved/bundle/bin/verdict --version"
inside "source /moved/bundle/mpi_env.sh && mpi_env 2 && /moved/bundle/bin/mpirun -n 2 $evaluate --tp 2 --out two"
inside "$evaluate --tp 1 --out one"
inside "/moved/bundle/bin/verdict inspect one"

# The same numbers as outside, bit for bit.
(cd "$root/tmp" && "$source_tree/build/release/verdict" evaluate --competitions inputs.toml --candidates inputs.json \
  --tp 1 --out outside >/dev/null 2>&1)
"$source_tree/.venv/bin/python" - "$root/tmp" <<'PYTHON'
import sys, h5py
losses = [h5py.File(f"{sys.argv[1]}/{run}/results.h5")["competitions/bare/samples/task/nll_sum"][:] for run in ("one", "outside")]
assert losses[0].size > 0 and (losses[0] == losses[1]).all(), losses
print(f"bundle_in_bare_root: the {losses[0].size} losses are those of the build, bit for bit")
PYTHON
