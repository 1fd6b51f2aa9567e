#!/usr/bin/env bash
# Nodes on three hosts, started with --peers and --id, as a loop over ssh would start them. In some
# tests the clocks, MTUs or firewalls of the hosts differ, or a process is missing at the start.
#
#   tests/hosts/peers_test.sh PROGRAM FLIPPED
#
# FLIPPED is PROGRAM built with tests/plants/flip.patch: n1 learns one value with a bit flipped.
#
# Exit code 77 means that the test was skipped because this machine cannot simulate hosts. The test
# prints the reason.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ ${ON_HOSTS-} == yes ]] || ON_HOSTS=yes exec "$here/with_hosts.sh" 3 "$0" "$@"
source "$here/check.sh" "$1"

# Starts two of three processes. They wait 20 s for the third process while the other tests run.
# They run a copy of the program with another name, so that expect_nothing_left ignores them.
missing=$out/missing
mkdir "$missing"
cp "$program" "$missing/late_start"
late_peers=h1:7100,h2:7101,h3:7102
"$here/on_host.sh" h1 exec "$missing/late_start" --peers "$late_peers" --id 0 >"$missing/0" 2>&1 &
missing_0=$!
"$here/on_host.sh" h2 exec "$missing/late_start" --peers "$late_peers" --id 1 >"$missing/1" 2>&1 &
missing_1=$!

for protocol in classic multi; do
    for auth in on off; do
        begin "5 nodes on 3 hosts, $protocol, --auth $auth"
        run_all 5 --protocol "$protocol" --auth "$auth" "${quick[@]}"
        expect_codes 0 0 0 0 0
        expect_text 0 '^SAFE +5 of 5 nodes'
        expect_sentence 0 ' cores h1: n0 .*n3 .*; h2: n1 .*n4 .*; h3: n2 '
        expect_sentence 0 ' hosts h1 h2 h3: Linux .*; clocks vs h1: h2 [+-].*s, h3 [+-].*s '
        expect_nothing_left
    done
done

begin "one round at a time, and the floor"
run_all 5 --window 1 --rounds 100 --repetitions 2
expect_codes 0 0 0 0 0
expect_text 0 '^SAFE +5 of 5 nodes'
# If other programs disturbed a measurement, the summary says "not measured".
expect_text 0 '^bare UDP +(over these addresses, without Paxos: |not measured)'
expect_nothing_left

begin "a key file"
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >/run/shared/key
chmod 600 /run/shared/key
launch 3 0 --key /run/shared/key "${quick[@]}"
code=0
"$here/on_host.sh" h2 "$program" --peers "$(peers_of 3)" --id 1 >"$out/8" 2>&1 || code=$?
[[ $code -eq 3 ]] || fail "a process without the key exits with code $code"
expect_text 8 'has another key; give all processes the same --key file'
launch 3 1 --key /run/shared/key
launch 3 2 --key /run/shared/key
wait_all
expect_codes 0 0 0
expect_text 0 '^SAFE +3 of 3 nodes'
expect_sentence 0 ' note refused [0-9]+ connections? \([0-9]+ wrong keys?\)'

begin "a foreign connection, a second n1 and another key do not prevent the start"
launch 3 0 "${quick[@]}"
launch 3 1 "${quick[@]}"
# Waits for n0, sends it an HTTP request, and reads until n0 closes the connection.
"$here/on_host.sh" h3 "bash -c '
    until exec 3<>/dev/tcp/h1/7000; do sleep 0.05; done 2>/dev/null
    printf \"GET / HTTP/1.1\\r\\n\\r\\n\" >&3
    cat <&3'" >"$out/7" 2>&1 || true
until [[ -n $("$here/on_host.sh" h2 ss --no-header --tcp state established dport = :7000) ]]; do
    sleep 0.05 # Waits until the first n1 has a connection.
done
code=0
"$here/on_host.sh" h2 "$program" --peers "$(peers_of 3)" --id 1 >"$out/8" 2>&1 || code=$?
[[ $code -eq 3 ]] || fail "the second n1 exits with code $code"
expect_text 8 'n1 has already joined, so the process on h2 cannot be n1 too'
code=0
"$here/on_host.sh" h3 "$program" --peers "$(peers_of 3)" --id 2 --key "$out/key" \
    >"$out/9" 2>&1 || code=$?
[[ $code -eq 3 ]] || fail "a process with another key exits with code $code"
expect_text 9 'has another key; give all processes the same --key file'
launch 3 2 "${quick[@]}"
wait_all
expect_codes 0 0 0
expect_text 0 '^SAFE +3 of 3 nodes'
# The number of refused connections varies, because a process with another key may try more than one
# address of n0.
refused=' note refused [0-9]+ connections'
expect_sentence 0 "$refused \(1 from another program, [0-9]+ wrong keys?, 1 duplicate rank\)"
expect_nothing_left

begin "n1 on h2 has a value with a bit flipped"
mkdir "$out/flipped"
cp "$2" "$out/flipped/paxos_fast"
launch 3 0 "${quick[@]}"
program=$out/flipped/paxos_fast launch 3 1
launch 3 2
wait_all
expect_codes 5 0 0
expect_text 0 'safety violated: .*n1'
expect_nothing_left

# The run lasts until it is stopped. Each host name resolves to two addresses.
begin "--network chooses among the addresses of a host"
launch_all 3 --network 10.78.0.0/24 --duration 60s
for id in 0 1 2; do
    expect_udp "${pids[id]}" "h$((id + 1))" "10.78.0.$((id + 1))" $((7000 + id))
done
kill -TERM "${pids[0]}"
wait_all
expect_codes 143 0 0
expect_nothing_left

begin "a --network that does not contain the node"
code=0
"$here/on_host.sh" h2 "$program" --peers "$(peers_of 3)" --id 1 --network 10.79.0.0/16 \
    >"$out/1" 2>&1 || code=$?
[[ $code -eq 3 ]] || fail "exit code $code instead of 3"
expect_text 1 '--peers h2:7001: has no address in --network 10.79.0.0/16'

# The clock of h2 is a day ahead. On the connection from h2 to n0, only what n0 sends is delayed, by
# 10 ms. The measured clock offset is therefore 5 ms too high, which is within the reported error.
# If the log did not allow for that error, it would show that n1 receives messages up to 5 ms before
# they are sent.
begin "the clock of a host differs"
if ! command -v jq >/dev/null; then
    echo "  skipped: needs jq"
elif ! unshare --time --monotonic 86400 --fork true 2>/dev/null; then
    echo "  skipped: needs time namespaces (Linux 5.6)"
else
    printf '10.77.0.%s\n' '254 h1' '2 h2' '3 h3' >"$out/names"
    "$here/on_host.sh" h2 mount --bind "$out/names" /etc/hosts
    "$here/slow_path.pl" 10.77.0.254:7000 10.77.0.1:7000 0.01 &
    slow_path=$!
    launch 3 0 --log --json "$out/5"
    program="unshare --time --monotonic 86400 --fork --kill-child $program" launch 3 1
    launch 3 2
    wait_all
    kill "$slow_path"
    "$here/on_host.sh" h2 umount /etc/hosts
    expect_codes 0 0 0
    expect_text 0 '^SAFE +3 of 3 nodes'
    expect_sentence 0 '; clocks vs h1: h2 \+86400s \+-[0-9.]+ms, h3 [+-][0-9.]+[num]s '
    clock=$(jq -c '.paxos_fast.summary.hosts[1] | [.clock_offset_ns - 86400e9, .clock_error_ns] |
        select(.[1] >= 5e6 and .[0] <= .[1] and -.[0] <= .[1])' "$out/5")
    [[ -n $clock ]] || fail "the clock offset or its reported error is wrong"
    early=$(jq -r -f "$here/early_receipts.jq" "$out/5")
    [[ -z $early ]] || fail "receipts before their sends: $early"
    jq -e '.paxos_fast.repetitions[0].trace | map(.at_ns) | . == sort' "$out/5" >/dev/null ||
        fail "the times in the log decrease"
    expect_nothing_left
fi

begin "IPv6"
peers='[fd77::1]:7000,[fd77::2]:7001,[fd77::3]:7002,[fd77::1]:7003,[fd77::2]:7004'
launch_all 5 "${quick[@]}"
wait_all
expect_codes 0 0 0 0 0
expect_text 0 '^SAFE +5 of 5 nodes'
unset peers
expect_nothing_left

# With gso_max_segs 1 the kernel splits each send before it reaches the interface, so every datagram
# is received by itself.
begin "sends that the network splits"
for id in 1 2 3; do
    "$here/on_host.sh" "h$id" ip link set eth0 gso_max_segs 1
done
run_all 5 "${quick[@]}"
expect_codes 0 0 0 0 0
expect_text 0 '^note +the network splits sends of many datagrams'
for id in 1 2 3; do
    "$here/on_host.sh" "h$id" ip link set eth0 gso_max_segs 65535
done
expect_nothing_left

set_mtu() { # MTU: sets the MTU of all hosts.
    local id
    for id in 1 2 3; do
        "$here/on_host.sh" "h$id" ip link set eth0 mtu "$1"
        ip link set "to_h$id" mtu "$1"
    done
}

# Datagrams are as large as the smallest MTU allows, but have at most 1408 bytes. Sends are not
# split.
for mtu_size in 9000:1408 1420:1344 1280:1216; do
    mtu=${mtu_size%:*} size=${mtu_size#*:}
    begin "an MTU of $mtu"
    set_mtu "$mtu"
    run_all 5 "${quick[@]}" --json "$out/5"
    expect_codes 0 0 0 0 0
    expect_text 0 '^SAFE +5 of 5 nodes'
    expect_text 5 "\"mtu\":$mtu,"
    if [[ $size -lt 1408 ]]; then
        expect_text 5 "datagrams have at most $size bytes, not 1408"
    elif grep -q "datagrams have at most" "$out/5"; then
        fail "the run reduced the datagram size although 1408 bytes fit"
    fi
    ! grep -q "splits sends" "$out/5" || fail "sends are split"
    expect_nothing_left
done
set_mtu 1500

# Only the interface of h2 has an MTU of 1400, so h2 drops larger datagrams without an error.
begin "one host with an MTU of 1400"
"$here/on_host.sh" h2 ip link set eth0 mtu 1400
run_all 3 "${quick[@]}" --faults loss=1% --json "$out/5"
expect_codes 0 0 0
expect_text 0 '^SAFE +3 of 3 nodes'
expect_text 5 'datagrams have at most 1344 bytes'

begin "a path whose MTU is too small"
"$here/on_host.sh" h2 ip link set eth0 mtu 1200
run_all 3 "${quick[@]}"
expect_codes 3 0 0
expect_text 0 'n0 on this host does not hear n1 on h2: small datagrams arrive, but '
expect_text 0 'datagrams of 1216 bytes do not; the path needs an MTU of 1244'
"$here/on_host.sh" h2 ip link set eth0 mtu 1500
expect_nothing_left

# h2 accepts TCP connections, but drops the datagrams of h3 without an error. The test drops them
# with a routing rule, which needs no extra package. The new rule must precede the rule for local
# addresses. Therefore the rule for local addresses moves from priority 0 to 2.
begin "a firewall between two hosts"
"$here/on_host.sh" h2 "
    ip rule add pref 2 lookup local && ip rule del pref 0 &&
    ip rule add pref 1 iif eth0 from 10.77.0.3 ipproto udp blackhole"
run_all 3 "${quick[@]}"
expect_codes 3 0 0
expect_text 0 'n1 on h2 does not hear n2 on h3: a firewall drops UDP between them, or they have'
expect_text 0 'no common network: open UDP \(--port fixes the ports\), or choose another network'
"$here/on_host.sh" h2 ip rule del pref 1
expect_nothing_left

begin "a node is killed"
run_all 5 --faults kill=3@40% "${quick[@]}"
expect_codes 0 0 0 0 0
expect_text 0 '^SAFE '
expect_text 0 '^DEGRADED +n3 killed by signal 9'
expect_nothing_left

# With cut=1:0, n1 drops all its datagrams to n0. n1 runs on h2.
begin "a fault is injected on another host"
run_all 5 --faults cut=1:0 "${quick[@]}" --json "$out/5"
expect_codes 0 0 0 0 0
expect_text 0 '^SAFE '
expect_text 5 '"injected":\{"lost":[1-9]'
expect_nothing_left

begin "a process is missing"
for id in 0 1; do
    job=missing_$id code=0
    wait "${!job}" || code=$?
    codes[id]=$code
    cp "$missing/$id" "$out/$id"
done
expect_codes 3 1
expect_text 0 '1 of 3 processes did not connect within 20 s: n2; start the missing processes'
expect_text 1 'n1: rank 0 is lost'

end
