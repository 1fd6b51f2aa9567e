#!/usr/bin/env bash
# Formats the sources according to .clang-format. With --check it only reports files that differ.
#
#   scripts/format.sh [--no-install] [--check] [FILE...]
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
"$root/scripts/setup.sh" "${install_option[@]}" lint

mode=(-i)
if [[ ${1-} == --check ]]; then
    mode=(--dry-run --Werror)
    shift
fi
if [[ $# -gt 0 ]]; then
    files=("$@")
else
    mapfile -t files < <(find "$root"/{include,src,tests,bench,docs} \
        -name '*.h' -o -name '*.cpp' | sort)
fi
[[ ${#files[@]} -gt 0 ]] || exit 0
clang-format-19 "${mode[@]}" "${files[@]}"
