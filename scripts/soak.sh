#!/usr/bin/env bash
# Repeats steps of scripts/prove.sh with new seeds and five times the work, for HOURS or until a
# step fails. Prints a line for each step; build/soak.log holds the output of the last step.
#
#   scripts/soak.sh [--no-install] HOURS [STEP...]     by default sim, fuzz, chaos and kill9
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
[[ ${1-} =~ ^([0-9]+\.?[0-9]*)$ ]] || fail 2 "HOURS must come first, such as 8 or 0.5"
end=$((SECONDS + $(awk -v hours="$1" 'BEGIN { printf "%d", hours * 3600 }')))
shift
steps=("$@")
[[ $# -gt 0 ]] || steps=(sim fuzz chaos kill9)

mkdir -p "$root/build"
log=$root/build/soak.log
round=0
while [[ $SECONDS -lt $end ]]; do
    round=$((round + 1))
    for step in "${steps[@]}"; do
        seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
        begun=$SECONDS
        if ! PROVE_SEED=$seed PROVE_FACTOR=5 "$root/scripts/prove.sh" "${install_option[@]}" \
            "$step" >"$log" 2>&1; then
            tail -40 "$log" >&2
            fail 1 "round $round: $step failed (build/soak.log)
  to repeat it: PROVE_SEED=$seed PROVE_FACTOR=5 scripts/prove.sh $step"
        fi
        report "$(date -u +%FT%TZ) round $round: $step, seed $seed, $((SECONDS - begun)) s, passed"
        [[ $SECONDS -lt $end ]] || break
    done
done
