#!/usr/bin/env bash
# Fuzzes each target for SECONDS under ASan and UBSan, with as many targets in parallel as there are
# cores. The corpus stays in build/fuzz/corpus for the next run; findings are in
# build/fuzz/findings.
#
#   scripts/fuzz.sh [--no-install] SECONDS [TARGET...]     by default all tests/fuzz/<target>.cpp
#
# Exits with 1 if a target found a bug, and prints the command that replays it. Once the bug is
# fixed, add the input to tests/fuzz/corpus/<target> under a name that describes the bug.
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
[[ ${1-} =~ ^[1-9][0-9]*$ ]] || fail 2 "SECONDS for each target must come first, such as 60"
seconds=$1
shift

cd "$root"
known=()
for source in tests/fuzz/*.cpp; do
    target=$(basename "$source" .cpp)
    [[ $target == replay ]] || known+=("$target")
done
targets=("$@")
[[ $# -gt 0 ]] || targets=("${known[@]}")
for target in "${targets[@]}"; do
    [[ " ${known[*]} " == *" $target "* ]] || fail 2 "$target: no such target (${known[*]})"
done

"$root/scripts/setup.sh" "${install_option[@]}" build clang
configure fuzz
build fuzz paxos_fuzz

fuzz() { # TARGET
    local target=$1 out=build/fuzz
    local corpus=$out/corpus/$target findings=$out/findings/$target log=$out/$target.log
    local options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048
        -artifact_prefix="$findings/")
    mkdir -p "$corpus" "$findings"
    [[ ! -f tests/fuzz/$target.dict ]] || options+=(-dict="tests/fuzz/$target.dict")
    # Allows long inputs from the start, because an input is a sequence of steps, and a short
    # sequence reaches few states.
    [[ $target != protocol ]] || options+=(-len_control=0 -max_len=2048)
    if "$out/fuzz_$target" "${options[@]}" "$corpus" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
        local coverage
        coverage=$(grep -aoE 'cov: [0-9]+' "$log" | tail -1)
        report "$target: $coverage, $(tail -1 "$log"), no findings"
        return
    fi
    grep -aE '^broken|assertion failed|^SUMMARY|^==[0-9]+==ERROR' "$log" >&2 || tail -20 "$log" >&2
    report "$target: failed ($log); to replay it:"
    grep -aoE "$findings/[a-z]+-[0-9a-f]+" "$log" | sed "s|^|  $out/fuzz_$target |" >&2
    return 1
}

failed=0
running=0
for target in "${targets[@]}"; do
    if [[ $running -ge $(nproc) ]]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
    fuzz "$target" &
    running=$((running + 1))
done
for ((; running > 0; running--)); do
    wait -n || failed=1
done
exit "$failed"
