#!/usr/bin/env bash
# Checks that scripts/setup.sh prints the apt-get commands in both cases: when it runs them, and
# when --no-install leaves them to the user. The package tools are fakes.
#
#   setup_script_test.sh ROOT
set -euo pipefail
setup=$1/scripts/setup.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

stand_in() { # NAME COMMANDS
    printf '#!/bin/sh\n%s\n' "$2" >"$folder/$1"
    chmod +x "$folder/$1"
}
stand_in dpkg-query 'exit 1' # Nothing is installed.
stand_in sudo 'exec "$@"'
stand_in apt-get "echo \"\$@\" >>$folder/calls"
failed=0
expect() { # WHAT TEXT PATTERN
    [[ $2 == *$3* ]] || {
        printf '%s: does not contain "%s":\n%s\n' "$1" "$3" "$2" >&2
        failed=1
    }
}

code=0
output=$(PATH=$folder:$PATH "$setup" --no-install build 2>&1) || code=$?
expect "exit code" "$code" 3
expect "with --no-install" "$output" "apt-get update && apt-get install -y"
[[ ! -e $folder/calls ]] || { echo "--no-install called apt-get" >&2; failed=1; }

output=$(PATH=$folder:$PATH "$setup" build 2>&1)
expect "announcement" "$output" "apt-get update && "
expect "announcement" "$output" "liburing-dev"
expect "calls" "$(head -1 "$folder/calls")" " update"
expect "calls" "$(tail -1 "$folder/calls")" " install "

stand_in apt-get 'case "$*" in *update*) exit 1 ;; esac'
output=$(PATH=$folder:$PATH "$setup" build 2>&1)
expect "a failed update" "$output" \
    "apt-get update failed; continuing with the present package lists"
exit $failed
