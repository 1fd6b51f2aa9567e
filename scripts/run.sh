#!/usr/bin/env bash
# Everything from a fresh machine to a run: installs what is missing, builds, leaves ./paxos_fast at the root, runs it.
#
#   scripts/run.sh [--no-install] [arguments of paxos_fast]
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
"$root/scripts/setup.sh" "${install_option[@]}" build
is_configured release || configure release
build release paxos_fast

# The same file under a second name; after a new build it is another file.
if [[ ! $root/paxos_fast -ef $root/build/release/paxos_fast ]]; then
    ln -f "$root/build/release/paxos_fast" "$root/paxos_fast" 2>/dev/null ||
        cp --remove-destination "$root/build/release/paxos_fast" "$root/paxos_fast"
fi
exec "$root/paxos_fast" "$@"
