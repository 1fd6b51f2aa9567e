#!/usr/bin/env bash
# Is one revision faster than another? Builds both, each in a work tree of its own that is removed at the end however it
# ends, and runs the newer one's `ab` on the two programs.
#
#   scripts/ab.sh [--no-install] REV_OLD REV_NEW [options of ab] [-- options of bench]
#
# A revision is whatever git takes as one; `.` or WORKTREE is this folder as it is, with what is in no commit.
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
[[ $# -ge 2 && $1 != -* && $2 != -* ]] || fail 2 "which two revisions? scripts/ab.sh REV_OLD REV_NEW [options of ab]"
old=$1 new=$2
shift 2

is_worktree() { [[ $1 == . || $1 == WORKTREE ]]; }

# A clone owned by somebody else is still our own source.
run_git() { git -c safe.directory='*' -C "$root" "$@"; }

commit_of() { # REVISION
    run_git rev-parse --quiet --verify --end-of-options "$1^{commit}" ||
        fail 2 "$1: no such revision (git log shows them; . is this folder as it is)"
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
        run_git worktree add --quiet --detach "$tree" "$2" || fail 1 "$2: cannot be checked out, see above"
    fi
    say "building $1"
    # Compiled in a folder of its own: the build of this one is left as it is.
    (cd "$tree" && cmake --preset release -B "$folder/build_$1" -DPAXOS_TESTS=OFF &&
        cmake --build "$folder/build_$1" -j "$(nproc)" --target paxos_fast) >"$folder/$1.log" 2>&1 || {
        cat "$folder/$1.log" >&2
        fail 1 "$1: the build failed, see above"
    }
    cp "$folder/build_$1/paxos_fast" "$folder/$1"
}
build_revision old "$old_commit"
build_revision new "$new_commit"

# Not exec: the folder is to be removed afterwards. A signal of the terminal's reaches the program too, and it ends in
# order; its exit code is ours.
"$folder/new" ab "$folder/old" "$folder/new" "$@" || exit $?
