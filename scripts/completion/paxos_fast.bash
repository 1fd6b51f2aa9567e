# Completion of paxos_fast in bash. The words come from the program that is being completed:
# `paxos_fast [COMMAND] --help=completion`.

_paxos_fast() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    # Readline splits --io=uring into three words: --io, =, uring.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    # After --, `ab` takes the options of `bench`, which is the default command.
    local command=() before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
    if [[ ${before[0]-} == [a-z]* && " ${before[*]} " != *" -- "* ]]; then
        command=("${before[0]}")
    fi
    local word value help words=() expected=none positional=none
    while IFS=$'\t' read -r word value help; do
        if [[ $word == "$previous" && $value != command ]]; then expected=$value; fi
        if [[ $word == ... ]]; then
            positional=$value
        elif [[ $value != command || $COMP_CWORD -eq 1 || ${before[0]} == help ]]; then
            words+=("$word")
        fi
    done < <("${COMP_WORDS[0]/#\~/$HOME}" "${command[@]}" --help=completion 2>/dev/null)
    COMPREPLY=()
    case $expected in
    none)
        mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$current")
        [[ $positional != FILE || $current == -* ]] ||
            mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
        ;;
    FILE) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    *\|*) mapfile -t COMPREPLY < <(compgen -W "${expected//|/ }" -- "$current") ;;
    esac
}
complete -o filenames -F _paxos_fast paxos_fast
