#!/usr/bin/env bash
# Installs the Debian packages that are missing, and says nothing when none is.
#
#   scripts/setup.sh [--no-install] [GROUP...]     groups: build (the default), test, bench, clang, lint,
#                                                 instructions, ci
#
# Exit 3, with the list of packages, when they may not or cannot be installed.
source "$(dirname "$0")/lib.sh"

build=(g++ cmake ninja-build pkg-config liburing-dev libhwloc-dev libxxhash-dev libfmt-dev nlohmann-json3-dev
    libcli11-dev libmimalloc-dev)
test=(libgtest-dev libgmock-dev librapidcheck-dev)
bench=(libbenchmark-dev)
clang=(clang-19 libclang-rt-19-dev)
lint=(clang-19 clang-tidy-19 clang-format-19)
instructions=(valgrind)
ci=(jq)

take_no_install "$@"
shift "$taken"
packages=()
for group in "${@:-build}"; do
    case $group in
    build | test | bench | clang | lint | instructions | ci)
        declare -n members=$group
        packages+=("${members[@]}")
        ;;
    *) fail 2 "$group: no such group of packages (build, test, bench, clang, lint, instructions, ci)" ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    # Not Debian. CMake will name what it does not find.
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $status == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

command="apt-get install -y --no-install-recommends ${missing[*]}"
remedy="as root: $command"
if [[ ${#install_option[@]} -gt 0 ]]; then
    fail 3 "missing Debian packages: ${missing[*]}
  --no-install was given, so nothing is installed; $remedy"
fi
sudo=()
if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || fail 3 "missing Debian packages: ${missing[*]}
  we are not root and there is no sudo; $remedy"
    sudo=(sudo)
fi

say "${sudo[*]:+sudo }$command"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_apt() {
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$log" 2>&1
}
# An update that fails for one foreign source may still have brought Debian's list: the installation decides.
run_apt update || true
run_apt install -y --no-install-recommends "${missing[@]}" || {
    cat "$log" >&2
    fail 3 "the packages could not be installed, see above; $remedy"
}
