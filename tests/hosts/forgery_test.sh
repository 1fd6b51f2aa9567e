#!/usr/bin/env bash
# An attacker sees all traffic and can send from any address, but has no key. The attacker sends
# forged datagrams, altered datagrams and datagrams of an earlier run to a node of a run with
# authentication. The node must accept none of these datagrams (S45).
#
#   tests/hosts/forgery_test.sh PROGRAM FORGER [COUNT [RATE]]
#
# COUNT is the number of datagrams, by default 1000000. RATE is the number of datagrams per second,
# by default 300000.
#
# Exit code 77 means that the test was skipped because this machine cannot simulate hosts. The test
# prints the reason.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ ${ON_HOSTS-} == yes ]] || ON_HOSTS=yes exec "$here/with_hosts.sh" 3 "$0" "$@"
source "$here/check.sh" "$1"
forger=$2 count=${3-1000000} rate=${4-300000}

command -v jq >/dev/null || skip "needs jq"
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$out/key"
chmod 600 "$out/key"
# Few rounds are decided per second, so that the node has time for the attacker's datagrams.
options=(--key "$out/key" --rate 1000 --duration 24h --repetitions 1 --no-floor)
peers=10.77.0.1:7000,10.77.0.2:7001,10.77.0.3:7002
node=(to_h1 10.77.0.1 7000) # to_h1: the interface on which the attacker sees the node's traffic.

# Runs the forger while the run goes on. The output of the forger goes to $out/forger.
attack() { # ARGUMENT...
    "$forger" "$@" >"$out/forger" &
    local attacker=$!
    while kill -0 "$attacker" 2>/dev/null; do
        if ! kill -0 "${pids[0]}" 2>/dev/null; then
            kill "$attacker"
            fail "the run has ended"
            end
        fi
        sleep 0.05
    done
    wait "$attacker" || fail "the forger failed"
}

begin "an earlier run"
launch_all 3 "${options[@]}"
attack capture "${node[@]}" "$out/earlier"
kill -TERM "${pids[0]}"
wait_all
expect_codes 143 0 0

begin "$count forged, altered and replayed datagrams"
launch_all 3 "${options[@]}" --json "$out/result"
attack forge "${node[@]}" "$out/earlier" "$count" "$rate"
sent=$(<"$out/forger")
until [[ $("$here/on_host.sh" h1 ss --no-header --udp --all --numeric 'src 10.77.0.1:7000' |
    awk '{ print $2 }') == 0 ]]; do
    sleep 0.01 # Waits until the node has read all datagrams.
done
kill -TERM "${pids[0]}"
wait_all
expect_codes 143 0 0
expect_text 0 'the logs agree'
expect_nothing_left

read -r rejected dropped received legitimate < <(jq -r '.paxos_fast.repetitions[0].datagrams |
    [([.rejected[]] | add), .kernel_dropped, .received, .sent] | @tsv' "$out/result")
echo "  $sent sent, $rejected rejected, $dropped sends dropped by the kernel"
# The kernel counts dropped sends. A send has up to 44 datagrams.
[[ $rejected -le $sent && $rejected -ge $((sent - 44 * dropped)) ]] ||
    fail "$rejected of $sent datagrams were rejected, and $dropped sends dropped"
[[ $((received - rejected)) -le $legitimate ]] ||
    fail "$((received - rejected)) datagrams were accepted, and the nodes sent $legitimate"
[[ $sent -ge $((count / 2)) ]] || fail "only $sent of $count datagrams were sent"

end
