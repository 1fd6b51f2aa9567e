#!/usr/bin/env bash
# Installs what is missing, builds, and runs all tests in the release build, and most of them again
# under AddressSanitizer and UBSan.
#
#   scripts/test.sh [--no-install] [options of ctest, such as -R name]
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
"$root/scripts/setup.sh" "${install_option[@]}" build test

# Prints failed tests with their output and ctest's summary, but no line for a test that passed.
run_tests() { # PRESET [OPTION...]
    report "running the tests of $1"
    (cd "$root" && ctest --preset "$@" 2>&1) |
        grep --line-buffered -vE '^ +Start +[0-9]+:|\.\.\. +Passed +'
}

failed=0
for preset in release asan; do
    configure "$preset" -DPAXOS_TESTS=ON
    build "$preset"
    begun=$SECONDS
    run_tests "$preset" "$@" || failed=1
    note_time "tests of $preset" $((SECONDS - begun))
done
[[ $failed -eq 0 ]] || fail 1 "tests failed, see above"
