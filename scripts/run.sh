#!/usr/bin/env bash
# Installs what is missing, builds, leaves ./paxos_fast in the root folder and runs it.
#
#   scripts/run.sh [--no-install] [arguments of paxos_fast]
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
"$root/scripts/setup.sh" "${install_option[@]}" build
is_configured release || configure release
build release paxos_fast

# ./paxos_fast is a hard link to the program in build/release. A build replaces that program with a
# new file, so the link must be replaced too.
if [[ ! $root/paxos_fast -ef $root/build/release/paxos_fast ]]; then
    ln -f "$root/build/release/paxos_fast" "$root/paxos_fast" 2>/dev/null ||
        cp --remove-destination "$root/build/release/paxos_fast" "$root/paxos_fast"
fi
exec "$root/paxos_fast" "$@"
