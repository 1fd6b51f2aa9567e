#!/usr/bin/env bash
# Launchers, hosts and links fail during a run. The output must name the cause, and no process may
# remain on any host.
#
#   tests/hosts/faults_test.sh PROGRAM
#
# Exit code 77 means that the test was skipped because this machine cannot simulate hosts. The test
# prints the reason.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ ${ON_HOSTS-} == yes ]] || ON_HOSTS=yes exec "$here/with_hosts.sh" 3 "$0" "$@"
source "$here/check.sh" "$1"

# The options of a run that lasts until finish_run ends it.
long=(--duration 300s --window 2772 --repetitions 1)

# Sends SIGTERM to process 0, which ends the run and prints the summary. Waits for all processes.
finish_run() {
    kill -TERM "${pids[0]}"
    wait_all
}

# Waits until COUNT launchers have started their nodes, which are their children.
await_nodes() { # COUNT
    local id nodes tries
    for ((tries = 0; tries < 3000; ++tries)); do
        nodes=0
        for id in "${!pids[@]}"; do
            [[ -z $(cat "/proc/${pids[id]}/task/${pids[id]}/children" 2>/dev/null) ]] ||
                nodes=$((nodes + 1))
        done
        [[ $nodes -lt $1 ]] || return 0
        sleep 0.01
    done
    fail "fewer than $1 nodes run after 30 s"
}

bytes_from_h3() { awk '$1 == "to_h3:" { print $2 }' /proc/net/dev; }

# Waits until rounds are decided. Rounds send much more data through the link of h3 than the start
# does.
await_rounds() {
    local begun tries
    await_nodes 5
    begun=$(bytes_from_h3)
    for ((tries = 0; tries < 6000; ++tries)); do
        [[ $(bytes_from_h3) -lt $((begun + 1000000)) ]] || return 0
        sleep 0.01
    done
    fail "no rounds were decided within 60 s"
}

begin "a launcher is killed"
launch_all 5 "${long[@]}"
await_rounds
kill -KILL "${pids[3]}"
wait "${pids[3]}" 2>/dev/null || true
finish_run
expect_codes 143 0 0 137 0
expect_text 0 'the logs agree'
# On a busy machine the DEGRADED line may also name nodes that were left behind.
expect_sentence 0 'DEGRADED .*n3 ended with its launcher near round '
expect_nothing_left

begin "rank 0 is killed"
launch_all 5 "${long[@]}"
await_rounds
kill -KILL "${pids[0]}"
wait_all
expect_codes 137 1 1 1 1
for id in 1 2 3 4; do
    # The kernel resets the connection if rank 0 was killed before it had read all data sent to it.
    expect_text $id "n$id: rank 0 is lost: (the peer closed|Connection reset by peer)"
done
expect_nothing_left

begin "a link goes down"
launch_all 5 "${long[@]}"
await_rounds
ip link set to_h3 down
wait "${pids[2]}" || true # This launcher notices that rank 0 is lost, and ends.
finish_run
ip link set to_h3 up
expect_codes 143 0 1 0 0
expect_text 0 'the logs agree'
expect_sentence 0 'DEGRADED .*n2 silent near round '
# The message says "acknowledged" if the kernel notices the loss before the launcher does.
expect_text 2 'n2: rank 0 is lost: nothing was (heard from it|acknowledged) for 3 s'
expect_nothing_left

# Each host has the files of its nodes in its own /tmp. The nodes need --idle yield because they
# share cores.
begin "all launchers of a host are killed in one run, and its nodes take part in the next run"
durable=(--durable /tmp/data --idle yield --window 64 --repetitions 1 --no-floor)
launch_all 5 "${durable[@]}" --duration 300s
await_rounds
for id in 1 4; do # The nodes die with their launchers.
    kill -KILL "${pids[id]}"
    wait "${pids[id]}" 2>/dev/null || true
done
finish_run
expect_codes 143 137 0 0 137
expect_text 0 'the logs agree'
expect_text 0 '^DEGRADED +n1 ended with its launcher near round [0-9]+, n4 ended'
expect_nothing_left
launch_all 5 "${durable[@]}" --rounds 5000
wait_all
expect_codes 0 0 0 0 0
expect_text 0 '^SAFE +5 of 5 nodes'
expect_text 0 '^continued +at slot [0-9]+ of the log in /tmp/data'
expect_nothing_left

begin "nodes on other hosts are killed and restarted"
launch_all 5 "${durable[@]}" --rate 2000 --rounds 4000 --faults kill=1@20%,kill=2@40%,restart=20ms
wait_all
expect_codes 0 0 0 0 0
expect_text 0 '^SAFE +5 of 5 nodes'
expect_text 0 '^restarts +2: '
expect_nothing_left

begin "inspect names the node files that a host has and those that it lacks"
"$here/on_host.sh" h2 "$program" inspect /tmp/data >"$out/1" 2>&1 ||
    fail "inspect exits with code $?"
expect_text 1 '^node-1 +intact'
expect_text 1 '^node-4 +intact'
expect_text 1 '^not here +n0 n2 n3'

begin "a host has lost its files"
"$here/on_host.sh" h2 mv /tmp/data /tmp/aside
launch_all 5 "${durable[@]}" --rounds 5000
wait_all
expect_codes 3 0 0 0 0
expect_text 0 '--durable: n1 on h2: /tmp/data/node-1: is missing. It held what this node'
"$here/on_host.sh" h2 mv /tmp/aside /tmp/data
launch_all 5 "${durable[@]}" --rounds 5000
wait_all
expect_codes 0 0 0 0 0
expect_nothing_left

# The launcher of n1 watches the cores of n1, which is on another host than n0.
begin "a node loses its core"
cores=$(taskset -pc $$ | sed 's/.*: //')
if [[ $cores == *[,-]* ]]; then
    launch_all 5 "${long[@]}" --json "$out/5"
    await_rounds
    node=$(awk '{ print $1 }' "/proc/${pids[1]}/task/${pids[1]}/children")
    taskset -apc "$cores" "$node" >/dev/null
    finish_run
    expect_codes 143 0 0 0 0
    expect_text 5 'n1 moved from core [0-9]+ to [0-9,]+ on h2'
fi

# The nodes on h2 and the launchers of these nodes do not answer until the run is over.
begin "all processes of a host are stopped"
launch_all 5 "${long[@]}"
await_rounds
stopped=()
for id in 1 4; do
    stopped+=("${pids[id]}")
    for node in $(<"/proc/${pids[id]}/task/${pids[id]}/children"); do
        stopped+=("$node")
    done
done
kill -STOP "${stopped[@]}"
kill -TERM "${pids[0]}"
wait "${pids[0]}" || true
kill -CONT "${stopped[@]}"
wait_all
expect_codes 143 0 0 0 0
expect_text 0 'the logs agree'
expect_sentence 0 'DEGRADED .*n1 silent near round .*n4 silent near round '
expect_nothing_left

end
