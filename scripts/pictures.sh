#!/usr/bin/env bash
# Makes the pictures of README.md and docs/measuring.md in docs/pictures, from measurements on this
# machine and from a simulation. Those of README.md are NAME-SCHEME.png, where SCHEME is light or
# dark; those of docs/measuring.md are report-NAME.webp. Takes two minutes.
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

take() { # PNG WIDTH HEIGHT SCHEME: takes a picture of the top of report.html.
    local options=(--headless --disable-gpu --disable-dev-shm-usage --hide-scrollbars)
    [[ $EUID -ne 0 ]] || options+=(--no-sandbox) # Chromium's sandbox refuses root.
    [[ $4 == light ]] || options+=(--force-dark-mode)
    HOME=$work chromium "${options[@]}" --window-size="$2,$3" --screenshot="$1" \
        "file://$work/report.html" 2>chromium.log || fail 1 "chromium failed: $(cat chromium.log)"
}

draw() { # NAME HEIGHT RESULT...: draws a report for README.md, in both schemes.
    local name=$1 height=$2 scheme
    shift 2
    "$program" report "$@"
    for scheme in light dark; do
        take "$pictures/$name-$scheme.png" 1280 "$height" "$scheme"
    done
}

draw_report() { # NAME WIDTH HEIGHT SCHEME RESULT...: draws a report as WebP, a third of PNG's size.
    local name=$1 width=$2 height=$3 scheme=$4
    shift 4
    "$program" report "$@"
    take report.png "$width" "$height" "$scheme"
    cwebp -quiet -preset text -q 50 -m 6 report.png -o "$pictures/report-$name.webp"
}

measure() { # NAME OPTION...: writes NAME.json, without the local part of the kernel's version.
    "$program" "${@:2}" --json "$1.json"
    sed -i -E 's/("kernel": *"[0-9.]+)-[^"]*"/\1"/' "$1.json"
}

for protocol in classic multi; do
    measure "$protocol" --nodes 5 --protocol "$protocol" --window 1,8,64,512,5412 --duration 10s
done
draw run 1480 classic.json multi.json
"$program" sim --seed 67 --protocol multi --size tiny --log --json world.json >/dev/null
draw world 910 world.json

measure default --nodes 5 --rounds 100000
draw_report default 1280 2220 light default.json
draw_report narrow 400 4240 dark default.json
for nodes in 3 5 7; do
    measure "nodes-$nodes" --nodes "$nodes" --window 1,64,512,5412 --duration 10s
done
draw_report three 1280 3310 light nodes-3.json nodes-5.json nodes-7.json
measure faulty --nodes 5 --faults loss=5%,kill=0@50% --window 512 --rounds 3M --repetitions 1 \
    --explain
draw_report faulty 1280 2340 light faulty.json
measure rates --nodes 5 --rate 10k,100k,1M,2M,3M
draw_report rates 1280 2300 light rates.json
