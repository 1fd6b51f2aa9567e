#!/usr/bin/env bash
# Runs a command on a host of with_hosts.sh. mpirun runs this script in place of ssh. Therefore this
# script ignores options before HOST, and joins the words of COMMAND into one line for a shell.
#
#   tests/hosts/on_host.sh HOST COMMAND...
while [[ ${1-} == -* ]]; do
    shift
done
host=$1
shift
exec nsenter --target "$(cat "/run/hosts/$host")" --mount --uts --net -- sh -c "$*"
