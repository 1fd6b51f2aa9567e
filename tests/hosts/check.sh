# Functions for the tests on several hosts. with_hosts.sh runs each test. The test sets $here to
# the folder of the tests, and then sources this file with the path of the program as argument. A
# failed check prints the output of the processes, and the test goes on.

# The folder that all hosts share. The program is copied there, because a host's own /tmp could hide
# the original.
out=/run/shared
program=$out/paxos_fast
cp "$1" "$program"
pids=()
codes=()
failures=0
name=""

skip() {
    echo "skipped: $*"
    exit 77
}

# The options of most runs. They omit the row with one round in flight. On a busy machine that row
# would take most of the time, because each round waits until every node has run on a shared core.
quick=(--window 2772 --rounds 20000 --repetitions 1 --no-floor)

peers_of() { # SIZE
    local i list=""
    for ((i = 0; i < $1; ++i)); do
        list+=${list:+,}h$((i % 3 + 1)):$((7000 + i))
    done
    echo "$list"
}

# Starts process ID of SIZE on host h1, h2 or h3. Its output goes to $out/ID. If $peers is set,
# it is the argument of --peers.
launch() { # SIZE ID OPTION...
    local size=$1 id=$2 list
    shift 2
    list=${peers-$(peers_of "$size")}
    # The command must exec the program, and must not be a function. Otherwise $! would be the PID
    # of a shell instead of the launcher's.
    "$here/on_host.sh" "h$((id % 3 + 1))" exec \
        "$program" --peers "$list" --id "$id" "$@" >"$out/$id" 2>&1 &
    pids[id]=$!
}

launch_all() { # SIZE OPTION...
    local size=$1 id
    shift
    for ((id = 0; id < size; ++id)); do
        launch "$size" "$id" "$@"
    done
}

# These functions start five processes on three hosts. Without --cpu-bind=none and --bind-to none,
# the first processes of all hosts would be bound to the same core, because the hosts are namespaces
# of one machine.
under_srun() {
    exec srun --mpi=pmix --cpu-bind=none --nodes=3 --ntasks=5 --overcommit "$program" "$@"
}
under_mpirun() {
    exec env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun \
        --mca plm rsh --mca plm_rsh_agent "$here/on_host.sh" \
        --mca oob_tcp_if_include 10.77.0.0/24 \
        --bind-to none --host h1:2,h2:2,h3:1 -np 5 "$program" "$@"
}

# Waits for the launched processes, and stores their exit codes in $codes.
wait_all() {
    local id code
    for id in "${!pids[@]}"; do
        code=0
        wait "${pids[id]}" 2>/dev/null || code=$? # 2>/dev/null hides messages such as "Killed".
        codes[id]=$code
    done
}

run_all() { # SIZE OPTION...
    launch_all "$@"
    wait_all
}

begin() { # NAME
    name=$1
    pids=() codes=()
    rm -f "$out"/[0-9]*
    echo "$name"
}

fail() { # TEXT
    failures=$((failures + 1))
    echo "FAILED: $name: $*"
    local file
    for file in "$out"/[0-9]*; do
        sed "s|^|  ${file##*/}: |" "$file"
    done
}

expect_codes() { # CODE... of process 0, 1, ...
    [[ "${codes[*]}" == "$*" ]] || fail "exit codes ${codes[*]} instead of $*"
}

expect_text() { # ID PATTERN
    grep -qE -e "$2" "$out/$1" || fail "the output of process $1 does not contain: $2"
}

# Like expect_text, but for a sentence of the summary, which may be wrapped onto several lines.
expect_sentence() { # ID PATTERN
    tr -s '\n ' '  ' <"$out/$1" | grep -qE -e "$2" ||
        fail "the summary of process $1 does not contain: $2"
}

# Waits until HOST has a UDP socket at ADDRESS:PORT, or until process PID has ended. Then checks
# that all UDP sockets of that host are at ADDRESS.
expect_udp() { # PID HOST ADDRESS PORT
    local pid=$1 host=$2 address=$3 port=$4 all=""
    until grep -qxF "$address:$port" <<<"$all"; do
        kill -0 "$pid" 2>/dev/null || break
        all=$("$here/on_host.sh" "$host" ss --no-header --udp --all --numeric | awk '{ print $4 }')
    done
    grep -qxF "$address:$port" <<<"$all" || fail "$host has no socket at $address:$port"
    all=$(grep -vF "$address:" <<<"$all") || return 0
    fail "$host has UDP sockets elsewhere: $all"
}

# Prints what the program has left behind: processes on any host (the hosts share one PID
# namespace), and files in shared memory, in $out and in each host's own /tmp. Ignores copies of the
# program.
what_is_left() {
    pgrep -x paxos_fast | sed 's/^/process /'
    local host folders=("$out" /dev/shm)
    for host in /run/hosts/h?; do
        folders+=("/proc/$(<"$host")/root/tmp")
    done
    find "${folders[@]}" -xdev -newer "$program" -name '*paxos*' ! -name "${program##*/}"
}

expect_nothing_left() {
    local left
    left=$(what_is_left)
    [[ -z $left ]] || fail "still there: $left"
}

# Like expect_nothing_left, but gives the processes 30 s to end.
await_nothing_left() {
    local tries
    for ((tries = 0; tries < 3000; ++tries)); do
        pgrep -x paxos_fast >/dev/null || break
        sleep 0.01
    done
    expect_nothing_left
}

end() {
    [[ $failures -eq 0 ]] || exit 1
}
