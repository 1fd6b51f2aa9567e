#!/usr/bin/env bash
# Runs five nodes on three hosts, with --peers, and prints one figure of the result file. n0 has
# core 0 and the other nodes share core 1, as on one machine with two cores. scripts/targets.sh runs
# this script.
#
#   tests/hosts/measure.sh PROGRAM FILTER OPTION...
#
# FILTER is a jq filter that selects the figure. Exit code 77 means that this machine cannot
# simulate hosts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ ${ON_HOSTS-} == yes ]] || ON_HOSTS=yes exec "$here/with_hosts.sh" 3 "$0" "$@"
source "$here/check.sh" "$1"
filter=$2
shift 2

# The program cannot detect that these hosts share cores, so --idle yield is set explicitly.
cores=(0 1 1 1 1)
for id in 4 3 2 1 0; do
    taskset --pid --cpu-list "${cores[id]}" $$ >/dev/null # The launcher inherits this core.
    launch 5 "$id" --repetitions 1 --idle yield --json "$out/result-$id" "$@"
done
wait_all
name="five nodes on three hosts"
expect_codes 0 0 0 0 0
jq -r "$filter" "$out/result-0"
end
