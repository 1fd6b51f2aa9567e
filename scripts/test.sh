#!/usr/bin/env bash
# Everything from a fresh machine to a verdict: installs what is missing, builds, runs all tests as they are measured
# and again under AddressSanitizer and UBSan.
#
#   scripts/test.sh [--no-install] [options for ctest, as -R name]
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
"$root/scripts/setup.sh" "${install_option[@]}" build test

# Failures with all they said, and the closing lines; not a line for each test that passed.
run_tests() { # PRESET [OPTION...]
    say "running the tests of $1"
    (cd "$root" && ctest --preset "$@" 2>&1) | grep --line-buffered -vE '^ +Start +[0-9]+:|\.\.\. +Passed +'
}

failed=0
for preset in release asan; do
    configure "$preset" -DPAXOS_TESTS=ON
    build "$preset"
    run_tests "$preset" "$@" || failed=1
done
[[ $failed -eq 0 ]] || fail 1 "tests failed, see above"
