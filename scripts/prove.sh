#!/usr/bin/env bash
# The proofs that take too long for a test, each a step. Random choices come from a seed, and a
# failure ends with the command that replays it.
#
#   scripts/prove.sh [--no-install] [STEP...]     all steps by default:
#     sim      simulated worlds of faults, at least 10^7 decisions
#     fuzz     libFuzzer, 60 s a target, under ASan and UBSan
#     chaos    20 runs of real clusters: nodes killed and stopped, faults, forged datagrams
#     values   values of 224 bytes, which change every bound, in real runs of both protocols
#     mutants  every rule broken on purpose, one in each build (scripts/mutants.sh; uses no seed)
#
# PROVE_SEED (1): the first seed. PROVE_FACTOR (1): multiplies the work. scripts/soak.sh sets both.
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
seed=${PROVE_SEED:-1}
factor=${PROVE_FACTOR:-1}
all=(sim fuzz chaos values mutants)
steps=("$@")
[[ $# -gt 0 ]] || steps=("${all[@]}")

step_sim() {
    "$root/scripts/setup.sh" "${install_option[@]}" build
    configure release
    build release paxos_fast
    local counts=$root/build/sim.json
    "$root/build/release/paxos_fast" sim --worlds $((6000 * factor)) --seed "$seed" \
        --json "$counts" || return 1
    local decisions
    decisions=$(sed -n 's/^  "decisions": \([0-9]*\),$/\1/p' "$counts")
    [[ $decisions -ge 10000000 ]] || fail 1 "only $decisions decisions were simulated"
}

step_fuzz() { "$root/scripts/fuzz.sh" "${install_option[@]}" $((60 * factor)); }

step_chaos() {
    "$root/scripts/setup.sh" "${install_option[@]}" build test
    configure release -DPAXOS_TESTS=ON
    build release paxos_fast program_tests
    CHAOS_SEED=$seed CHAOS_RUNS=$((20 * factor)) \
        "$root/build/release/program_tests" --gtest_filter='Chaos.*'
}

step_values() {
    "$root/scripts/setup.sh" "${install_option[@]}" build
    configure values_224
    build values_224 paxos_fast
    local protocol
    for protocol in classic multi; do
        "$root/build/values_224/paxos_fast" --protocol "$protocol" --repetitions 2 --no-floor \
            --quiet || return 1
    done
}

step_mutants() { "$root/scripts/mutants.sh" "${install_option[@]}"; }

for step in "${steps[@]}"; do
    [[ " ${all[*]} " == *" $step "* ]] || fail 2 "$step: no such step (${all[*]})"
done
failed=()
for step in "${steps[@]}"; do
    report "$step"
    begun=$SECONDS
    if ("step_$step"); then
        report "$step: passed in $((SECONDS - begun)) s"
    else
        failed+=("$step")
    fi
    note_time "$step" $((SECONDS - begun))
done
[[ ${#failed[@]} -eq 0 ]] || fail 1 "failed: ${failed[*]}"
