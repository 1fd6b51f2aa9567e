#!/usr/bin/env bash
# Checks the man pages against the help, and the completion of bash, zsh and fish. If a tool is not
# installed, the script skips the checks that need it, and the output names the tool.
#
#   manual_test.sh ROOT PROGRAM
set -euo pipefail
source "$(dirname "$0")/checks.sh"
scripts=$1/scripts/completion program=$2
has() { # PROGRAM
    command -v "$1" >/dev/null || {
        echo "not checked: $1 is not installed"
        return 1
    }
}
# The completion scripts run the program by its name.
mkdir "$folder/bin" "$folder/work"
ln -s "$program" "$folder/bin/paxos_fast"
PATH=$folder/bin:$PATH
cd "$folder/work"
touch result.json

mapfile -t commands < <(paxos_fast --help=completion | sed -n 's/\tcommand\t.*//p')
[[ " ${commands[*]} " == *" bench "*" sim "* ]] || report "commands: ${commands[*]}"

# ---- man pages ----
lint() { # PAGE
    local output
    if has mandoc; then
        # Pages have no date, so that the same sources give the same pages.
        output=$(mandoc -T lint -W warning "$1" 2>&1 | grep -v ': missing date, ' || true)
        [[ -z $output ]] || report "$output"
    fi
    if has man; then
        output=$(LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 \
            >/dev/null || true)
        [[ -z $output ]] || report "$1: $output"
    fi
    ! has lexgrog || lexgrog "$1" >/dev/null || report "$1: whatis finds no name"
}
for command in "${commands[@]}"; do
    page=$folder/$command.1
    paxos_fast "$command" --help=man >"$page"
    # The page, which escapes hyphens, must describe every option of the help.
    text=$(sed 's/\\-/-/g; s/\\f[BIR]//g' "$page")
    while IFS= read -r option; do
        grep -qE -- "(^|, )$option( |,|\$)" <<<"$text" || report "$command.1: no option $option"
    done < <(paxos_fast "$command" --help | grep -oE '^  (-[a-zA-Z],)?--[a-z-]+' |
        grep -oE -- '-.*' | tr , '\n')
    for part in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" "SEE ALSO"; do
        grep -qxF ".SH $part" "$page" || report "$command.1: no section $part"
    done
    lint "$page"
done
grep -q 'rounds in flight' "$folder/bench.1" || report "bench.1: no description of --window"

# ---- completion ----
expect() { # SHELL LINE WANTED: the shell's completions of the last word must contain WANTED.
    local offered
    offered=$("complete_in_$1" "$2" | sort | paste -sd' ')
    [[ " $offered " == *" $3 "* ]] || report "$1: \"$2\" offers \"$offered\", not \"$3\""
}
expect_not() { # SHELL LINE UNWANTED: the completions must not contain UNWANTED.
    local offered
    offered=$("complete_in_$1" "$2" | sort | paste -sd' ')
    [[ " $offered " != *" $3 "* ]] || report "$1: \"$2\" offers \"$3\""
}
complete_in_bash() { # LINE: splits at = too, as readline does.
    bash --norc -c '
        source "$1"
        read -ra COMP_WORDS <<<"${2//=/ = }"
        [[ $2 != *[\ =] ]] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _paxos_fast
        printf "%s\n" "${COMPREPLY[@]}"' bash "$scripts/paxos_fast.bash" "$1"
}
# LINE is what the user has typed. zsh's own completion functions are replaced by functions that
# only print.
complete_in_zsh() { # LINE
    zsh -f -c '
        words=("${(@s: :)2}")
        CURRENT=$#words
        _describe() { print -l -- "${(@)${(@P)2}%%:*}" }
        compadd() { shift; print -l -- "$@" }
        compset() { : }
        _files() { print -l -- * }
        _message() { : }
        complete() { source "$1" }
        current=$words[CURRENT]
        complete "$1" | while read -r word; do
            [[ $word == ${current#--*=}* ]] && print -r -- "$word"
        done; true' zsh "$scripts/_paxos_fast" "$1"
}
complete_in_fish() { # LINE
    HOME=$folder XDG_CONFIG_HOME=$folder XDG_DATA_HOME=$folder fish --no-config -c '
        source $argv[1]
        complete -C $argv[2]' "$scripts/paxos_fast.fish" "$1" | cut -f1
}
for shell in bash zsh fish; do
    has "$shell" || continue
    expect "$shell" "paxos_fast rep" "report"
    expect "$shell" "paxos_fast --pro" "--progress --proposers --protocol"
    expect "$shell" "paxos_fast --protocol " "classic multi"
    expect "$shell" "paxos_fast --json res" "result.json"
    expect "$shell" "paxos_fast sim --wo" "--worlds"
    expect "$shell" "paxos_fast sim --size " "small standard tiny"
    expect "$shell" "paxos_fast compare res" "result.json"
    expect "$shell" "paxos_fast compare --fail-on " "any never worse"
    expect "$shell" "paxos_fast ab a b -- --prot" "--protocol"
    expect "$shell" "paxos_fast help do" "doctor"
    expect_not "$shell" "paxos_fast --nodes 3 do" "doctor"
    expect_not "$shell" "paxos_fast --nodes " "--quiet"
done
expect bash "paxos_fast --io=" "auto mmsg uring"
! has zsh || expect zsh "paxos_fast --io=u" "uring"
! has fish || expect fish "paxos_fast --io=u" "--io=uring"
exit $failed
