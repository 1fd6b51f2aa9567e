#!/usr/bin/env bash
# Checks the package in a minimal Debian 12: installs it, runs it, reads its manual, tries its
# completion, builds the examples, removes it. Run as root in a chroot, by scripts/package.sh.
set -euxo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
install() { apt-get install -q -y --no-install-recommends "$@"; }

apt-get update -q
install /tmp/paxos-fast_*.deb
paxos_fast --nodes 3 --rounds 100 --repetitions 1

install man-db bash-completion g++ cmake make pkg-config
man paxos_fast | grep -E 'rounds +in +flight'
man paxos_fast-compare >/dev/null
whatis paxos_fast
# bash-completion loads the script by the name of the command.
completed=$(bash -c '
    source /usr/share/bash-completion/bash_completion
    _completion_loader paxos_fast || true
    COMP_WORDS=(paxos_fast --protoc) COMP_CWORD=1
    _paxos_fast
    echo "${COMPREPLY[*]}"')
[[ $completed == --protocol ]]
cmake -S /usr/share/doc/paxos-fast/docs/examples -B /tmp/examples
cmake --build /tmp/examples
/tmp/examples/embedded
# shellcheck disable=SC2046 # The flags must be split into words.
g++ -std=c++20 /usr/share/doc/paxos-fast/docs/examples/embedded.cpp \
    $(pkg-config --cflags --libs paxos_fast) -o /tmp/embedded
/tmp/embedded

apt-get purge -q -y paxos-fast
# Ignores the cache of the pages that man has shown. man-db removes this cache later.
left=$(find / -xdev \( -path /proc -o -path /tmp -o -path /var/cache/man \) -prune -o \
    -name '*paxos*' -print)
[[ -z $left ]]
