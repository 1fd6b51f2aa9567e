#!/usr/bin/env bash
# Installs what is missing, builds and runs all micro-benchmarks, and leaves build/bench/<name>.json
# for Google Benchmark's compare.py.
#
#   scripts/bench.sh [--no-install] [options of Google Benchmark, e.g. --benchmark_filter=learner]
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
    "$root/build/release/$program" --benchmark_out="$file" --benchmark_out_format=json "$@" ||
        failed+=("$program")
    # The file is empty if the filter excludes every benchmark of the program. A benchmark whose
    # check fails has an error_message, but the program still exits with 0. The message begins with
    # "skipped: " if the machine cannot run the benchmark.
    [[ -s $file ]] || rm -f "$file"
    ! grep -qsP '"error_message": "(?!skipped: )' "$file" || failed+=("$program")
done
report "results: build/bench/*.json"
[[ ${#failed[@]} -eq 0 ]] || fail 1 "failed: ${failed[*]}"
