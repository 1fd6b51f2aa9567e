#!/usr/bin/env bash
# Runs the checks that take too long for a test, in steps. The steps sim, chaos and kill9 take their
# random choices from a seed. If sim, fuzz or chaos fails, its output has the command that replays
# the failure. The output of each step is also in build/prove_<step>.log.
#
#   scripts/prove.sh [--no-install] [STEP...]     all steps by default:
#     sim      simulated clusters with faults, at least 10^7 decisions
#     fuzz     libFuzzer, 30 s a target, under ASan and UBSan
#     chaos    20 runs of real clusters with killed, stopped and restarted nodes, faults, and forged
#              datagrams
#     kill9    real nodes of durable clusters, killed 1000 times at any moment and started again
#     values   real runs of both protocols with values of 224 bytes, which change message sizes
#     mutants  builds with one broken rule each, which the checks must detect (scripts/mutants.sh)
#
# PROVE_SEED: the first seed, by default 1. PROVE_FACTOR: multiplies the work of sim, fuzz, chaos
# and kill9, by default 1. scripts/soak.sh sets both.
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
seed=${PROVE_SEED:-1}
factor=${PROVE_FACTOR:-1}
all=(sim fuzz chaos kill9 values mutants)
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

step_fuzz() { "$root/scripts/fuzz.sh" "${install_option[@]}" $((30 * factor)); }

program_tests() { # FILTER
    "$root/scripts/setup.sh" "${install_option[@]}" build test
    configure release -DPAXOS_TESTS=ON
    build release paxos_fast program_tests
    "$root/build/release/program_tests" --gtest_filter="$1"
}

step_chaos() { CHAOS_SEED=$seed CHAOS_RUNS=$((20 * factor)) program_tests 'Chaos.*'; }

step_kill9() { KILL9_SEED=$seed KILL9_KILLS=$((1000 * factor)) program_tests 'Kill9.*'; }

step_values() {
    "$root/scripts/setup.sh" "${install_option[@]}" build
    configure values_224
    build values_224 paxos_fast
    local protocol
    for protocol in classic multi; do
        "$root/build/values_224/paxos_fast" --protocol "$protocol" --repetitions 2 --no-floor \
            --quiet || return 1
    done
    # 31 nodes make more sends in a step than one system call takes.
    "$root/build/values_224/paxos_fast" --nodes 31 --rounds 300 --window 8 --repetitions 1 \
        --no-floor --quiet || return 1
    # Checks that programs with values of different sizes refuse to form one cluster.
    "$root/scripts/setup.sh" "${install_option[@]}" test
    configure release -DPAXOS_TESTS=ON
    build release paxos_fast program_tests
    OTHER_BUILD=$root/build/values_224/paxos_fast "$root/build/release/program_tests" \
        --gtest_filter='SeveralHosts.a_process_of_another_build*'
}

step_mutants() { "$root/scripts/mutants.sh" "${install_option[@]}"; }

for step in "${steps[@]}"; do
    [[ " ${all[*]} " == *" $step "* ]] || fail 2 "$step: no such step (${all[*]})"
done
mkdir -p "$root/build"
failed=()
for step in "${steps[@]}"; do
    report "$step"
    begun=$SECONDS
    if ("step_$step") 2>&1 | tee "$root/build/prove_$step.log"; then
        report "$step: passed in $((SECONDS - begun)) s"
    else
        failed+=("$step")
    fi
    note_time "$step" $((SECONDS - begun))
done
[[ ${#failed[@]} -eq 0 ]] && exit
# Prints the failures again at the end, where a reader of a long log looks first.
for step in "${failed[@]}"; do
    report "$step: failed; the end of build/prove_$step.log:"
    tail -n 20 "$root/build/prove_$step.log" >&2
done
fail 1 "failed: ${failed[*]}"
