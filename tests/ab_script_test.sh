#!/usr/bin/env bash
# What scripts/ab.sh refuses, it refuses before it builds anything: exit 2, a line that names what is wrong, no work tree
# left behind.
#
#   tests/ab_script_test.sh ROOT
set -euo pipefail
root=$1
failed=0

complain() { echo "scripts/ab.sh $1" && failed=1; }

refuses() { # PATTERN ARGUMENT...
    local pattern=$1 code=0 said
    shift
    said=$("$root/scripts/ab.sh" --no-install "$@" 2>&1) || code=$?
    [[ $code -eq 2 ]] || complain "$*: ended with $code, not 2: $said"
    [[ $said == *"$pattern"* ]] || complain "$*: says nothing of '$pattern': $said"
}

trees() { git -c safe.directory='*' -C "$root" worktree list 2>/dev/null || true; }

before=$(trees)
refuses "which two revisions?"
refuses "which two revisions?" HEAD
refuses "which two revisions?" --detect 3% HEAD
refuses "no_such_revision: no such revision" no_such_revision .
refuses "no_such_revision: no such revision" . no_such_revision
refuses "which two revisions?" . -- -x
[[ $(trees) == "$before" ]] || complain "leaves a work tree behind"
exit $failed
