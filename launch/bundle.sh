#!/usr/bin/env bash
# Makes a folder with the programs, their libraries and the runtime of Open MPI, that runs on another Linux machine of this
# processor with a C library no older than this one's, without any package installed. Only torch is not in it: it must be
# there in the same version (as the Python package).
#
# Examples:  launch/bundle.sh verdict-bundle                     # from build/release
#            launch/bundle.sh verdict-bundle build/cpu
# There:     VERDICT_TORCH=/path/to/site-packages/torch verdict-bundle/bin/mpirun -n 4 verdict-bundle/bin/verdict evaluate …
source "$(dirname "$0")/common.sh"

case "${1:-}" in
  "" | -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
[[ ! -e $1 ]] || fail "$1 is there already"
target="$(realpath -m "$1")"
programs="$(realpath "${2:-$VERDICT_ROOT/build/release}")"
[[ -x $programs/verdict && -x $programs/verdict-eval ]] || fail "$programs holds no verdict and verdict-eval: run launch/build.sh"
torch="$("$VERDICT_PYTHON" -c 'import importlib.util; print(importlib.util.find_spec("torch").submodule_search_locations[0])')"
partial="$target.partial.$$"
trap 'rm -rf "$partial"' EXIT

# needed_by FILE…: paths of the libraries that they load, but for torch's and those of the C library, which must fit the
# system's loader and therefore stay the system's.
needed_by() {
  local found
  found=$(LD_LIBRARY_PATH="$torch/lib" ldd "$@")
  ! grep 'not found' <<<"$found" >&2 || fail "a library is missing on this machine"
  sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' <<<"$found" | sort -u |
    grep -vE '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|resolv|util|anl|nsl|BrokenLocale|mvec|thread_db))\.so' |
    grep -vE '/site-packages/' || true
}

# Open MPI says itself where its parts are; PMIx lies beside its library.
ompi_path() { ompi_info --parsable --path "$1" | sed 's/^path:[^:]*://'; }

copy_mpi() {
  local pmix
  pmix="$(dirname "$(readlink -f "$(ldconfig -p | sed -n 's/.*libpmix\.so\.2 .* => //p' | head -n 1)")")"
  mkdir -p "$partial/mpi/lib" "$partial/mpi/etc" "$partial/mpi/share" "$partial/mpi/bin"
  cp -L "$(ompi_path bindir)"/{orterun,orted} "$partial/mpi/bin/"
  cp -rL "$(ompi_path pkglibdir)" "$partial/mpi/lib/openmpi"
  cp -rL "$pmix/pmix" "$partial/mpi/lib/pmix"
  cp -rL "$(ompi_path sysconfdir)/." "$partial/mpi/etc/"
  cp -rL "$(ompi_path pkgdatadir)" "$partial/mpi/share/openmpi"
  cp -rL "$pmix/../share/pmix" "$partial/mpi/share/pmix"
}

# Plugins for networks and launchers whose libraries are not on this machine would fail there as they do here.
drop_plugins_without_libraries() {
  local plugin
  for plugin in "$partial"/mpi/lib/{openmpi,pmix}/*.so; do
    ! LD_LIBRARY_PATH="$torch/lib" ldd "$plugin" | grep -q 'not found' || rm "$plugin"
  done
}

# wrapper NAME PROGRAM: sets what must be known of the place of the folder, then becomes the program.
wrapper() {
  cat >"$partial/bin/$1" <<WRAPPER
#!/bin/sh
here=\$(cd "\$(dirname "\$(readlink -f "\$0")")/.." && pwd)
torch=\${VERDICT_TORCH:-$torch}
nvidia=\$torch/../nvidia  # only there, and of use, where torch is one for CUDA
export LD_LIBRARY_PATH="\$here/lib:\$torch/lib:\$nvidia/cu13/lib:\$nvidia/nccl/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export OPAL_PREFIX="\$here/mpi" OPAL_LIBDIR="\$here/mpi/lib" OPAL_PKGLIBDIR="\$here/mpi/lib/openmpi"
export OPAL_SYSCONFDIR="\$here/mpi/etc" OPAL_PKGDATADIR="\$here/mpi/share/openmpi" OPAL_BINDIR="\$here/mpi/bin"
export PMIX_PREFIX="\$here/mpi" PMIX_LIBDIR="\$here/mpi/lib" PMIX_PKGLIBDIR="\$here/mpi/lib/pmix"
export PMIX_SYSCONFDIR="\$here/mpi/etc" PMIX_PKGDATADIR="\$here/mpi/share/pmix"
# mpirun looks for a way to other nodes even where there are none.
command -v ssh >/dev/null || command -v rsh >/dev/null || export OMPI_MCA_plm_rsh_agent="\${OMPI_MCA_plm_rsh_agent:-/bin/false}"
exec "\$here/$2" "\$@"
WRAPPER
  chmod +x "$partial/bin/$1"
}

mkdir -p "$partial/bin" "$partial/lib" "$partial/programs"
cp "$programs"/verdict "$programs"/verdict-eval "$partial/programs/"
copy_mpi
drop_plugins_without_libraries
mapfile -t libraries < <(needed_by "$partial"/programs/* "$partial"/mpi/bin/* "$partial"/mpi/lib/{openmpi,pmix}/*.so)
cp -L "${libraries[@]}" "$partial/lib/"
cp "$VERDICT_ROOT/launch/mpi_env.sh" "$partial/"
wrapper verdict programs/verdict
wrapper mpirun mpi/bin/orterun
"$VERDICT_PYTHON" -c 'import torch; print("torch", torch.__version__)' >"$partial/needs.txt"
mv "$partial" "$target"
say "$1: ${#libraries[@]} libraries, $(du -sm "$target" | cut -f1) MB; needs $(<"$target/needs.txt") and the C library of $(ldd --version | head -n 1 | grep -o '[0-9.]*$') or later"
