#!/usr/bin/env bash
# scripts/ab.sh rejects invalid arguments before it builds anything. The script then exits with
# 2, prints a message that names the problem, and leaves no work tree behind.
#
#   tests/ab_script_test.sh ROOT
set -euo pipefail
root=$1
failed=0

report() { echo "scripts/ab.sh $1" && failed=1; }

expect_rejected() { # PATTERN ARGUMENT...
    local pattern=$1 code=0 output
    shift
    output=$("$root/scripts/ab.sh" --no-install "$@" 2>&1) || code=$?
    [[ $code -eq 2 ]] || report "$*: exit code $code instead of 2: $output"
    [[ $output == *"$pattern"* ]] || report "$*: no '$pattern' in the output: $output"
}

trees() { git -c safe.directory='*' -C "$root" worktree list 2>/dev/null || true; }

before=$(trees)
expect_rejected "two revisions are required"
expect_rejected "two revisions are required" HEAD
expect_rejected "two revisions are required" --detect 3% HEAD
expect_rejected "no_such_revision: no such revision" no_such_revision .
expect_rejected "no_such_revision: no such revision" . no_such_revision
expect_rejected "two revisions are required" . -- -x
[[ $(trees) == "$before" ]] || report "leaves a work tree behind"
exit $failed
