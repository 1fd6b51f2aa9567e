#!/usr/bin/env bash
# Nodes on three hosts, started by an engine: srun or mpirun.
#
#   tests/hosts/engines_test.sh PROGRAM FLIPPED
#
# FLIPPED is PROGRAM built with tests/plants/flip.patch: n1 learns one value with a bit flipped.
#
# Exit code 77 means that the test was skipped because this machine cannot simulate hosts or run an
# engine. The test prints the reason.
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

# Writes the shell script $out/NAME/PROGRAM, which consists of TEXT. The engine starts the script in
# place of the program.
make_script() { # NAME/PROGRAM TEXT
    mkdir "$out/${1%/*}"
    printf '#!/bin/sh\n%s\n' "$2" >"$out/$1"
    chmod +x "$out/$1"
}

# Processes 0 and 1 of three have --peers. Process 2 uses PMIx, which waits for all three processes.
# Each process ends with an error after 20 s, while the other tests run. The three processes run a
# copy of the program with another name, so that expect_nothing_left ignores them.
make_script mixed/start "
    exec >$out/mixed/\$SLURM_PROCID 2>&1
    [ \$SLURM_PROCID != 2 ] || exec $out/mixed/late_start
    exec $out/mixed/late_start --peers h1:7100,h2:7101,h3:7102 --id \$SLURM_PROCID"
cp "$program" "$out/mixed/late_start"
srun --mpi=pmix --cpu-bind=none --nodes=3 --ntasks=3 --overcommit "$out/mixed/start" \
    >"$out/mixed/srun" 2>&1 &
mixed_job=$!

mkdir "$out/flipped"
cp "$2" "$out/flipped/paxos_fast"
make_script only_n1_flipped/paxos_fast "
    [ \$PMIX_RANK != 1 ] || {
        hostname >$out/flipped/host
        exec $out/flipped/paxos_fast \"\$@\"
    }
    exec $program \"\$@\""

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

    # With these variables, each process starts on another host than the previous one, and so n1
    # starts on h2.
    begin "$engine, n1 on h2 has a value with a bit flipped"
    SLURM_DISTRIBUTION=cyclic OMPI_MCA_rmaps_base_mapping_policy=node \
        program=$out/only_n1_flipped/paxos_fast run_engine "$engine" "${quick[@]}"
    [[ $(<"$out/flipped/host") == h2 ]] || fail "n1 was on $(<"$out/flipped/host")"
    expect_codes 5
    expect_text 0 'safety violated: .*n1'
    await_nothing_left

    begin "$engine, another number of nodes"
    run_engine "$engine" --nodes 3
    [[ ${codes[0]} -eq 2 ]] || fail "exit code ${codes[0]} instead of 2"
    expect_text 0 'nodes 3: must be 5, the number of processes that were started'
    await_nothing_left

    # The fifth process is alone on h3. With --port 7200, n0 has TCP port 7200 and n4 has UDP port
    # 7204. The run would last 300 s. When the engine is killed, its daemons must end the processes.
    begin "$engine, --port and --network; the engine is killed"
    network=10.78.0.0/24 n0=10.78.0.1 n4=10.78.0.3
    [[ $engine == srun ]] || network=fd77::/64 n0='[fd77::1]' n4='[fd77::3]'
    ("under_$engine" --port 7200 --network "$network" --duration 300s) >"$out/0" 2>&1 &
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

launcher_of() { # NAME=RANK: prints the PID of the launcher with NAME=RANK in its environment.
    local pid
    for pid in $(pgrep -x paxos_fast); do
        if tr '\0' '\n' <"/proc/$pid/environ" | grep -qxF "$1"; then
            echo "$pid"
        fi
    done
}

parent_of() { # PID
    awk '$1 == "PPid:" { print $2 }' "/proc/$1/status"
}

# Slurm does not notice that its daemon died, and does not stop the processes of h3. The run goes
# on.
begin "srun, the slurmstepd of h3 is killed"
(under_srun --window 2772 --duration 3s --repetitions 1 --no-floor) >"$out/0" 2>&1 &
pids=($!)
until pgrep -x "paxos_fast n4" >/dev/null; do
    kill -0 "${pids[0]}" 2>/dev/null || break
done
kill -KILL "$(parent_of "$(launcher_of SLURM_PROCID=4)")"
await_nothing_left
kill -KILL "${pids[0]}" # Otherwise srun would wait for h3 forever.
wait_all
expect_text 0 '^SAFE +5 of 5 nodes'

# Open MPI notices that its daemon died, and ends the other processes.
begin "mpirun, the orted of h3 is killed"
(under_mpirun --port 7200 --network 10.77.0.0/24 --duration 300s --no-floor) >"$out/0" 2>&1 &
pids=($!)
expect_udp "${pids[0]}" h3 10.77.0.3 7204
kill -KILL "$(parent_of "$(launcher_of OMPI_COMM_WORLD_RANK=4)")"
wait_all
[[ ${codes[0]} -ne 0 ]] || fail "mpirun exits with code 0"
expect_text 0 'Remote daemon: .* on node h3'
await_nothing_left

begin "srun and --peers without --id"
run_engine srun --peers "$(peers_of 5)"
expect_codes 2
expect_text 0 'needs --id, the position of this process in the list: 0 to 4'
await_nothing_left

begin "process 0 by hand, the others by srun with --peers and --id"
launch 3 0 "${quick[@]}"
code=0
srun --mpi=pmix --cpu-bind=none --nodelist=h2,h3 --ntasks=2 sh -c \
    "exec $program --peers $(peers_of 3) --id \$((SLURM_PROCID + 1))" >"$out/1" 2>&1 || code=$?
wait_all
codes[1]=$code
expect_codes 0 0
expect_text 0 '^SAFE +3 of 3 nodes'
expect_nothing_left

begin "srun without PMIx"
code=0
srun --mpi=none --cpu-bind=none --nodes=3 --ntasks=5 --overcommit "$program" >"$out/0" 2>&1 ||
    code=$?
codes=("$code")
expect_codes 3
expect_text 0 'use `srun --mpi=pmix`'

begin "srun, two processes with --peers and one without"
code=0
wait "$mixed_job" || code=$?
codes=("$code")
cp "$out"/mixed/[0-9] "$out"
expect_codes 3
expect_text 0 '1 of 3 processes did not connect within 20 s: n2; start the missing processes'
expect_text 1 'n1: rank 0 is lost: '
expect_text 2 'PMIx did not finish within 20 s; .* and that no process was started with --peers'
! pgrep -x late_start >/dev/null || fail "processes still run"

end
