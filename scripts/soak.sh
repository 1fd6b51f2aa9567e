#!/usr/bin/env bash
# The proofs at length: steps of scripts/prove.sh over and over, each time with a fresh seed and five times the work,
# for so many hours or until one finds something. A line a step; build/soak.log has all that the last one said.
#
#   scripts/soak.sh [--no-install] HOURS [STEP...]     by default those that draw: sim fuzz chaos
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
[[ ${1-} =~ ^([0-9]+\.?[0-9]*)$ ]] || fail 2 "must begin with the hours, such as 8 or 0.5"
end=$((SECONDS + $(awk -v hours="$1" 'BEGIN { printf "%d", hours * 3600 }')))
shift
steps=("$@")
[[ $# -gt 0 ]] || steps=(sim fuzz chaos)

mkdir -p "$root/build"
log=$root/build/soak.log
round=0
while [[ $SECONDS -lt $end ]]; do
    round=$((round + 1))
    for step in "${steps[@]}"; do
        seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
        begun=$SECONDS
        if ! PROVE_SEED=$seed PROVE_FACTOR=5 "$root/scripts/prove.sh" "${install_option[@]}" "$step" >"$log" 2>&1; then
            tail -40 "$log" >&2
            fail 1 "round $round: $step found something (build/soak.log)
  to repeat it: PROVE_SEED=$seed PROVE_FACTOR=5 scripts/prove.sh $step"
        fi
        say "$(date -u +%FT%TZ) round $round: $step, seed $seed, $((SECONDS - begun)) s, nothing found"
        [[ $SECONDS -lt $end ]] || break
    done
done
