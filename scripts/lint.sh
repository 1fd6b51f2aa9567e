#!/usr/bin/env bash
# Static checks of the sources.
#
#   scripts/lint.sh [--no-install] [STEP...]     all steps by default:
#     format   clang-format has nothing to change
#     limits   no file over 400 lines, no line over 100 columns (scripts and CMake files too), no
#              include with a relative path, no TODO
#     tidy     clang-tidy reports nothing in include/ and src/. Its reports would include the
#              warnings of clang++-19, which -Werror turns into errors
#     clang    clang++-19 does not warn about any source, among them the tests, micro-benchmarks and
#              planted builds (programs with the faults of tests/plants). This step only parses the
#              sources. It parses each source alone, which finds missing includes. scripts/fuzz.sh
#              builds and runs programs with clang++-19
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

install_clang() {
    "$root/scripts/setup.sh" "${install_option[@]}" build test bench clang lint ci
    cd "$root"
}

# Reads the unity builds of the preset asan-clang. clang-tidy spends most of its time on the headers
# of libraries, which a unity build includes once for up to 16 sources.
step_tidy() {
    install_clang
    configure asan-clang -DPAXOS_TESTS=OFF -DPAXOS_BENCH=OFF
    build asan-clang paxos_build_info generated/paxos_{report,language}_files.cpp
    local files
    files=$(jq -r '.[].file | select(test("/(src|Unity)/"))' build/asan-clang/compile_commands.json)
    [[ $(wc -l <<<"$files") -gt 50 ]] || fail 1 "compile_commands.json: no sources"
    tr '\n' '\0' <<<"$files" | xargs -0 -r -n 1 -P "$(nproc)" \
        clang-tidy-19 --quiet --warnings-as-errors='*' -p build/asan-clang
}

# First builds what clang++ needs before it can parse: build_info.h, the tests' precompiled headers,
# and the patched sources of the planted builds.
step_clang() {
    install_clang
    configure debug-clang -DPAXOS_TESTS=ON -DPAXOS_BENCH=ON
    build debug-clang paxos_build_info paxos_test_headers paxos_plants
    local commands
    commands=$(jq -r '.[] | select(.file | test("/(src|tests|bench|Unity)/")).command' \
        build/debug-clang/compile_commands.json)
    [[ $(wc -l <<<"$commands") -gt 250 ]] || fail 1 "compile_commands.json: no sources"
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
