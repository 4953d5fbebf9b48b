#!/usr/bin/env bash
# The README's two commands on a machine that has nothing: a root made with debootstrap, with the network's
# configuration of this machine (CA certificates, package sources, proxies) and a fresh clone of the last commit in it.
# By hand, as root: it fetches about 6 GB, needs 25 GB of disk and the better part of an hour. What it printed the last
# time is in docs/fresh-install.txt.
#
# Examples:  tests/fresh_install.sh                                         # the demo, then every test
#            tests/fresh_install.sh --root /var/tmp/fresh --keep launch/demo.sh
#            tests/fresh_install.sh --cuda /usr/local/cuda-13.0             # with the nvcc of this machine in it
set -euo pipefail

source_tree="$(cd "$(dirname "$0")/.." && pwd)"
root="/var/tmp/verdict-fresh"
cuda=""
keep=no
commands=()
say() { printf 'fresh_install: %s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

while (($#)); do
  case "$1" in
    --root) root="${2:?--root needs a folder}"; shift 2 ;;
    --cuda) cuda="${2:?--cuda needs a folder}"; shift 2 ;;
    --keep) keep=yes; shift ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) fail "unknown option '$1'; known are --root, --cuda, --keep" ;;
    *) commands+=("$1"); shift ;;
  esac
done
((${#commands[@]})) || commands=(launch/demo.sh launch/test.sh)
[[ $(id -u) == 0 ]] || fail "needs root, for debootstrap and chroot"
command -v debootstrap >/dev/null || fail "type: apt-get install debootstrap"
[[ -z $cuda || -x $cuda/bin/nvcc ]] || fail "--cuda $cuda: there is no bin/nvcc"

# Mounts of our own, which go away with this process, however it ends.
if [[ ${FRESH_INSTALL_UNSHARED:-} != yes ]]; then
  options=(--root "$root")
  [[ -z $cuda ]] || options+=(--cuda "$cuda")
  [[ $keep == no ]] || options+=(--keep)
  FRESH_INSTALL_UNSHARED=yes exec unshare --mount --propagation private "$0" "${options[@]}" "${commands[@]}"
fi

# Prints the variables by which this machine reaches its network, as NAME=VALUE lines.
network_environment() {
  env | grep -E '^(https?_proxy|ftp_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|PIP_[A-Z_]+|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)=' || true
}

# copy PATH…: of the host, to the same place in the root, where it exists.
copy() {
  local path
  for path in "$@"; do
    [[ -e $path ]] || continue
    mkdir -p "$root$(dirname "$path")"
    cp -rL --remove-destination "$path" "$root$(dirname "$path")/"
  done
}

make_root() {
  local mirror
  # shellcheck disable=SC2016 # REPO_URI is for apt-get to fill in
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
  [[ -n $mirror ]] || fail "apt-get on this machine knows no package source: fill /etc/apt/sources.list"
  say "debootstrap bookworm into $root"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" \
    >"$root.debootstrap.log" 2>&1 || { tail -n 20 "$root.debootstrap.log" >&2; fail "debootstrap failed"; }
  rm -f "$root"/etc/apt/sources.list "$root"/etc/apt/apt.conf.d/*
  copy /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf /etc/apt/apt.conf.d \
    /usr/share/keyrings /etc/ssl/certs /usr/local/share/ca-certificates /etc/pip.conf /etc/resolv.conf /etc/hosts
}

enter_mounts() {
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/tmp"
  if [[ -n $cuda ]]; then
    mkdir -p "$root/usr/local/cuda"
    mount --bind "$cuda" "$root/usr/local/cuda"
  fi
}

# inside COMMAND: in the root, in the clone, with an environment of nothing but what a login and the network need.
inside() {
  local settings
  mapfile -t settings < <(network_environment)
  local path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  [[ -z $cuda ]] || path="/usr/local/cuda/bin:$path"
  env -i HOME=/root LANG=C.UTF-8 TERM=dumb PATH="$path" "${settings[@]}" \
    chroot "$root" bash -c "cd /root/verdict && $1" </dev/null
}

[[ -e $root/etc/debian_version ]] || make_root
enter_mounts
# A root that is used again (--keep) is brought to the last commit, and keeps what was installed and built in it.
if [[ -d $root/root/verdict ]]; then
  git -C "$root/root/verdict" fetch --quiet "file://$source_tree" HEAD
  git -C "$root/root/verdict" reset --quiet --hard FETCH_HEAD
else
  git clone --quiet --no-hardlinks "file://$source_tree" "$root/root/verdict"
fi
say "Debian $(<"$root/etc/debian_version"), $(nproc) cores, commit $(git -C "$root/root/verdict" rev-parse --short HEAD)," \
  "nvcc: $([[ -n $cuda ]] && echo "the one of $cuda" || echo none), $(inside 'dpkg-query -f "x\n" -W' | wc -l) packages"
for command in "${commands[@]}"; do
  say "$ $command"
  start=$SECONDS
  status=0
  inside "$command" || status=$?
  say "$command ended with $status after $((SECONDS - start)) s"
  ((status == 0)) || exit "$status"
done
if [[ $keep == no ]]; then
  umount -R "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
  [[ -z $cuda ]] || umount "$root/usr/local/cuda"
  rm -rf --one-file-system "$root"
fi
