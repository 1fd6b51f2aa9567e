#!/usr/bin/env bash
# Installs the Debian packages that are missing. Prints nothing if none is missing.
#
#   scripts/setup.sh [--no-install] [GROUP...]     groups: build (the default), test, bench, clang,
#                                                  lint, instructions, browser, hosts, tools,
#                                                  package, ci
#
# If packages remain missing, exits with 3 and lists them. They remain missing if --no-install was
# given, if the user is not root and has no sudo, or if apt-get fails.
source "$(dirname "$0")/lib.sh"

build=(g++ cmake ninja-build pkg-config liburing-dev libhwloc-dev libxxhash-dev libsodium-dev
    libfmt-dev nlohmann-json3-dev libcli11-dev libmimalloc-dev libjs-chart.js gettext)
test=(libgtest-dev libgmock-dev librapidcheck-dev rapidjson-dev patch mandoc)
bench=(libbenchmark-dev)
clang=(clang-19 libclang-rt-19-dev)
lint=(clang-19 clang-tidy-19 clang-format-19)
instructions=(valgrind)
# Tests of the report's page in a browser are skipped without chromium. scripts/pictures.sh needs
# both packages.
browser=(chromium webp)
# For tests that start nodes on several hosts: Slurm, Open MPI, and PMIx's header for the program.
hosts=(libpmix-dev slurmd slurmctld slurm-client munge openmpi-bin iproute2 util-linux)
# Programs that some tests run: compare.py of Google Benchmark, and two shells.
tools=(libbenchmark-tools python3-scipy zsh fish)
package=(dpkg-dev lintian mmdebstrap)
ci=(jq)

take_no_install "$@"
shift "$taken"
packages=()
for group in "${@:-build}"; do
    case $group in
    build | test | bench | clang | lint | instructions | browser | hosts | tools | \
        package | ci)
        declare -n members=$group
        packages+=("${members[@]}")
        ;;
    *)
        fail 2 "$group: no such group (build, test, bench, clang, lint, instructions, browser," \
            "hosts, tools, package, ci)"
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    # This system is not Debian. CMake lists the libraries that it does not find.
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $status == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
command="apt-get update && $install"
remedy="as root: $command"
if [[ ${#install_option[@]} -gt 0 ]]; then
    fail 3 "missing Debian packages: ${missing[*]}
  --no-install was given, so nothing is installed; $remedy"
fi
sudo=()
if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || fail 3 "missing Debian packages: ${missing[*]}
  you are not root, and sudo is not installed; $remedy"
    sudo=(sudo)
fi

prefix=${sudo[*]:+sudo }
report "installing ${#missing[@]} missing packages: ${prefix}apt-get update && $prefix$install"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_apt() {
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" \
        </dev/null >>"$log" 2>&1
}
# An update may fail because of an unrelated package source. Only the installation has to succeed.
run_apt update || report "apt-get update failed; continuing with the present package lists"
run_apt install -y --no-install-recommends "${missing[@]}" || {
    cat "$log" >&2
    fail 3 "the packages could not be installed, see above; $remedy"
}
