#!/usr/bin/env bash
# Checks that the last commit builds, runs and passes its tests in a minimal Debian 12. When a user
# without sudo runs scripts/run.sh and scripts/test.sh, both must fail and list the missing
# packages. When root runs them, run.sh must print what it installs, and both must succeed. Needs
# root and the network; takes long.
#
#   scripts/chroot.sh [options of ctest, such as -R name]
source "$(dirname "$0")/lib.sh"

# Runs in the minimal Debian, in a clone of the sources.
check_clone() { # [OPTION...]
    local output code
    useradd --create-home user
    chmod -R a+rX "$root"
    for name in run test; do
        code=0
        output=$(su user -c "$root/scripts/$name.sh" 2>&1) || code=$?
        printf '%s\n' "$output" >&2
        [[ $code -eq 3 && $output == *"missing Debian packages: "*" liburing-dev "* &&
            $output == *"as root: apt-get update && apt-get install"* ]] ||
            fail 1 "scripts/$name.sh, as a user without sudo: exit code $code, see above"
    done
    output=$("$root/scripts/run.sh" --nodes 3 2>&1) || fail 1 "scripts/run.sh failed: $output"
    printf '%s\n' "$output" >&2
    for part in "installing " "apt-get update && apt-get install" "building for the first time" \
        "SAFE "; do
        [[ $output == *"$part"* ]] || fail 1 "scripts/run.sh did not say \"$part\", see above"
    done
    "$root/scripts/test.sh" "$@"
}
if [[ ${1-} == --inside ]]; then
    shift
    check_clone "$@"
    exit
fi

[[ $EUID -eq 0 ]] || fail 2 "needs root"
"$root/scripts/setup.sh" package
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git clone --quiet "$root" "$folder/paxos_fast"
report "checking $(git -C "$root" log -1 --format=%h) in a minimal Debian 12"
in_minimal_debian "$folder/paxos_fast" -- /tmp/paxos_fast/scripts/chroot.sh --inside "$@" >&2 ||
    fail 1 "the last commit did not pass these checks in a minimal Debian 12, see above"
