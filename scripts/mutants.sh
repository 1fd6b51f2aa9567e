#!/usr/bin/env bash
# Builds every mutant of include/paxos/mutants.h, asserts off, and shows what kills it. One that lives fails.
#
#   scripts/mutants.sh [--no-install] [MUTANT...]     all, and the control, by default
#
# A mutant goes before the exhaustive search; if it lives, before worlds of the simulator. One that neither shows, or too
# seldom, goes before the unit test that is named below instead. The control, `none`, has the asserts off and nothing
# broken: it must live through all of them. What each said is in build/mutants/<mutant>/.
#
# A program is one compilation, so that no object with one switch meets one with another.
#
# Exit 1: a mutant lives, does not compile or crashes; the control dies; or a rule that the search has to guard by itself
# is guarded by others alone. The last line says which.
source "$(dirname "$0")/lib.sh"

# The test that sees what no oracle does ...
declare -A unit_test=(
    [S16_gap_is_passed_over]=multi             # ... because it breaks no promise: all stop, in one world of thousands;
    [S16_candidate_below_retained_leads]=multi # it waits for answers that nobody can give, and learns better;
    [S11_second_value_is_accepted]=acceptor    # ... because somebody else would have to break a rule first.
    [S18_second_decision_overwrites]=learner
    [S18_quorum_is_not_checked]=learner
    [S18_named_without_vote_is_not_checked]=learner
)
# The simulator's oracle compares ballots and counts nodes by the headers that these break; the search does it by itself.
search_alone='S04 S08 S15'
# The rules that the search has to guard without any help (safety.md, proof 4).
search_guards='S02 S05 S09 S10 S11 S13'
worlds=3000    # Of the simulator.
patience_s=120 # For a program.

out=$root/build/mutants
# -Og: most of the time goes into compiling.
flags=(-std=c++20 -Og -w -DPAXOS_VALUE_SIZE=32 -I"$root" -I"$root/include" -I"$root/src" -I"$root/tests")

# ---- one mutant ----

sources_of() { # STAGE
    printf '%s\n' src/core/{classic,multi}.cpp
    case $1 in
    search) printf '%s\n' src/sim/{oracle,search}.cpp tests/mutants/search_trial.cpp ;;
    simulator)
        printf '%s\n' src/wire/{validate,wire}.cpp tests/mutants/simulator_trial.cpp \
            src/sim/{draw,network,nodes,oracle,player,spoil,tally,trap,weather}.cpp
        ;;
    *) printf '%s\n' src/sim/trap.cpp tests/support/assert_handler.cpp "tests/core/$1_test.cpp" ;;
    esac
}

# Sets `by` and `how` if the mutant did not live through this stage.
stage() { # MUTANT STAGE
    local mutant=$1 stage=$2 program=$out/$1/$2 arguments=() libraries=() code=0
    sources_of "$stage" | sed 's/.*/#include "&"/' >"$program.cpp"
    case $stage in
    search) ;;
    simulator) arguments=("$worlds") ;;
    *) arguments=(--gtest_color=no --gtest_filter='-*Death*') libraries=(-lgtest_main -lgtest) ;;
    esac
    if ! g++ "${flags[@]}" -DPAXOS_MUTANT="$mutant" "$program.cpp" -o "$program" "${libraries[@]}" 2>"$program.log"; then
        by=broken how="does not compile: ${program#"$root/"}.log"
        return
    fi
    timeout "$patience_s" "$program" "${arguments[@]}" >"$program.out" 2>&1 || code=$?
    rm "$program"
    case $stage:$code in
    *:0) ;;
    search:5 | simulator:5) by=$stage how=$(head -n 1 "$program.out") ;;
    search:* | simulator:*) by=broken how="exit code $code before the $stage: ${program#"$root/"}.out" ;;
    *:1) by='unit test' how=$(sed -n "/^\[  FAILED  \] [^ ]*\./{s/^[^]]*\] \([^ ,]*\).*/\1/p;q}" "$program.out") ;;
    *) by=broken how="exit code $code before ${stage}_test.cpp: ${program#"$root/"}.out" ;;
    esac
}

try() { # MUTANT: a row in build/mutants/<mutant>/row, and its name on stdout
    local mutant=$1 by=nobody how='' begun=$SECONDS stages=(search simulator) one
    [[ " $search_alone " != *" ${mutant%%_*} "* ]] || stages=(search)
    [[ -z ${unit_test[$mutant]-} ]] || stages=("${unit_test[$mutant]}")
    [[ $mutant != none ]] || mapfile -t stages < <(printf '%s\n' search simulator "${unit_test[@]}" | sort -u)
    mkdir "$out/$mutant"
    for one in "${stages[@]}"; do
        stage "$mutant" "$one"
        [[ $by == nobody ]] || break
    done
    [[ $by != nobody ]] || how="lives: ${stages[*]}, $((SECONDS - begun)) s"
    printf '%s\t%s\n' "$by" "$how" >"$out/$mutant/row"
    printf '%s\n' "$mutant"
}

if [[ ${1-} == --try ]]; then # This script's own job.
    try "$2"
    exit
fi

# ---- all of them ----

take_no_install "$@"
shift "$taken"
mapfile -t known < <(sed -n '/^enum class Mutant/,/^};/s/^    \([A-Za-z0-9_]\{1,\}\).*/\1/p' "$root/include/paxos/mutants.h")
[[ ${known[0]-} == none && ${#known[@]} -gt 25 ]] || fail 1 "include/paxos/mutants.h has no control or not even 25 mutants"
names=("$@") order=("$@")
[[ $# -gt 0 ]] || names=("${known[@]:1}" none) order=("${known[@]}") # The control takes longest: it begins.
for name in "${names[@]}"; do
    [[ " ${known[*]} " == *" $name "* ]] || fail 2 "$name: no such mutant (include/paxos/mutants.h)"
done
"$root/scripts/setup.sh" "${install_option[@]}" build test

mkdir -p "$root/build"
exec 9>"$root/build/.mutants.lock"
flock -n 9 || fail 1 "runs already, in this folder"
rm -rf "$out"
mkdir "$out"

print_row() { # MUTANT: false if it has none yet
    local by how
    [[ -s $out/$1/row ]] || return 1
    IFS=$'\t' read -r by how <"$out/$1/row"
    printf '%-45s %-9s  %s\n' "$1" "$by" "$how"
}
# The table, in this order, each row as soon as all before it are there; in the end those behind a gap.
print_rows() {
    local at=0
    while read -r _; do
        while [[ $at -lt ${#names[@]} ]] && print_row "${names[at]}"; do at=$((at + 1)); done
    done
    for (( ; at < ${#names[@]}; ++at)); do print_row "${names[at]}" || true; done
}
printf '%-45s %-9s  %s\n' mutant 'killed by' how
# A job that fails leaves no row, which is wrong enough.
printf '%s\n' "${order[@]}" | xargs -P "$(nproc)" -n 1 "$root/scripts/mutants.sh" --try |
    print_rows || true

declare -A killed=([search]=0 [simulator]=0 ['unit test']=0)
wrong=() guarded='' mutants=0 control='control not tried'
for name in "${names[@]}"; do
    by='' how=''
    [[ ! -s $out/$name/row ]] || IFS=$'\t' read -r by how <"$out/$name/row"
    if [[ $name == none ]]; then
        control='control lives'
        [[ $by == nobody ]] || wrong+=("the control does not live (${by:+$by: }${how:-was not tried})")
        continue
    fi
    mutants=$((mutants + 1))
    case $by in
    search | simulator | 'unit test') killed[$by]=$((killed[$by] + 1)) ;;
    nobody) wrong+=("$name lives") ;;
    *) wrong+=("$name: ${how:-was not tried}") ;;
    esac
    [[ $by != search ]] || guarded+=" ${name%%_*} "
done
if [[ $# -eq 0 ]]; then
    for rule in $search_guards; do
        [[ $guarded == *" $rule "* ]] || wrong+=("$rule: the search kills none of its mutants")
    done
fi
if [[ ${#wrong[@]} -gt 0 ]]; then
    printf '%d mutants, %d wrong: ' "$mutants" "${#wrong[@]}"
    printf '%s; ' "${wrong[@]}" | sed 's/; $/\n/'
    exit 1
fi
printf '%d mutants: all killed (search %d, simulator %d, unit tests %d), %s\n' "$mutants" "${killed[search]}" \
    "${killed[simulator]}" "${killed['unit test']}" "$control"
