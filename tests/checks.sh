# For the tests that are shell scripts and make several checks. Sourced. Sets $folder, an empty
# folder that is removed at the end, and $failed, the exit code: a check that fails calls report.
folder=$(mktemp -d)
readonly folder # Another value would remove another folder.
trap 'rm -rf "$folder"' EXIT
failed=0
report() { # TEXT...
    printf '%s\n' "$*" >&2
    failed=1
}
