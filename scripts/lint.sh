#!/usr/bin/env bash
# What a compiler and a reader would complain about.
#
#   scripts/lint.sh [--no-install] [STEP...]     all steps by default:
#     format   clang-format has nothing to change
#     house    no file over 400 lines, no line over 100 columns, no way around the views, no open ends
#     clang    everything compiles with clang++-19, warnings as errors; unoptimised, since clang warns before it optimises
#     tidy     clang-tidy has nothing to say of include/ and src/
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
steps=("${@:-format house clang tidy}")
read -ra steps <<<"${steps[*]}"

sources() { find include src tests bench -name '*.h' -o -name '*.cpp' | sort; }

search() { sources | xargs -r grep -n "$@" /dev/null || true; } # GREP'S OPTIONS AND PATTERN

complain() { # TEXT, and the offending lines on stdin: fails if there are any.
    local lines
    lines=$(cat)
    [[ -n $lines ]] || return 0
    say "$1"
    printf '%s\n' "$lines" >&2
    return 1
}

step_format() { "$root/scripts/format.sh" --check; }

step_house() {
    local failed=0
    cd "$root"
    sources | xargs -r wc -l | awk '$2 != "total" && $1 > 400' | complain "over 400 lines:" || failed=1
    search -E '.{101}' | complain "over 100 columns:" || failed=1
    search -E '#include "\.\.?/' | complain "an include around the views:" || failed=1
    search -wE 'TODO|FIXME|XXX' | complain "an open end:" || failed=1
    return $failed
}

step_clang() {
    "$root/scripts/setup.sh" "${install_option[@]}" build test bench clang
    configure debug-clang -DPAXOS_TESTS=ON -DPAXOS_BENCH=ON
    build debug-clang all paxos_bench
}

step_tidy() {
    "$root/scripts/setup.sh" "${install_option[@]}" build test lint
    configure debug-clang -DPAXOS_TESTS=ON
    build debug-clang paxos_build_info
    (cd "$root" && find src -name '*.cpp' -print0 |
        xargs -0 -r -n 1 -P "$(nproc)" clang-tidy-19 --quiet --warnings-as-errors='*' -p build/debug-clang)
}

for step in "${steps[@]}"; do
    case $step in
    format | house | clang | tidy) ;;
    *) fail 2 "$step: no such step (format, house, clang, tidy)" ;;
    esac
done
failed=()
for step in "${steps[@]}"; do
    ("step_$step") || failed+=("$step")
done
[[ ${#failed[@]} -eq 0 ]] || fail 1 "failed: ${failed[*]}"
