#!/usr/bin/env bash
# Measures every performance target of the project and prints which are met.
#
#   scripts/targets.sh [--no-install] [--pairs N] [--rounds R] [--only TEXT] [FLOOR [RUNS [DISK]]]
#
# Two forms of messages are measured. "In runs", one message covers a run of neighbouring rounds.
# "In cells" (`--runs off`), each message covers one round.
#
# A ratio is the median of N pairs, by default 9, with quartiles. The two sides of a pair are
# measured one after the other, in alternating order. R, by default 100M, is the number of rounds in
# the measurements that check whether a long run slows down or needs more memory; 1G takes minutes.
# With --only, rows whose name does not contain TEXT are left out.
#
# The floor is the speed of UDP without a protocol. The paths of three programs may be given:
#   FLOOR   measures the floor in cells: `FLOOR pipe NODES PHASES BATCH WINDOW lead` prints millions
#           of slots a second; `FLOOR round NODES` prints the p50 and the rate of single rounds
#   RUNS    measures the floor in runs: `RUNS NODES PHASES BATCH WINDOWS`
#   DISK    measures writes of 5 processes at once: `DISK DIR SECONDS 5 many`
# In place of a missing FLOOR or RUNS, the script uses the floor that paxos_fast itself measures. It
# then leaves out the rows at the end that compare this floor with that of the missing program. If
# DISK is not given, the script leaves out the rows of durable runs.
#
# The rows about several hosts need root, for network namespaces.
#
# Exits with 0 even if targets are missed, because on shared cores a missed target does not prove a
# regression.
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
pairs=9 long=100M only='' floor='' runs_floor='' disk=''
while [[ $# -gt 0 ]]; do
    case $1 in
    --only)
        [[ -n ${2-} ]] || fail 2 "$1 needs a text"
        only=$2
        shift
        ;;
    --pairs | --rounds)
        [[ ${2-} =~ ^[1-9][0-9]*[kMG]?$ ]] || fail 2 "$1 needs a number"
        if [[ $1 == --pairs ]]; then pairs=$2; else long=$2; fi
        shift
        ;;
    -*) fail 2 "$1: no such option (--pairs, --rounds, --only)" ;;
    *)
        if [[ -z $floor ]]; then floor=$1
        elif [[ -z $runs_floor ]]; then runs_floor=$1
        else disk=$1; fi
        ;;
    esac
    shift
done
for given in "$floor" "$runs_floor" "$disk"; do
    [[ -z $given || -x $given ]] || fail 2 "$given: not a program"
done

"$root/scripts/setup.sh" "${install_option[@]}" build ci
configure release
build release paxos_fast
program=$root/build/release/paxos_fast
[[ -z $floor ]] || floor=$(realpath "$floor")
[[ -z $runs_floor ]] || runs_floor=$(realpath "$runs_floor")
[[ -z $disk ]] || disk=$(realpath "$disk")
files=$(mktemp -d "$root/build/targets.XXXXXX") # For durable runs, because /tmp may be in memory.
trap 'rm -rf "$files"' EXIT
# Only the settings below apply. Settings in the environment are removed here, and a program that
# runs in build/ does not read the .env of the root folder.
unset "${!PAXOS_@}"
cd "$root/build"
set -f # No globbing: sides are expanded unquoted, and their jq filters contain brackets.

# ---- one side of a pair: prints a number ----

if_safe() { # JQ: the filter that prints the figure JQ if every verdict is SAFE
    printf '.paxos_fast | if all(.runs[]; .safety.verdict == "SAFE") then %s else "unsafe" end' "$1"
}
bench() { # JQ OPTION...: prints the figure JQ of one run
    "$program" --repetitions 1 --no-floor --progress never --json - "${@:2}" 2>/dev/null |
        jq -r "$(if_safe "$1")"
}
on_hosts() { # JQ OPTION...: prints the figure JQ of one run of 5 nodes on three simulated hosts
    "$root/tests/hosts/measure.sh" "$program" "$(if_safe "$1")" "${@:2}" 2>/dev/null
}
# The number of rounds in flight that fills three sends, with `--runs on` and with `--runs off`.
window=5412 window_off=2772
saturated() { bench ".runs[0] | $1" --window $window --duration 300ms "${@:2}"; }
rate() { saturated .decisions_per_second "$@"; }
rate_off() {
    bench '.runs[0].decisions_per_second' --runs off --window $window_off --duration 300ms "$@"
}
cpu_us() { saturated '.cpu_ns_per_decision / 1e3' "$@"; }
unloaded() { bench ".runs[0] | $1" --window 1 --duration 300ms "${@:2}"; }
p50() { unloaded .latency_ns.p50 "$@"; }
better_io() { # Prints uring or mmsg, whichever has the lower unloaded p50.
    local io
    for io in uring mmsg; do
        printf '%s %s\n' "$(for _ in 1 2 3; do p50 --io $io; done | sort -g | sed -n 2p)" $io
    done | awk '$1 + 0 > 0' | sort -g | awk 'NR == 1 {print $2}'
}
messages() { # Prints messages per second, of all kinds and of all nodes together.
    bench '.runs[0] | ([.messages | to_entries[] | select(.key != "resent").value] | add) /
        .elapsed_ns * 1e9' --window $window --duration 300ms "$@"
}
floor_rate() { # NODES PHASES
    if [[ -n $floor ]]; then
        "$floor" pipe "$1" "$2" 968 2904 lead | awk '{print $1 * 1e6}'
    else
        own_floor decisions_per_second "$1" "$2" --runs off
    fi
}
runs_floor_rate() { # NODES PHASES
    if [[ -n $runs_floor ]]; then
        "$runs_floor" "$1" "$2" 1848 3 | awk '{print $1 * 1e6}'
    else
        own_floor decisions_per_second "$1" "$2" --runs on
    fi
}
floor_round() { # p50|rate NODES
    if [[ -n $floor ]]; then
        "$floor" round "$2" | awk -v what="$1" '
            {
                for (i = 1; i < NF; ++i)
                    if ($i == "p50") p50 = $(i + 1) * 1e3
                    else if ($(i + 1) ~ /^rounds/) rate = $i
            }
            END {print (what == "p50" ? p50 : rate)}'
    elif [[ $1 == p50 ]]; then
        own_floor round_ns_p50 "$2" 2
    else
        own_floor rounds_per_second "$2" 2
    fi
}
own_floor() { # FIELD NODES PHASES OPTION...
    local protocol=classic
    [[ $3 == 2 ]] || protocol=multi
    "$program" --repetitions 1 --rounds 100 --progress never --json - --nodes "$2" \
        --protocol "$protocol" "${@:4}" 2>/dev/null | jq -r ".paxos_fast.floor.$1"
}

# ---- rows ----

row() { # WHAT TARGET MEASURED: TARGET is "<= 1.15" or ">= 0.62"; MEASURED begins with the number.
    local met
    met=$(awk -v target="$2" -v measured="${3%% *}" 'BEGIN {
        split(target, part, " ")
        if (measured !~ /^[0-9]/) print "?"
        else if (part[1] == "<=") print (measured + 0 <= part[2] ? "yes" : "no")
        else print (measured + 0 >= part[2] ? "yes" : "no")}')
    printf '| %s | %s | %s | %s |\n' "$1" "$2" "$3" "$met"
}
quartiles() { # Reads numbers on stdin, prints "median (first to third quartile)"
    sort -g | awk '{n[NR] = $1}
        function at(share,   place, below) { place = 1 + share * (NR - 1); below = int(place)
            return below == NR ? n[NR] : n[below] + (place - below) * (n[below + 1] - n[below]) }
        END {if (NR) printf "%.3g (%.3g to %.3g)\n", at(0.5), at(0.25), at(0.75)}'
}
ratio() { # WHAT TARGET "SIDE" "OTHER SIDE": each side is a command that prints a number
    [[ $1 == *"$only"* ]] || return 0
    local i one other
    for ((i = 0; i < pairs; ++i)); do
        if ((i % 2 == 0)); then
            one=$($3) other=$($4)
        else
            other=$($4) one=$($3)
        fi
        awk -v one="$one" -v other="$other" \
            'BEGIN {if (one + 0 > 0 && other + 0 > 0) print one / other; else exit 1}' ||
            report "$1: a run gave no figure ($one, $other)"
    done | quartiles | { read -r measured && row "$1" "$2" "$measured"; }
}
figure() { # WHAT TARGET UNIT "SIDE": like ratio, for the figure of one side
    [[ $1 == *"$only"* ]] || return 0
    local i
    for ((i = 0; i < pairs; ++i)); do $4; done | quartiles |
        { read -r measured && row "$1" "$2${3:+ $3}" "$measured"; }
}

revision=$(git -c safe.directory='*' -C "$root" describe --always --dirty --exclude '*')
printf '%s, %s, %s cores, %s\n\n' "$(date +%F)" "$revision" "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
printf '| what | target | median (quartiles) of %s | met |\n|---|---|---|---|\n' "$pairs"

ratio 'saturated `classic`, 5 nodes / floor in runs' '>= 0.72' 'rate' 'runs_floor_rate 5 2'
ratio 'saturated `classic`, 5 nodes / floor in cells' '>= 2.0' 'rate' 'floor_rate 5 2'
ratio 'saturated `multi`, 5 nodes / floor in runs' '>= 0.66' \
    'rate --protocol multi' 'runs_floor_rate 5 1'
ratio 'saturated `multi`, 5 nodes / floor in cells' '>= 1.65' \
    'rate --protocol multi' 'floor_rate 5 1'
ratio 'saturated `classic`, 3 nodes / floor in runs' '>= 0.60' \
    'rate --nodes 3' 'runs_floor_rate 3 2'
ratio 'saturated `multi`, 3 nodes / floor in runs' '>= 0.65' \
    'rate --nodes 3 --protocol multi' 'runs_floor_rate 3 1'
figure 'CPU time of all nodes per decision, saturated `classic`' '<= 0.17' us cpu_us
figure 'CPU time of all nodes per decision, saturated `multi`' '<= 0.12' us \
    'cpu_us --protocol multi'
ratio '`classic --runs off`, 5 nodes / floor in cells' '>= 0.62' 'rate_off' 'floor_rate 5 2'
ratio '`multi --runs off`, 5 nodes / floor in cells' '>= 0.75' \
    'rate_off --protocol multi' 'floor_rate 5 1'
ratio '`classic --runs off`, 3 nodes / floor in cells' '>= 0.60' \
    'rate_off --nodes 3' 'floor_rate 3 2'
ratio '`multi --runs off`, 3 nodes / floor in cells' '>= 0.80' \
    'rate_off --nodes 3 --protocol multi' 'floor_rate 3 1'
ratio '`classic --runs off --thrifty` / without `--thrifty`' '>= 1.4' 'rate_off --thrifty' \
    'rate_off'
ratio 'unloaded `classic` p50, `--io uring` / floor' '<= 1.15' 'p50 --io uring' 'floor_round p50 5'
better="--io $(better_io)"
ratio "unloaded \`classic\` p50, \`$better\` (the better) / floor" '<= 0.90' \
    "p50 $better" 'floor_round p50 5'
ratio "unloaded \`classic\` rounds a second, \`$better\` / floor" '>= 1.4' \
    "unloaded .decisions_per_second $better" 'floor_round rate 5'
ratio "unloaded \`classic --thrifty\` p50, \`$better\` / without \`--thrifty\`" '<= 1.0' \
    "p50 $better --thrifty" "p50 $better"
ratio "unloaded \`classic --thrifty\` rounds a second, \`$better\` / without \`--thrifty\`" \
    '>= 1.1' "unloaded .decisions_per_second $better --thrifty" \
    "unloaded .decisions_per_second $better"
ratio "unloaded \`multi\` p50, \`$better\` / floor" '<= 0.45' \
    "p50 $better --protocol multi" 'floor_round p50 5'
ratio "unloaded \`multi --thrifty\` p50, \`$better\` / floor" '<= 0.45' \
    "p50 $better --protocol multi --thrifty" 'floor_round p50 5'
two='--protocol multi --thrifty --accept-quorum 2'
ratio 'saturated `multi --thrifty`, accept quorum 2 / majority' '>= 1.0' \
    "rate $two" 'rate --protocol multi --thrifty'
ratio "unloaded \`multi --thrifty\` p50, \`$better\`, accept quorum 2 / majority" '<= 1.0' \
    "p50 $better $two" "p50 $better --protocol multi --thrifty"
figure 'unloaded p99 / p50' '<= 1.6' '' 'unloaded .latency_ns.p99/.latency_ns.p50'
half_rate_p50_us() { # Prints the p50 of the latency at half of the saturated rate.
    saturated '.latency_ns.p50 / 1e3' --rate "$(rate | awk '{printf "%d", $1 / 2}')"
}
figure 'p50 at half of the saturated rate' '<= 150' us half_rate_p50_us
whole_rate="bench .runs[0].decisions_per_second --window $window"
whole_memory="bench ([.runs[0].nodes[].rss_peak_bytes]|add) --window $window"
ratio "$long rounds / 1M, rate" '>= 0.95' "$whole_rate --rounds $long --timeout 20min" \
    "$whole_rate --rounds 1M"
ratio "$long rounds / 1M, memory" '<= 1.05' "$whole_memory --rounds $long --timeout 20min" \
    "$whole_memory --rounds 1M"
for nodes in 3 7 9 15; do
    ratio "messages a second, $nodes nodes / 5 nodes" '>= 0.7' "messages --nodes $nodes" 'messages'
done
ratio 'rate with 3 competing proposers / with 1' '>= 0.2' 'rate --proposers 3' 'rate'
figure 'rate with 10 % loss' '>= 2.8e6' 1/s 'rate --faults loss=10%'
figure 'rate with 30 % loss' '>= 1.3e6' 1/s 'rate --faults loss=30%'
ratio 'rate with 10 % loss / without' '>= 0.4' 'rate --faults loss=10%' 'rate'
ratio 'rate with 30 % loss / without' '>= 0.2' 'rate --faults loss=30%' 'rate'
ratio 'rate without a path from n0 to n4 / with all paths' '>= 0.5' 'rate --faults cut=0:4' 'rate'
ratio 'rate without a path from n0 to n4 / with all paths, `multi`' '>= 0.5' \
    'rate --protocol multi --faults cut=0:4' 'rate --protocol multi'
ratio 'rate with `--thrifty` / without, 20 % loss and 2 ms delay' '>= 0.5' \
    'rate --thrifty --faults loss=20%,delay=2ms' 'rate --faults loss=20%,delay=2ms'
wait_ms() { bench '.runs[0].longest_wait_ns / 1e6' --window $window --rounds 2M "$@"; }
# The first row shows the waits that the machine itself causes, for comparison with the next two.
figure 'no node killed: longest wait' '<= 5' ms wait_ms
figure 'an acceptor killed: longest wait' '<= 1.5' ms 'wait_ms --faults kill=3@40%'
figure 'the proposer killed: longest wait' '<= 5' ms 'wait_ms --faults kill=0@40%'
figure 'start and stop of 5 nodes' '<= 60' ms \
    'bench .repetitions[0]|(.start_ns+.stop_ns)/1e6 --rounds 100'
default_s() {
    local begun=$EPOCHREALTIME
    "$program" --nodes 5 --rounds 100000 --progress never >/dev/null
    awk -v begun="$begun" -v end="$EPOCHREALTIME" 'BEGIN {print end - begun}'
}
figure 'the default command' '<= 2' s default_s
figure 'allocations and page faults during a measurement' '<= 0' '' \
    'bench [.runs[]|.allocations+.page_faults]|add --duration 300ms'
ratio 'saturated, `--io mmsg` / `--io uring`' '>= 0.8' 'rate --io mmsg' 'rate --io uring'

if on_hosts 1 --rounds 100 --no-floor >/dev/null; then
    for protocol in classic multi; do
        settings="--protocol $protocol --window $window --duration 600ms"
        over="on_hosts .runs[0].decisions_per_second --no-floor $settings"
        ratio "saturated \`$protocol\`, three hosts / one host" '>= 0.85' "$over --auth off" \
            "bench .runs[0].decisions_per_second --idle yield $settings"
        ratio "saturated \`$protocol\`, three hosts, with authentication / without" '>= 0.85' \
            "$over --auth on" "$over --auth off"
    done
    figure 'unloaded `classic` p50, three hosts / floor between them' '<= 1.1' '' \
        'on_hosts .runs[0].latency_ns.p50/.floor.round_ns_p50 --window 1 --duration 1s'
else
    report "no rows about several hosts: network namespaces are not possible here"
fi

durable() { # PROTOCOL JQ OPTION...: like bench, with files
    bench "$2" --protocol "$1" --durable "$files/$1" "${@:3}"
}
# Prints FIELD (p50, in us, or /s) of writes of SIZE bytes by five processes at once.
disk_writes() { # FIELD SIZE
    "$disk" "$files" 0.3 5 many | awk -v field="$1" -v size="$2" '
        /^uring O_DIRECT RWF_DSYNC/ && $4 == size {
            for (i = 1; i <= NF; ++i)
                if ($i == field) print (field == "p50" ? $(i + 1) : $(i - 1))
        }'
}
# A slot takes a record of 64 bytes. A batch of 256 KiB has a header of 64 bytes, which leaves space
# for 4095 records.
disk_rate() { # FLUSHES: slots a second, if each slot takes FLUSHES writes
    disk_writes /s 262144 | awk -v flushes="$1" '{print $1 / 5 * 4095 / flushes}'
}
disk_p50() { # PROTOCOL FLUSHES: p50 of a round without files + FLUSHES x p50 of a write, in us
    awk -v memory="$(p50 --protocol "$1")" -v flush="$(disk_writes p50 4096)" -v flushes="$2" \
        'BEGIN {print memory / 1e3 + flushes * flush}'
}
durable_rows() { # PROTOCOL FLUSHES
    ratio "saturated durable \`$1\` / disk floor" '>= 0.5' \
        "durable $1 .runs[0].decisions_per_second --window $window --duration 1s" "disk_rate $2"
    ratio "unloaded durable \`$1\` p50 / (p50 of its writes + p50 of a round without files)" \
        '<= 1.25' "durable $1 .runs[0].latency_ns.p50/1e3 --window 1 --duration 1s" \
        "disk_p50 $1 $2"
    figure "bytes a slot at each node, saturated durable \`$1\`" '<= 72' '' \
        "durable $1 .repetitions[0].storage.bytes_per_slot --window $window --duration 1s"
}
if [[ -n $disk ]]; then
    durable_rows multi 1
    durable_rows classic 2
fi

wide='bytes a second, values of 224 bytes / of 32 with `--runs off`'
if [[ $wide == *"$only"* ]]; then
    configure values_224
    build values_224 paxos_fast
fi
small=$program
# Measures SIDE with values of 224 bytes. The other side of the ratio has values of 32 bytes, so the
# function prints the rate at which values of 32 bytes would carry as many bytes a second.
of_wide() { # SIDE
    program=$root/build/values_224/paxos_fast
    "$@" | awk '{print $1 * 224 / 32}'
    program=$small
}
window_wide=660 # Fills three sends if messages cover runs and values have 224 bytes.
rate_wide() { window=$window_wide && rate; }
ratio "$wide" '>= 3' 'of_wide rate_wide' rate_off
if [[ -n $floor ]]; then
    own() { floor='' && floor_rate 5 2; }
    ratio "the program's own floor / outside floor, both phases, in cells" '>= 0.85' \
        own 'floor_rate 5 2'
    own_round() { floor='' && floor_round p50 5; }
    ratio "the program's own floor / outside floor, p50 of a round" '<= 1.15' \
        own_round 'floor_round p50 5'
fi
if [[ -n $runs_floor ]]; then
    own_runs() { runs_floor='' && runs_floor_rate 5 2; }
    ratio "the program's own floor / outside floor, both phases, in runs" '>= 0.85' \
        own_runs 'runs_floor_rate 5 2'
fi
