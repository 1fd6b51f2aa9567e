#!/usr/bin/env bash
# Installs the build into a temporary prefix. Builds docs/examples against the installed library,
# with find_package and with pkg-config, and runs the examples.
#
#   install_test.sh ROOT BUILD COMPILER
set -euo pipefail
root=$1 build=$2 compiler=$3
folder=$(mktemp -d)
nodes=
cleanup() {
    [[ -z $nodes ]] || kill "$nodes" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT
prefix=$folder/prefix
failed=0
expect() { # WHAT GOT WANTED
    [[ $2 == "$3" ]] || {
        printf '%s: printed\n%s\ninstead of\n%s\n' "$1" "$2" "$3" >&2
        failed=1
    }
}
run_quietly() { # COMMAND...: prints the output only on failure.
    "$@" >"$folder/log" 2>&1 || {
        cat "$folder/log" >&2
        exit 1
    }
}

run_quietly cmake --install "$build" --prefix "$prefix"
# The headers and the packages must not name the source tree or a build folder in it.
if grep -rlF -e "$root/" "$prefix"/lib*/cmake "$prefix"/lib*/pkgconfig "$prefix/include"; then
    echo "the files above name $root" >&2
    failed=1
fi
expect "the installed program" "$("$prefix/bin/paxos_fast" --version)" \
    "$("$build/paxos_fast" --version)"

# ---- find_package ----
# Builds the examples from the installed documents, not from the source tree.
examples=$(echo "$prefix"/share/doc/*/docs/examples)
run_quietly cmake -G Ninja -S "$examples" -B "$folder/build" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror"
run_quietly cmake --build "$folder/build" -j 2
learned=
for node in 0 1 2; do
    for slot in 0 1 2 3 4; do learned+="n$node slot $slot: value $slot"$'\n'; done
done
expect "embedded" "$("$folder/build/embedded" | sort)" "${learned%$'\n'}"

# ---- pkg-config ----
# shellcheck disable=SC2046 # Each flag that pkg-config prints must become a word of its own.
run_quietly env PKG_CONFIG_PATH="$(echo "$prefix"/lib*/pkgconfig)" bash -c \
    '"$1" -std=c++20 "$2" $(pkg-config --cflags --libs paxos_fast) -o "$3"' bash \
    "$compiler" "$examples/embedded.cpp" "$folder/embedded"
expect "embedded, by pkg-config" "$("$folder/embedded" | sort)" "${learned%$'\n'}"

# ---- the replicated counter ----
exec {lines}< <(exec "$folder/build/counter_nodes")
nodes=$!
ports=()
processes=()
for node in 0 1 2; do
    read -r line <&"$lines"
    [[ $line =~ ^node\ $node:\ process\ ([0-9]+),\ port\ ([0-9]+)$ ]]
    processes+=("${BASH_REMATCH[1]}")
    ports+=("${BASH_REMATCH[2]}")
done
all_ports=$(IFS=,; echo "${ports[*]}")
add() { "$folder/build/counter_client" "$all_ports" "$1" | sed 's/, from.*//'; }
expect "a first command" "$(add 5)" "total 5"
expect "a second one" "$(add -2)" "total 3"
kill -KILL "${processes[0]}" # Kills node 0, which leads.
expect "a command after the leader died" "$(add 10)" "total 13"
exit $failed
