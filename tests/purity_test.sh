#!/usr/bin/env bash
# The protocol calls nobody: what does libpaxos_core.a want from the linker, and does it keep anything of its own?
#
#   tests/purity_test.sh NM ARCHIVE...
#
# 1. Undefined symbols, over all members together: only those listed below.
# 2. Writable data: none. All state is the caller's, or two worlds in one process would share it.
# 3. An archive without code proves nothing, and fails.
set -euo pipefail

# memcpy, memset, memmove, memcmp, bcmp: copying and comparing of structs, which compilers put in by themselves.
# paxos::assert_failed(const char*, const char*, int): defined by the program that links the protocol.
# _GLOBAL_OFFSET_TABLE_: made by the linker; a call through it still names the function called.
allowed='^(memcpy|memset|memmove|memcmp|bcmp|_ZN5paxos13assert_failedEPKcS1_i|_GLOBAL_OFFSET_TABLE_)$'

nm=$1
shift
failed=0

for archive in "$@"; do
    defined=$("$nm" --defined-only -f posix "$archive" 2>/dev/null | awk 'NF >= 2 { print $1 }' | sort -u)
    wanted=$("$nm" -u -f posix "$archive" 2>/dev/null | awk 'NF >= 2 { print $1 }' | sort -u)
    code=$("$nm" --defined-only -f posix "$archive" 2>/dev/null | awk '$2 ~ /^[TtWwu]$/' | wc -l)
    foreign=$(comm -23 <(echo "$wanted") <(echo "$defined") | grep -vE "$allowed" || true)
    data=$("$nm" --defined-only -f sysv "$archive" 2>/dev/null |
        awk -F'|' '$7 ~ /^\.(data|bss|tdata|tbss)/ && $7 !~ /^\.data\.rel\.ro/ { print $1 }' || true)

    echo "$archive: $code functions, wants: $(comm -23 <(echo "$wanted") <(echo "$defined") | c++filt | paste -sd' ')"
    if [[ $code -eq 0 ]]; then
        echo "  FAILED: there is no code in it"
        failed=1
    fi
    if [[ -n $foreign ]]; then
        echo "  FAILED: the protocol may not use"
        c++filt <<<"$foreign" | sed 's/^/    /'
        failed=1
    fi
    if [[ -n $data ]]; then
        echo "  FAILED: writable data of its own"
        c++filt <<<"$data" | sed 's/^/    /'
        failed=1
    fi
done
exit $failed
