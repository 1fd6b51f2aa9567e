#!/usr/bin/env bash
# Checks the symbols of libpaxos_core.a: the protocol calls almost nothing outside itself, and keeps
# no state of its own.
#
#   tests/purity_test.sh NM ARCHIVE...
#
# 1. The members of an archive together need no symbol from outside, except those in `allowed`.
# 2. There is no writable data. The caller owns all state, so simulated worlds share none.
# 3. The test fails if an archive is missing, unreadable or without code.
set -euo pipefail

# memcpy, memset, memmove, memcmp, bcmp: compilers call them to copy and compare structs.
# paxos::assert_failed(const char*, const char*, int): defined by the program that links core.
# _GLOBAL_OFFSET_TABLE_: made by the linker. If a function is called through this table, nm also
# lists the function itself as undefined, so this entry hides no call.
allowed='memcpy|memset|memmove|memcmp|bcmp|_ZN5paxos13assert_failedEPKcS1_i|_GLOBAL_OFFSET_TABLE_'

nm=$1
shift
failed=0

names() { awk 'NF >= 2 { print $1 }' | sort -u; }

if [[ $# -eq 0 ]]; then
    echo "FAILED: no archive was named"
    exit 1
fi

for archive in "$@"; do
    if ! error=$("$nm" "$archive" 2>&1 >/dev/null); then
        echo "$archive: FAILED: not an archive that $nm reads: $error"
        failed=1
        continue
    fi
    defined=$("$nm" --defined-only -f posix "$archive" 2>/dev/null | names)
    undefined=$("$nm" -u -f posix "$archive" 2>/dev/null | names)
    undefined=$(comm -23 <(echo "$undefined") <(echo "$defined"))
    code=$("$nm" --defined-only -f posix "$archive" 2>/dev/null | awk '$2 ~ /^[TtWwu]$/' | wc -l)
    foreign=$(grep -vxE "$allowed" <<<"$undefined" || true)
    data=$("$nm" --defined-only -f sysv "$archive" 2>/dev/null | awk -F'|' '
        $7 ~ /^\.(data|bss|tdata|tbss)/ && $7 !~ /^\.data\.rel\.ro/ { print $1 }' || true)

    echo "$archive: $code functions, undefined: $(c++filt <<<"$undefined" | paste -sd' ')"
    if [[ $code -eq 0 ]]; then
        echo "  FAILED: it contains no code"
        failed=1
    fi
    if [[ -n $foreign ]]; then
        echo "  FAILED: the protocol must not use these symbols:"
        c++filt <<<"$foreign" | sed 's/^/    /'
        failed=1
    fi
    if [[ -n $data ]]; then
        echo "  FAILED: the protocol must have no writable data:"
        c++filt <<<"$data" | sed 's/^/    /'
        failed=1
    fi
done
exit $failed
