#!/usr/bin/env bash
# Static checks of the sources.
#
#   scripts/lint.sh [--no-install] [STEP...]     all steps by default:
#     format   clang-format has nothing to change
#     limits   no file over 400 lines, no line over 100 columns (scripts and CMake files too), no
#              include with a relative path, no TODO
#     clang    everything compiles with clang++-19, warnings as errors. Unoptimised, because clang
#              warns before it optimises
#     tidy     clang-tidy reports nothing in include/ and src/
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
steps=("${@:-format limits clang tidy}")
read -ra steps <<<"${steps[*]}"

sources() { find include src tests bench -name '*.h' -o -name '*.cpp' | sort; }

search() { sources | xargs -r grep -n "$@" /dev/null || true; } # GREP'S OPTIONS AND PATTERN

fail_on_lines() { # TEXT: fails if there are lines on stdin, and prints them.
    local lines
    lines=$(cat)
    [[ -n $lines ]] || return 0
    report "$1"
    printf '%s\n' "$lines" >&2
    return 1
}

step_format() { "$root/scripts/format.sh" --check; }

step_limits() {
    local failed=0
    cd "$root"
    sources | xargs -r wc -l | awk '$2 != "total" && $1 > 400' |
        fail_on_lines "over 400 lines:" || failed=1
    { sources && printf '%s\n' CMakeLists.txt scripts/*.* scripts/cmake/* tests/*.sh; } |
        { xargs grep -nE '.{101}' || true; } | fail_on_lines "over 100 columns:" || failed=1
    search -E '#include "\.\.?/' | fail_on_lines "an include with a relative path:" || failed=1
    search -wE 'TODO|FIXME|XXX' | fail_on_lines "unfinished:" || failed=1
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
    (cd "$root" && find src -name '*.cpp' -print0 | xargs -0 -r -n 1 -P "$(nproc)" \
        clang-tidy-19 --quiet --warnings-as-errors='*' -p build/debug-clang)
}

for step in "${steps[@]}"; do
    case $step in
    format | limits | clang | tidy) ;;
    *) fail 2 "$step: no such step (format, limits, clang, tidy)" ;;
    esac
done
failed=()
for step in "${steps[@]}"; do
    ("step_$step") || failed+=("$step")
done
[[ ${#failed[@]} -eq 0 ]] || fail 1 "failed: ${failed[*]}"
