#!/usr/bin/env bash
# Starts five nodes on three hosts many times, with --peers, srun and mpirun. A start is good if the
# run ends with exit code 0, is SAFE, and leaves no process or file behind. Prints how many starts
# were good, and how long the starts took. No test runs this script, because it takes minutes.
#
#   tests/hosts/starts.sh PROGRAM [COUNT]
#
# COUNT is the number of starts with each of --peers, srun and mpirun; the default is 50.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ ${ON_HOSTS-} == yes ]] || ON_HOSTS=yes exec "$here/with_hosts.sh" --slurm 3 "$0" "$@"
source "$here/check.sh" "$1"
count=${2-50}

by_peers() {
    run_all 5 "$@"
    [[ ${codes[*]} == "0 0 0 0 0" ]]
}
by_srun() { (under_srun "$@") >"$out/0" 2>&1; }
by_mpirun() { (under_mpirun "$@") >"$out/0" 2>&1; }

for way in peers srun mpirun; do
    good=0 times=()
    for ((start = 0; start < count; ++start)); do
        begun=${EPOCHREALTIME/./}
        if "by_$way" --window 2772 --rounds 1000 --repetitions 1 --color never &&
            grep -q '^SAFE ' "$out/0" && [[ -z $(what_is_left) ]]; then
            good=$((good + 1))
        else
            name="$way, start $start"
            fail "the run failed, was not SAFE, or left behind: $(what_is_left)"
        fi
        times+=($((${EPOCHREALTIME/./} - begun)))
    done
    printf '%s\n' "${times[@]}" | sort -n | awk -v way="$way" -v good=$good -v count="$count" '
        { us[NR] = $1 }
        END {
            printf "%-7s %d of %d good; seconds: %.2f minimum, %.2f median, %.2f maximum\n",
                way, good, count, us[1] / 1e6, us[int((NR + 1) / 2)] / 1e6, us[NR] / 1e6
        }'
done
end
