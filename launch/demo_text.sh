#!/usr/bin/env bash
# Fetches text for the demo: Debian packages, unpacked and not installed. Nothing is done if it is there already.
#
# Example:  launch/demo_text.sh .demo/text      # makes .demo/text/prose and .demo/text/code
source "$(dirname "$0")/common.sh"

[[ $# == 1 ]] || fail "a folder expected: $0 FOLDER"
mkdir -p "$(dirname "$1")"
target="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
[[ -d $target ]] && exit 0

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

say "fetching text from two Debian packages"
unpack developers-reference
unpack libpython3.11-stdlib
mkdir -p "$work/text/prose" "$work/text/code"
cp "$work"/developers-reference/usr/share/developers-reference/_sources/*.rst.txt "$work/text/prose"
for package in json asyncio; do
  for file in "$work/libpython3.11-stdlib/usr/lib/python3.11/$package"/*.py; do
    cp "$file" "$work/text/code/$package-$(basename "$file")"
  done
done
mv "$work/text" "$target"
