#!/usr/bin/env bash
# Checks the documents: README.md is short, every relative link and every path in README.md and
# docs/ names an existing file or folder, and docs/architecture.md has a row for each source folder.
#
#   docs_test.sh ROOT
set -euo pipefail
cd "$1"

lines_max=199
failed=0
report() {
    printf '%s\n' "$*" >&2
    failed=1
}

lines=$(wc -l <README.md)
[[ $lines -le $lines_max ]] ||
    report "README.md: $lines lines, at most $lines_max: move details to docs/"

path_pattern='(?<![\w/.*-])(bench|docs|include|scripts|src|tests)/[\w./-]*[\w/]'
for document in README.md docs/*.md; do
    # The targets of [text](target), without web addresses and without the part after #.
    while IFS= read -r target; do
        [[ -z $target || -e $(dirname "$document")/$target ]] ||
            report "$document: the link to $target leads nowhere"
    done < <(grep -oE '\]\([^)]+\)' "$document" | sed -E 's/^\]\(//; s/\)$//; /^[a-z]+:/d; s/#.*//')
    while IFS= read -r path; do
        [[ -e $path ]] || report "$document: $path does not exist"
    done < <(grep -oP "$path_pattern" "$document")
done

map=docs/architecture.md
for folder in src/*/ include/*/ */; do
    [[ $folder != build/ && $folder != src/ && $folder != include/ ]] || continue
    grep -qF "| \`$folder\` |" "$map" || report "$map: no row for $folder"
done
exit $failed
