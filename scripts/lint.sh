#!/usr/bin/env bash
# Static checks of the sources.
#
#   scripts/lint.sh [--no-install] [STEP...]     all steps by default:
#     format   clang-format has nothing to change
#     limits   no file over 400 lines, no line over 100 columns (scripts and CMake files too), no
#              include with a relative path, no TODO
#     tidy     clang-tidy reports nothing in include/ and src/. This includes the warnings of
#              clang++-19, which clang-tidy reports because -Werror makes them errors
#     clang    clang++-19 does not warn about tests, micro-benchmarks and planted builds (programs
#              with the faults of tests/plants). The step only parses their sources, which suffices
#              for warnings. scripts/fuzz.sh builds and runs programs with clang++-19
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
steps=("${@:-format limits tidy clang}")
read -ra steps <<<"${steps[*]}"

sources() { find include src tests bench docs -name '*.h' -o -name '*.cpp' | sort; }

search() { sources | xargs -r grep -n "$@" /dev/null || true; } # GREP'S OPTIONS AND PATTERN

fail_on_lines() { # TEXT: if there are lines on stdin, prints TEXT and the lines, and fails.
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
    {
        sources
        printf '%s\n' CMakeLists.txt scripts/*.* scripts/{cmake,completion,package}/* \
            tests/*.sh tests/hosts/*.sh
    } | { xargs grep -nE '.{101}' || true; } | fail_on_lines "over 100 columns:" || failed=1
    search -E '#include "\.\.?/' | fail_on_lines "an include with a relative path:" || failed=1
    search -wE 'TODO|FIXME|XXX' | fail_on_lines "unfinished:" || failed=1
    return $failed
}

# Makes what clang-tidy and clang++ need before they can parse: compile_commands.json, build_info.h,
# the tests' precompiled headers, and the patched sources of the planted builds.
prepare_clang() {
    "$root/scripts/setup.sh" "${install_option[@]}" build test bench clang lint
    configure debug-clang -DPAXOS_TESTS=ON -DPAXOS_BENCH=ON
    build debug-clang paxos_build_info paxos_test_headers paxos_plants
    cd "$root"
}

step_tidy() {
    prepare_clang
    find src -name '*.cpp' -print0 | xargs -0 -r -n 1 -P "$(nproc)" \
        clang-tidy-19 --quiet --warnings-as-errors='*' -p build/debug-clang
}

step_clang() {
    prepare_clang
    local commands
    commands=$(sed -nE '/-c .*\/(tests|bench|Unity)\//s/^ *"command": "(.*)",$/\1/p' \
        build/debug-clang/compile_commands.json | sed 's/\\\(.\)/\1/g')
    [[ $(wc -l <<<"$commands") -gt 50 ]] || fail 1 "compile_commands.json: no commands of the tests"
    tr '\n' '\0' <<<"$commands" | xargs -0 -r -I {} -P "$(nproc)" bash -c '{} -fsyntax-only'
}

for step in "${steps[@]}"; do
    case $step in
    format | limits | tidy | clang) ;;
    *) fail 2 "$step: no such step (format, limits, tidy, clang)" ;;
    esac
done
failed=()
for step in "${steps[@]}"; do
    begun=$SECONDS
    ("step_$step") || failed+=("$step")
    note_time "$step" $((SECONDS - begun))
done
[[ ${#failed[@]} -eq 0 ]] || fail 1 "failed: ${failed[*]}"
