# Sourced by shell scripts that make several checks. Sets $folder to an empty folder, which is
# removed when the script ends, and $failed to the exit code. A check that fails calls report.
folder=$(mktemp -d)
readonly folder # If $folder changed, the trap would remove another folder.
trap 'rm -rf "$folder"' EXIT
failed=0
report() { # TEXT...
    printf '%s\n' "$*" >&2
    failed=1
}
