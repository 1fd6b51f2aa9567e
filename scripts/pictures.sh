#!/usr/bin/env bash
# Makes the pictures of README.md from a measurement on this machine and a simulation:
# docs/pictures/NAME-SCHEME.png, where SCHEME is light or dark. Takes half a minute.
#
#   scripts/pictures.sh [--no-install]
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
"$root/scripts/setup.sh" "${install_option[@]}" build browser
configure release
build release paxos_fast
program=$root/build/release/paxos_fast
pictures=$root/docs/pictures

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p "$pictures"

draw() { # NAME HEIGHT RESULT...: draws the top of the report's page, 1280 pixels wide.
    local name=$1 height=$2 scheme options
    shift 2
    "$program" report "$@"
    for scheme in light dark; do
        options=(--headless --disable-gpu --disable-dev-shm-usage --hide-scrollbars)
        [[ $EUID -ne 0 ]] || options+=(--no-sandbox) # Chromium's sandbox refuses root.
        [[ $scheme == light ]] || options+=(--force-dark-mode)
        HOME=$work chromium "${options[@]}" --window-size="1280,$height" \
            --screenshot="$pictures/$name-$scheme.png" "file://$work/report.html" \
            2>chromium.log || fail 1 "chromium failed: $(cat chromium.log)"
    done
}

for protocol in classic multi; do
    "$program" --nodes 5 --protocol "$protocol" --window 1,8,64,512,5412 --duration 10s \
        --json "$protocol.json"
done
draw run 1480 classic.json multi.json
"$program" sim --seed 67 --protocol multi --size tiny --log --json world.json >/dev/null
draw world 910 world.json
