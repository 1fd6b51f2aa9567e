#!/usr/bin/env bash
# Counts the instructions that src/core and src/wire need for a decided slot in a fixed workload
# (bench/instructions.cpp), and compares the counts with the stored ones. There are counts for
# messages that cover runs of slots (bench/instructions/<protocol>.txt) and for one message per slot
# (<protocol>_off.txt). Unlike times, these counts do not depend on the load of the machine.
#
#   scripts/instructions.sh [--no-install] [--store]
#
# If a total rises by more than 5 %, the script fails and lists the functions that grew. If a total
# falls by more than 1 %, run with --store and commit the new counts with the change that caused
# them. The build targets x86-64-v3 on every machine, because valgrind does not support AVX-512.
# Stored counts hold for one compiler, one version of xxhash and one value size. With another
# compiler, xxhash or value size the script only reports the totals.
source "$(dirname "$0")/lib.sh"

rise_max=5
fall_max=1

take_no_install "$@"
shift "$taken"
store=0
if [[ ${1-} == --store ]]; then
    store=1
    shift
fi
[[ $# -eq 0 ]] || fail 2 "$1: unknown argument (--no-install, --store)"

"$root/scripts/setup.sh" "${install_option[@]}" build instructions
configure instructions
build instructions instructions

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# Prints the instructions per slot of each function of the protocol, of src/wire and of xxhash. Each
# line is like "12.50 function", and the largest number comes first. Leaves out the workload itself,
# paxos::bench, and functions with less than 0.05 instructions per slot.
functions_of() { # CALLGRIND'S FILE, SLOTS
    callgrind_annotate --threshold=100 --auto=no --show-percs=no "$1" 2>"$out/annotate.err" |
        awk -v slots="$2" '
        $1 ~ /^[0-9,]+$/ && $2 ~ /:/ {
            count = $1
            gsub(",", "", count)
            sub(/^ *[0-9,]+ +/, "")
            sub(/^[^ :]*:/, "")
            sub(/ \[[^]]*\]$/, "")
            if (/^([^ (<]+ )?paxos::/ && !/^([^ (<]+ )?paxos::bench::/ || /^XXH/)
                counts[$0] += count
        }
        END {
            for (name in counts)
                if (counts[name] / slots >= 0.05) printf "%.2f %s\n", counts[name] / slots, name
        }' |
        LC_ALL=C sort -k1,1nr -k2
}

count_protocol() { # PROTOCOL[_off]: leaves $out/PROTOCOL[_off].txt
    local protocol=$1 runs=on slots
    [[ $protocol != *_off ]] || runs=off
    valgrind --tool=callgrind --callgrind-out-file="$out/$protocol.callgrind" \
        --toggle-collect='paxos::bench::Cluster<*>::run()' \
        "$root/build/instructions/instructions" "${protocol%_off}" "$runs" \
        >"$out/$protocol.out" 2>"$out/$protocol.err" || {
        cat "$out/$protocol.out" "$out/$protocol.err" >&2
        fail 1 "$protocol: the run failed, see above"
    }
    slots=$(awk '$1 == "slots" { print $2 }' "$out/$protocol.out")
    functions_of "$out/$protocol.callgrind" "$slots" >"$out/$protocol.functions"
    [[ -s $out/$protocol.functions ]] || {
        cat "$out/annotate.err" "$out/$protocol.err" >&2
        fail 1 "$protocol: no function of src/core or src/wire was counted"
    }
    {
        echo "# Instructions per decided slot in src/core (protocol) and src/wire (datagrams):" \
            "first the total, then one line per function." \
            "Written by scripts/instructions.sh --store"
        grep '^compiler ' "$out/$protocol.out"
        awk '{ sum += $1 } END { printf "total %.1f\n", sum }' "$out/$protocol.functions"
        cat "$out/$protocol.functions"
    } >"$out/$protocol.txt"
}

total_of() { awk '$1 == "total" { print $2 }' "$1"; } # FILE

# Prints the functions that grew by at least one instruction per slot, at most the ten that grew
# most.
grown() { # OLD FILE, NEW FILE
    awk 'FNR == 1 { file++ }
        $1 !~ /^[0-9.]+$/ { next }
        { count = $1; sub(/^[0-9.]+ /, "") }
        file == 1 { old[$0] = count; next }
        {
            more = count - old[$0]
            if (more >= 1) printf "%+10.1f  to %8.1f  %s\n", more, count, $0
        }' "$1" "$2" |
        LC_ALL=C sort -k1,1gr | head -10
}

failed=0
for protocol in classic classic_off multi multi_off; do
    stored=$root/bench/instructions/$protocol.txt
    count_protocol "$protocol"
    new=$(total_of "$out/$protocol.txt")
    if [[ $store -eq 1 ]]; then
        mkdir -p "$root/bench/instructions"
        cp "$out/$protocol.txt" "$stored"
        report "$protocol: $new instructions a slot, stored"
        continue
    fi
    [[ -f $stored ]] || fail 1 "$protocol: no stored counts; run scripts/instructions.sh --store"
    built_by=$(grep '^compiler ' "$out/$protocol.txt")
    if ! grep -qxF "$built_by" "$stored"; then
        report "$protocol: $new instructions a slot with $built_by
  not compared: the stored counts are for $(grep '^compiler ' "$stored")"
        continue
    fi
    old=$(total_of "$stored")
    change=$(awk -v old="$old" -v new="$new" 'BEGIN { printf "%+.1f", 100 * (new - old) / old }')
    report "$protocol: $new instructions a slot, stored $old ($change %)"
    if awk -v change="$change" -v max="$rise_max" 'BEGIN { exit !(change > max) }'; then
        failed=1
        report "$protocol: rose by more than $rise_max %. Growth in instructions a slot:"
        grown "$stored" "$out/$protocol.txt" >&2
    elif awk -v change="$change" -v max="$fall_max" 'BEGIN { exit !(change < -max) }'; then
        report "$protocol: fell by more than $fall_max %. To store the new count, run
  scripts/instructions.sh --store, and commit bench/instructions/$protocol.txt"
    fi
done
[[ $failed -eq 0 ]] ||
    fail 1 "more instructions than stored, see above; if intended: scripts/instructions.sh --store"
