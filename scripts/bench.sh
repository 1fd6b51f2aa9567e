#!/usr/bin/env bash
# Everything from a fresh machine to the micro-benchmarks' figures: installs what is missing, builds, runs them all, and
# leaves build/bench/<name>.json for Google Benchmark's compare.py.
#
#   scripts/bench.sh [--no-install] [options of Google Benchmark, as --benchmark_filter=learner]
source "$(dirname "$0")/lib.sh"

take_no_install "$@"
shift "$taken"
"$root/scripts/setup.sh" "${install_option[@]}" build bench
configure release -DPAXOS_BENCH=ON
build release paxos_bench

out=$root/build/bench
mkdir -p "$out"
rm -f "$out"/*.json
failed=()
for source in "$root"/bench/*_bench.cpp; do
    program=$(basename "$source" .cpp)
    file=$out/${program%_bench}.json
    "$root/build/release/$program" --benchmark_out="$file" --benchmark_out_format=json "$@" || failed+=("$program")
    # A filter may leave nothing of a program, and then the file is empty. A benchmark that found its work not done
    # says so in the file, and the program ends well all the same.
    [[ -s $file ]] || rm -f "$file"
    ! grep -qs '"error_occurred": true' "$file" || failed+=("$program")
done
say "results: build/bench/*.json"
[[ ${#failed[@]} -eq 0 ]] || fail 1 "failed: ${failed[*]}"
