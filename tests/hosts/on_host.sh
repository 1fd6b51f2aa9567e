#!/usr/bin/env bash
# Runs a command on a host of with_hosts.sh. mpirun uses it in place of ssh: the words of the
# command are joined to one line for a shell, and options before HOST are ignored.
#
#   tests/hosts/on_host.sh HOST COMMAND...
while [[ ${1-} == -* ]]; do
    shift
done
host=$1
shift
exec nsenter --target "$(cat "/run/hosts/$host")" --mount --uts --net -- sh -c "$*"
