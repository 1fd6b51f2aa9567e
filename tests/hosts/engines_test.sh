#!/usr/bin/env bash
# Nodes on three hosts, started by an engine: srun or mpirun.
#
#   tests/hosts/engines_test.sh PROGRAM
#
# Exit code 77: skipped, because hosts or Slurm are not possible here; the reason is printed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ ${ON_HOSTS-} == yes ]] || ON_HOSTS=yes exec "$here/with_hosts.sh" --slurm 3 "$0" "$@"
source "$here/check.sh" "$1"

command -v mpirun >/dev/null || skip "needs mpirun (scripts/setup.sh hosts)"
"$program" --version | grep -q pmix || skip "$program was built without PMIx (libpmix-dev)"

run_engine() { # ENGINE OPTION...
    local engine=$1 code=0
    shift
    # mpirun gives its processes a terminal, so colours would be on.
    ("under_$engine" "$@" --color never) >"$out/0" 2>&1 || code=$?
    codes=("$code")
}

for engine in srun mpirun; do
    for protocol in classic multi; do
        for auth in on off; do
            begin "$engine, $protocol, --auth $auth"
            run_engine "$engine" --protocol "$protocol" --auth "$auth" "${quick[@]}"
            expect_codes 0
            expect_text 0 '^SAFE +5 of 5 nodes'
            expect_nothing_left
        done
    done

    begin "$engine, a node is killed"
    run_engine "$engine" --faults kill=3@40% "${quick[@]}"
    expect_codes 0
    expect_text 0 '^SAFE '
    expect_text 0 '^DEGRADED +n3 '
    expect_nothing_left

    begin "$engine, another number of nodes"
    run_engine "$engine" --nodes 3
    [[ ${codes[0]} -eq 2 ]] || fail "exit code ${codes[0]} instead of 2"
    expect_text 0 'nodes 3: must be 5: that many processes were started'
    await_nothing_left

    # The fifth process is alone on h3. --port gives TCP port 7200 to n0, and UDP port 7204 to n4.
    begin "$engine, --port and --network; the engine is killed"
    network=10.78.0.0/24 n0=10.78.0.1 n4=10.78.0.3
    [[ $engine == srun ]] || network=fd77::/64 n0='[fd77::1]' n4='[fd77::3]'
    ("under_$engine" --port 7200 --network "$network" --duration 60s) >"$out/0" 2>&1 &
    pids=($!)
    expect_udp "${pids[0]}" h3 "$n4" 7204
    "$here/on_host.sh" h3 ss --no-header --tcp --numeric | awk '{ print $5 }' |
        grep -qxF "$n0:7200" || fail "n4 is not connected to $n0:7200"
    kill -KILL "${pids[0]}"
    wait_all
    await_nothing_left

    begin "$engine, a --network that contains no host"
    run_engine "$engine" --network 10.79.0.0/16
    [[ ${codes[0]} -eq 3 ]] || fail "exit code ${codes[0]} instead of 3"
    expect_text 0 'this host has no address in --network 10.79.0.0/16'
    await_nothing_left
done

begin "srun without PMIx"
code=0
srun --mpi=none --cpu-bind=none --nodes=3 --ntasks=5 --overcommit "$program" >"$out/0" 2>&1 ||
    code=$?
codes=("$code")
expect_codes 3
expect_text 0 'say `srun --mpi=pmix`'

end
