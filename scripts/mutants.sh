#!/usr/bin/env bash
# Builds every mutant with assertions off, and prints which check kills it. A mutant that survives
# is an error. A mutant is the source tree with two patches of tests/mutants/ applied: the mutant's
# own patch, which breaks the rule that it is named after, and control.patch, which turns assertions
# off.
#
#   scripts/mutants.sh [--no-install] [MUTANT...]     by default all mutants and the control
#   scripts/mutants.sh --check         checks only that every patch applies, also in tests/plants
#
# A mutant runs against the exhaustive search and, if it survives, against the simulator. A mutant
# that these two do not detect, or detect too rarely, runs only against a unit test, which the table
# `unit_test` in this script names. The control, `none`, has assertions off and no rule broken; it
# must survive every check. The output is in build/mutants/<mutant>/.
#
# Each program is compiled as one source, so that plain and mutated objects are never mixed.
#
# Exit 1: a patch does not apply; a mutant survives, does not compile or crashes; the control fails;
# or the search kills no mutant of a rule in search_must_kill. The last line has the reason.
source "$(dirname "$0")/lib.sh"

# Mutants that the search and the simulator do not detect reliably, with the reason and the unit
# test that detects each.
declare -A unit_test=(
    # This mutant breaks only liveness, and only in one of thousands of simulated clusters.
    [S16_gap_is_passed_over]=multi
    # This mutant only delays a candidate for leader that lacks slots which a peer no longer
    # retains. The candidate asks about these slots, and waits for answers that no node can give,
    # until it has learned the slots in another way.
    [S16_candidate_below_retained_leads]=multi
    # This mutant breaks only liveness, in one of hundreds of simulated clusters, and only if
    # refusals are always lost.
    [S42_an_overtaken_own_vote_is_awaited]=durable
    # These mutants have an effect only if another node breaks a rule first.
    [S11_second_value_is_accepted]=acceptor
    [S18_second_decision_overwrites]=learner
    [S18_quorum_is_not_checked]=learner
    [S18_named_without_vote_is_not_checked]=learner
    # Neither the search nor the simulator forges a tag.
    [S45_the_tag_is_not_compared]=auth
    # Neither the search nor the simulator uses files. Their nodes have a model of a disk instead.
    [S24_a_missing_file_is_made]=directory
    [S24_files_without_their_cluster_are_made_anew]=directory
    [S25_a_durable_batch_may_be_missing]=journal
    [S25_a_hole_is_the_end_of_the_log]=recovery
    [S25_the_chain_is_not_checked]=recovery
    [S26_a_short_write_counts]=journal
    [S26_writes_go_on_after_a_failure]=journal
    [S27_no_file_is_locked]=directory
    [S28_another_cluster_is_accepted]=recovery
    [S28_another_node_is_accepted]=recovery
    [S28_another_version_is_accepted]=recovery
    [S29_the_checksum_covers_one_sector]=recovery
)
# Rules whose mutants run only against the search. These mutants change headers that the simulator's
# oracle uses too, so the oracle makes the same error and cannot detect it. The search checks these
# rules with code of its own.
search_alone='S04 S15'
# Rules whose mutants the search must kill by itself (docs/safety.md, proof 4).
search_must_kill='S02 S05 S09 S10 S11 S13'
worlds=3000   # Clusters that the simulator runs for each mutant.
timeout_s=900 # Time limit of each program that runs a check.

patches=$root/tests/mutants
out=$root/build/mutants
# -Og compiles fast, and compiling takes most of the time of this script.
flags=(-std=c++20 -Og -w -DPAXOS_VALUE_SIZE=32)

# ---- one mutant ----

sources_of() { # STAGE
    local core=(src/core/{classic,multi}.cpp) wire=(src/wire/{auth,auth_x86,validate,wire}.cpp)
    local sources=(src/sim/trap.cpp tests/support/assert_handler.cpp)
    case $1 in
    search) sources=("${core[@]}" src/sim/{oracle,search}.cpp tests/mutants/search_trial.cpp) ;;
    simulator)
        sources=("${core[@]}" "${wire[@]}" tests/mutants/simulator_trial.cpp
            src/sim/{damage,disk,disk_file,draw,network,nodes,oracle,player,tally}.cpp
            src/sim/{trap,weather}.cpp src/store/{checksum,journal,recovery,superblocks}.cpp)
        ;;
    auth) sources=("${core[@]}" "${wire[@]}" "${sources[@]}" tests/wire/auth_test.cpp) ;;
    journal | recovery | directory)
        sources+=(src/store/{checksum,cluster_file,create,directory,file,journal}.cpp
            src/store/{recovery,superblocks}.cpp "tests/store/$1_test.cpp")
        ;;
    *) sources=("${core[@]}" "${sources[@]}" "tests/core/$1_test.cpp") ;;
    esac
    printf '%s\n' "${sources[@]}"
}

# Fills the folder TREE with copies of the sources that the patches change, and applies the patches
# to these copies. Every line of context must match; only line numbers may differ. With --forward, a
# patch that would only apply in reverse is an error.
apply() { # TREE PATCH...
    local tree=$1 one files
    shift
    mapfile -t files < <(sed -n 's/^+++ b\///p' "$@" | sort -u)
    mkdir -p "$tree"
    (cd "$root" && cp --parents "${files[@]}" "$tree") || return 1
    for one in "$@"; do
        patch --forward --batch --silent --fuzz=0 -p1 -d "$tree" -i "$one" || return 1
    done
}
make_tree() { # MUTANT TREE
    local names=("$patches/$1.patch" "$patches/control.patch")
    [[ $1 != none ]] || names=("$patches/control.patch")
    apply "$2" "${names[@]}"
}

# Runs the mutant in one stage: the search, the simulator or a unit test. Sets `by` and `how` if the
# stage kills the mutant, or if the mutant does not compile, crashes or runs too long.
stage() { # MUTANT STAGE
    local stage=$2 program=$out/$1/$2 tree=$out/$1/tree code=0
    local arguments=() headers=() libraries=()
    sources_of "$stage" | sed 's/.*/#include "&"/' >"$program.cpp"
    case $stage in
    search) ;;
    simulator) arguments=("$worlds") libraries=(-lxxhash) ;;
    *)
        arguments=(--gtest_color=no --gtest_filter='-*Death*:*Slow*')
        headers=(-include support/test_headers.h)
        libraries=(-lgtest_main -lgmock -lgtest -lxxhash)
        ;;
    esac
    # The compiler finds the files that the mutant changes in $tree, and all others in $root.
    if ! g++ "${flags[@]}" {-I"$tree",-I"$root"}{,/include,/src,/tests} \
        "${headers[@]}" "$program.cpp" -o "$program" "${libraries[@]}" 2>"$program.log"; then
        by=broken how="does not compile: ${program#"$root/"}.log"
        return
    fi
    timeout "$timeout_s" "$program" "${arguments[@]}" >"$program.out" 2>&1 || code=$?
    rm "$program"
    case $stage:$code in
    *:0) ;;
    search:5 | simulator:5) by=$stage how=$(head -n 1 "$program.out") ;;
    search:* | simulator:*)
        by=broken how="exit code $code of the $stage: ${program#"$root/"}.out"
        ;;
    *:1)
        local failed_test='/^\[  FAILED  \] [^ ]*\./{s/^[^]]*\] \([^ ,]*\).*/\1/p;q}'
        by='unit test' how=$(sed -n "$failed_test" "$program.out")
        ;;
    *) by=broken how="exit code $code of ${stage}_test.cpp: ${program#"$root/"}.out" ;;
    esac
}

try() { # MUTANT: writes build/mutants/<mutant>/row, and prints the name
    local mutant=$1 by=none how='' begun=$SECONDS stages=(search simulator) one
    [[ " $search_alone " != *" ${mutant%%_*} "* ]] || stages=(search)
    [[ -z ${unit_test[$mutant]-} ]] || stages=("${unit_test[$mutant]}")
    [[ $mutant != none ]] ||
        mapfile -t stages < <(printf '%s\n' search simulator "${unit_test[@]}" | sort -u)
    for one in "${stages[@]}"; do
        stage "$mutant" "$one"
        [[ $by == none ]] || break
    done
    rm -r "$out/$mutant/tree"
    [[ $by != none ]] || how="survives: ${stages[*]}, $((SECONDS - begun)) s"
    printf '%s\t%s\n' "$by" "$how" >"$out/$mutant/row"
    printf '%s\n' "$mutant"
}

if [[ ${1-} == --try ]]; then # Called by this script itself, below.
    try "$2"
    exit
fi

# ---- all of them ----

mapfile -t known < <(basename -s .patch "$patches"/S*.patch)
[[ ${#known[@]} -gt 25 ]] || fail 1 "tests/mutants: expected more than 25 mutants"

make_trees() { # FOLDER MUTANT...: fails with the names of the patches that do not apply.
    local folder=$1 one wrong=() text
    shift
    for one in "$@"; do
        text=$(make_tree "$one" "$folder/$one/tree" 2>&1) ||
            { wrong+=("$one") && report "$one: $text"; }
    done
    [[ ${#wrong[@]} -eq 0 ]] || fail 1 "the patches of these mutants do not apply: ${wrong[*]}
  The sources have changed there: update each patch (docs/CONTRIBUTING.md)"
}

if [[ ${1-} == --check ]]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    make_trees "$scratch" "${known[@]}" none
    for plant in "$root"/tests/plants/*.patch; do
        apply "$scratch/$(basename -s .patch "$plant")" "$plant" ||
            fail 1 "${plant#"$root/"} does not apply: update it"
    done
    exit
fi

take_no_install "$@"
shift "$taken"
names=("$@") order=("$@")
# The control takes longest, so it starts first.
[[ $# -gt 0 ]] || names=("${known[@]}" none) order=(none "${known[@]}")
for name in "${names[@]}"; do
    [[ " ${known[*]} none " == *" $name "* ]] || fail 2 "$name: no such mutant (tests/mutants)"
done
"$root/scripts/setup.sh" "${install_option[@]}" build test

mkdir -p "$root/build"
exec 9>"$root/build/.mutants.lock"
flock -n 9 || fail 1 "another instance is running in this folder"
rm -rf "$out"
make_trees "$out" "${names[@]}"

print_row() { # MUTANT: false if there is no row yet
    local by how
    [[ -s $out/$1/row ]] || return 1
    IFS=$'\t' read -r by how <"$out/$1/row"
    printf '%-45s %-9s  %s\n' "$1" "$by" "$how"
}
# Reads one line of stdin for each mutant that has run. Prints the table in order, each row as soon
# as all rows before it exist. At the end of stdin prints the remaining rows that exist, even if
# rows before them are missing.
print_rows() {
    local at=0
    while read -r _; do
        while [[ $at -lt ${#names[@]} ]] && print_row "${names[at]}"; do at=$((at + 1)); done
    done
    for (( ; at < ${#names[@]}; ++at)); do print_row "${names[at]}" || true; done
}
printf '%-45s %-9s  %s\n' mutant 'killed by' how
# A job that fails leaves no row. The missing row is reported below.
printf '%s\n' "${order[@]}" | xargs -P "$(nproc)" -n 1 "$root/scripts/mutants.sh" --try |
    print_rows || true

declare -A killed=([search]=0 [simulator]=0 ['unit test']=0)
wrong=() killed_by_search='' mutants=0 control='control not run'
for name in "${names[@]}"; do
    by='' how=''
    [[ ! -s $out/$name/row ]] || IFS=$'\t' read -r by how <"$out/$name/row"
    if [[ $name == none ]]; then
        control='control survives'
        [[ $by == none ]] || wrong+=("the control fails (${by:+$by: }${how:-did not run})")
        continue
    fi
    mutants=$((mutants + 1))
    case $by in
    search | simulator | 'unit test') killed[$by]=$((killed[$by] + 1)) ;;
    none) wrong+=("$name survives") ;;
    *) wrong+=("$name: ${how:-did not run}") ;;
    esac
    [[ $by != search ]] || killed_by_search+=" ${name%%_*} "
done
if [[ $# -eq 0 ]]; then
    for rule in $search_must_kill; do
        [[ $killed_by_search == *" $rule "* ]] ||
            wrong+=("$rule: the search kills none of its mutants")
    done
fi
if [[ ${#wrong[@]} -gt 0 ]]; then
    printf '%d mutants, %d problems: ' "$mutants" "${#wrong[@]}"
    printf '%s; ' "${wrong[@]}" | sed 's/; $/\n/'
    exit 1
fi
printf '%d mutants: all killed (search %d, simulator %d, unit tests %d), %s\n' "$mutants" \
    "${killed[search]}" "${killed[simulator]}" "${killed['unit test']}" "$control"
