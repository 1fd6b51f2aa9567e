#!/usr/bin/env bash
# Builds the Debian package into build/package, for every machine with x86-64-v2. Then checks the
# package with lintian and prints its path.
#
#   scripts/package.sh [--no-install] [--chroot]
#
# --chroot, as root: also installs the package in a minimal Debian 12 made by mmdebstrap, runs the
# program there, reads its manual, tries its completion, builds the examples, and removes the
# package. Needs the network.
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
in_chroot=0
if [[ ${1-} == --chroot ]]; then
    in_chroot=1
    shift
    [[ $EUID -eq 0 ]] || fail 2 "--chroot needs root"
fi
[[ $# -eq 0 ]] || fail 2 "$1: not an option"
"$root/scripts/setup.sh" "${install_option[@]}" build package

configure package
build package
rm -f "$root"/build/package/*.deb
logged package cpack --preset package
deb=$(echo "$root"/build/package/*.deb)
lintian --fail-on error,warning "$deb" >&2 || fail 1 "lintian found errors, see above"

if [[ $in_chroot -eq 1 ]]; then
    report "installing the package in a minimal Debian 12"
    in_minimal_debian "$deb" "$root/scripts/package/check_installed.sh" -- \
        bash /tmp/check_installed.sh >&2 || fail 1 "the package does not work there, see above"
fi
echo "$deb"
