# What the scripts share. Sourced, not run. Everything said here goes to stderr: stdout is the program's.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
script=scripts/$(basename "$0")

say() { printf '%s: %s\n' "$script" "$*" >&2; }

fail() { # CODE TEXT
    local code=$1
    shift
    say "$*"
    exit "$code"
}

# --no-install, if it is the first argument, is for scripts/setup.sh: `take_no_install "$@"; shift "$taken"`.
install_option=()
taken=0
take_no_install() {
    if [[ ${1-} == --no-install ]]; then
        install_option=(--no-install)
        taken=1
    fi
}

is_configured() { # PRESET: here, and not by a copy of this folder elsewhere.
    grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$root/build/$1/CMakeCache.txt"
}

# Both keep their output in build/<preset>.log and show it only when they fail. One at a time: two in one folder would
# write the same files.
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
    local preset=$1 targets=()
    shift
    [[ $# -eq 0 ]] || targets=(--target "$@")
    logged "$preset" cmake --build --preset "$preset" -j "$(nproc)" "${targets[@]}" || fail 1 "the build failed, see above"
}

# Nothing while there is nothing to do. Then one line: on a terminal the last one of ninja's, wiped at the end.
show_progress() { # LOG
    local line begun=0
    while IFS= read -r line; do
        [[ $begun -eq 1 || $line == \[*\]*@(Building|Linking|Compiling)* ]] || continue
        if [[ -t 2 ]]; then
            printf '\r\033[K%.78s' "$line" >&2
        elif [[ $begun -eq 0 ]]; then
            say "building (${1#"$root/"})"
        fi
        begun=1
    done
    [[ ! -t 2 ]] || printf '\r\033[K' >&2
}
