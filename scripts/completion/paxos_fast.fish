# Completion of paxos_fast in fish. The program on the command line prints the possible words:
# `paxos_fast [COMMAND] --help=completion`.

function __paxos_fast_complete
    set -l before (commandline -opc)
    set -l program (string replace -r '^~/' ~/ -- $before[1])
    set -l current (commandline -ct)
    set -l previous $before[-1]
    set -l prefix ''
    if string match -qr '^--.*=' -- $current
        set previous (string replace -r '=.*' '' -- $current)
        set prefix $previous=
    end
    # After --, `ab` takes the options of `bench`, which is the default command.
    set -l command
    if string match -qr '^[a-z]' -- $before[2]; and not contains -- -- $before
        set command $before[2]
    end
    set -l expected none
    set -l positional none
    set -l words
    for line in ($program $command --help=completion 2>/dev/null)
        set -l fields (string split \t -- $line)
        if test "$fields[1]" = "$previous"; and test "$fields[2]" != command
            set expected $fields[2]
        end
        if test "$fields[1]" = ...
            set positional $fields[2]
        else if test "$fields[2]" != command; or test (count $before) -eq 1
            set -a words $fields[1]\t$fields[3]
        else if test "$before[2]" = help
            set -a words $fields[1]\t$fields[3]
        end
    end
    if test $expected = none
        string join \n -- $words
        if test $positional = FILE
            __fish_complete_path $current
        end
    else if test $expected = FILE
        __fish_complete_path (string replace -- "$prefix" '' $current)
    else if string match -q '*|*' -- $expected
        string join \n -- $prefix(string split '|' -- $expected)
    end
end
complete -c paxos_fast -f -a '(__paxos_fast_complete)'
