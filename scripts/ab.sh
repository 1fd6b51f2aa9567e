#!/usr/bin/env bash
# Compares the speed of two revisions of this repository. Builds each in a temporary folder, and
# then runs the command `ab` of REV_NEW on the two programs.
#
#   scripts/ab.sh [--no-install] REV_OLD REV_NEW [options of ab] [-- options of bench]
#
# A revision is anything that git resolves to a commit. `.` or WORKTREE is this folder as it is,
# including uncommitted changes.
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
[[ $# -ge 2 && $1 != -* && $2 != -* ]] ||
    fail 2 "two revisions are required: scripts/ab.sh REV_OLD REV_NEW [options of ab]"
old=$1 new=$2
shift 2

is_worktree() { [[ $1 == . || $1 == WORKTREE ]]; }

# git's safe.directory lets this script work in a clone that another user owns.
run_git() { git -c safe.directory='*' -C "$root" "$@"; }

commit_of() { # REVISION
    run_git rev-parse --quiet --verify --end-of-options "$1^{commit}" ||
        fail 2 "$1: no such revision (see git log; . is this folder with its uncommitted changes)"
}
old_commit=. new_commit=.
is_worktree "$old" || old_commit=$(commit_of "$old")
is_worktree "$new" || new_commit=$(commit_of "$new")

"$root/scripts/setup.sh" "${install_option[@]}" build
folder=$(mktemp -d)
remove_all() {
    rm -rf "$folder"
    run_git worktree prune
}
trap remove_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

build_revision() { # NAME COMMIT: leaves the program at $folder/NAME
    local tree=$root
    if [[ $2 != . ]]; then
        tree=$folder/tree_$1
        run_git worktree add --quiet --detach "$tree" "$2" ||
            fail 1 "$2: cannot be checked out, see above"
    fi
    report "building $1"
    # A separate build folder leaves build/release unchanged.
    local build=$folder/build_$1
    (cd "$tree" && cmake --preset release -B "$build" -DPAXOS_TESTS=OFF &&
        cmake --build "$build" -j "$(nproc)" --target paxos_fast) >"$folder/$1.log" 2>&1 || {
        cat "$folder/$1.log" >&2
        fail 1 "$1: the build failed, see above"
    }
    cp "$build/paxos_fast" "$folder/$1"
}
build_revision old "$old_commit"
build_revision new "$new_commit"

# Runs the program without exec, so that the trap removes the folder when the program has ended. A
# signal from the terminal reaches both this script and the program, and the program then shuts down
# cleanly.
"$folder/new" ab "$folder/old" "$folder/new" "$@" || exit $?
