# Functions shared by the scripts, which source this file. Messages go to stderr, because stdout
# belongs to the program.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
script=scripts/$(basename "$0")

# With --help, prints the comment at the top of the script. run.sh passes --help to the program.
if [[ ${1-} =~ ^(-h|--help)$ && $script != scripts/run.sh ]]; then
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
    exit 0
fi

report() { printf '%s: %s\n' "$script" "$*" >&2; }

# Adds a row to the table of durations that .ci/run prints at its end. Does nothing outside CI.
note_time() { # NAME SECONDS
    [[ -z ${CI_TIMES-} ]] || printf '%10d  %s\n' "$2" "$1" >>"$CI_TIMES"
}

fail() { # CODE TEXT
    local code=$1
    shift
    report "$*"
    exit "$code"
}

# If the first argument is --no-install, keeps it in `install_option`, which callers pass to
# scripts/setup.sh. To remove it from the arguments: `take_no_install "$@"; shift "$taken"`.
install_option=()
taken=0
take_no_install() {
    if [[ ${1-} == --no-install ]]; then
        install_option=(--no-install)
        taken=1
    fi
}

is_configured() { # PRESET: also false if the cache was made for a copy of this folder elsewhere.
    grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$root/build/$1/CMakeCache.txt"
}

# Runs a command with its output in build/<preset>.log, and prints the log only on failure. A lock
# on build/ allows one such command at a time, whatever its preset.
logged() { # PRESET COMMAND...
    local log=$root/build/$1.log
    shift
    mkdir -p "$root/build"
    (
        flock 9
        cd "$root"
        "$@" 9>&- 2>&1 | tee "$log" | show_progress "$log"
    ) 9>"$root/build/.lock" || {
        cat "$log" >&2
        return 1
    }
}

configure() { # PRESET [CMAKE OPTION...]
    local preset=$1 fresh=()
    shift
    is_configured "$preset" || fresh=(--fresh)
    logged "$preset" cmake --preset "$preset" "${fresh[@]}" "$@" || fail 1 "cmake failed, see above"
}

build() { # PRESET [TARGET...]
    local preset=$1 targets=() begun=$SECONDS
    shift
    [[ $# -eq 0 ]] || targets=(--target "$@")
    [[ -e $root/build/$preset/.ninja_log ]] ||
        report "building for the first time, which takes minutes (build/$preset.log)"
    logged "$preset" cmake --build --preset "$preset" -j "$(nproc)" "${targets[@]}" ||
        fail 1 "the build failed, see above"
    note_time "build of $preset" $((SECONDS - begun))
}

# Reads the output of ninja on stdin. Prints nothing if nothing is built. Otherwise, on a terminal,
# shows ninja's current line and erases it at the end; elsewhere prints one line.
show_progress() { # LOG
    local line begun=0 width
    width=$(stty size <&2 2>/dev/null | cut -d' ' -f2) || true
    [[ $width -gt 1 ]] || width=80
    while IFS= read -r line; do
        [[ $begun -eq 1 || $line == \[*\]*@(Building|Linking|Compiling)* ]] || continue
        if [[ -t 2 ]]; then
            # Cuts off the end of a long line, because a line that wraps could not be erased.
            printf '\r\033[K%.*s' $((width - 1)) "$line" >&2
        elif [[ $begun -eq 0 ]]; then
            report "building (${1#"$root/"})"
        fi
        begun=1
    done
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

# Runs a command in a minimal Debian 12 made by mmdebstrap. Copies each FILE, which may be a folder,
# to /tmp in that system first. The system is discarded afterwards. Needs root and the network.
in_minimal_debian() { # FILE... -- COMMAND...
    local copied=()
    while [[ $1 != -- ]]; do
        copied+=("$1")
        shift
    done
    shift
    # --format=null discards the system.
    mmdebstrap --quiet --variant=minbase --mode=root --format=null \
        --customize-hook="copy-in ${copied[*]} /tmp" \
        --customize-hook="chroot \"\$1\" ${*@Q}" bookworm /dev/null
}
