#!/usr/bin/env bash
# Without git, a hash of the sources takes the place of the commit. Equal sources must have the same
# hash, and different sources different hashes.
#
#   build_info_test.sh ROOT
set -euo pipefail
script=$1/scripts/cmake/build_info.cmake
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/src"

commit_of() { # SOURCE_TEXT
    printf '%s\n' "$1" >"$folder/src/main.cpp"
    GIT_CEILING_DIRECTORIES=$(dirname "$folder") cmake "-DOUTPUT=$folder/build_info.h" \
        "-DROOT=$folder" -DVERSION=1 -DCOMPILER=c -DFLAGS=f -DLIBRARIES=l -P "$script"
    sed -n 's/^#define PAXOS_COMMIT "\(.*\)"$/\1/p' "$folder/build_info.h"
}

one=$(commit_of one)
other=$(commit_of other)
[[ $one =~ ^sources-[0-9a-f]{7}$ ]] || { echo "$one: not a hash of the sources" >&2; exit 1; }
[[ $one != "$other" ]] || { echo "different sources have one hash: $one" >&2; exit 1; }
[[ $(commit_of one) == "$one" ]] || { echo "one source has two hashes" >&2; exit 1; }
