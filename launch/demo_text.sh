#!/usr/bin/env bash
# Fetches text for the demo: Debian packages, unpacked and not installed. Nothing is done if it is there already.
# Training and evaluation have files of their own in each domain.
#
# Example:  launch/demo_text.sh .demo/text      # makes .demo/text/{train,eval}/{prose,code,maths}
source "$(dirname "$0")/common.sh"

[[ $# == 1 ]] || fail "a folder expected: $0 FOLDER"
mkdir -p "$(dirname "$1")"
target="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
[[ -d $target/eval/maths ]] && exit 0

work=$(mktemp -d "$target.partial.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Slim images have no package lists until the first update.
ensure_listed() {
  [[ -n $(apt-cache show --no-all-versions "$1" 2>/dev/null) ]] && return 0
  local as_root=()
  if [[ $(id -u) != 0 ]]; then
    sudo -n true 2>/dev/null || fail "the package lists do not know $1; type: sudo apt-get update"
    as_root=(sudo -n)
  fi
  quietly apt-update "${as_root[@]}" apt-get update
}

# unpack PACKAGE: into $work/PACKAGE.
unpack() {
  ensure_listed "$1"
  (cd "$work" && quietly "download-$1" apt-get -o APT::Sandbox::User=root download "$1")
  dpkg-deb -x "$work/$1"_*.deb "$work/$1"
}

# A handbook: two chapters to train on, the others to evaluate.
prose() {
  local chapters="$work/developers-reference/usr/share/developers-reference/_sources" name
  for name in best-pkging-practices beyond-pkging; do
    mv "$chapters/$name.rst.txt" "$work/text/train/prose"
  done
  cp "$chapters"/*.rst.txt "$work/text/eval/prose"
}

# Two packages of Python's own library.
code() {
  local library="$work/libpython3.11-stdlib/usr/lib/python3.11"
  cp "$library"/json/*.py "$work/text/train/code"
  cp "$library"/asyncio/*.py "$work/text/eval/code"
}

# What mpmath says of its special functions, with formulas and worked examples: every second function to train on.
maths() {
  "$VERDICT_PYTHON" - "$work/python3-mpmath/usr/lib/python3/dist-packages/mpmath/function_docs.py" "$work/text" <<'PYTHON'
import pathlib, re, sys
documents = re.findall(r'^(\w+) = r"""\n(.*?)"""', pathlib.Path(sys.argv[1]).read_text(), re.M | re.S)
assert len(documents) > 100, f"{sys.argv[1]}: more than 100 descriptions expected, {len(documents)} found"
for i, (name, text) in enumerate(documents):
    folder = pathlib.Path(sys.argv[2]) / ("train" if i % 2 else "eval") / "maths"
    (folder / f"{name}.txt").write_text(text)
PYTHON
}

say "fetching text from three Debian packages"
unpack developers-reference
unpack libpython3.11-stdlib
unpack python3-mpmath
mkdir -p "$work"/text/{train,eval}/{prose,code,maths}
prose
code
maths
rm -rf "$target"
mv "$work/text" "$target"
