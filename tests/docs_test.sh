#!/usr/bin/env bash
# Checks the documents:
# - README.md has at most 199 lines.
# - Every relative link, path and commit in README.md and docs/ exists.
# - docs/architecture.md has a row for each source folder.
# - Every script explains its arguments with --help.
# - The times in docs/many-hosts.md are those in the code.
# - The StatefulSet in docs/many-hosts.md is valid YAML that starts one process for each peer.
#
#   docs_test.sh ROOT
set -euo pipefail
source "$(dirname "$0")/checks.sh"
cd "$1"

lines_max=199

lines=$(wc -l <README.md)
[[ $lines -le $lines_max ]] ||
    report "README.md: $lines lines, at most $lines_max: move details to docs/"

path_pattern='(?<![\w/.*-])(bench|docs|include|scripts|src|tests)/[\w./-]*[\w/]'
for document in README.md docs/*.md; do
    # The targets of [text](target), without web addresses and without the part after #.
    while IFS= read -r target; do
        [[ -z $target || -e $(dirname "$document")/$target ]] ||
            report "$document: the link to $target leads nowhere"
    done < <(grep -oE '\]\([^)]+\)' "$document" | sed -E 's/^\]\(//; s/\)$//; /^[a-z]+:/d; s/#.*//')
    while IFS= read -r path; do
        [[ -e $path ]] || report "$document: $path does not exist"
    done < <(grep -oP "$path_pattern" "$document")
done

# Figures name the commit that was measured. A reader must be able to check it out.
history() { git -c safe.directory='*' "$@" 2>/dev/null; }
if [[ $(history rev-parse --is-shallow-repository) == false ]]; then
    while IFS=: read -r document commit; do
        history cat-file -e "${commit##* }^{commit}" || report "$document: there is no $commit"
    done < <(grep -oE '\bcommit [0-9a-f]{7,40}\b' README.md docs/*.md)
else
    echo "not checked: whether commits exist (no git, or a shallow clone)"
fi

map=docs/architecture.md
for part in src/*/ include/*/ */; do
    [[ $part != build/ && $part != src/ && $part != include/ ]] || continue
    grep -qF "| \`$part\` |" "$map" || report "$map: no row for $part"
done

for path in scripts/*.sh; do
    # lib.sh is not run by itself. run.sh passes --help to the program, which it must build first.
    [[ $path != scripts/lib.sh && $path != scripts/run.sh ]] || continue
    grep -q "^  $path" <<<"$("$path" --help)" ||
        report "$path --help does not explain its arguments"
done

# The times in many-hosts.md are timeouts of the program. Each sentence is removed from `stated`
# when it has been compared; no other sentence may state a time in seconds.
stated=$(tr -s ' \n' '  ' <docs/many-hosts.md)
check_stated() { # FILE CONSTANT SENTENCE...: in a sentence, TIME stands for the constant in seconds
    local file=$1 constant=$2 value sentence
    value=$(grep -oP "\b$constant = \K[\d']+( \* ms)?" "$file" | tr -d "'") || value=0
    value=$(awk '{ print $1 / ($3 == "ms" ? 1e3 : 1e9) " s" }' <<<"$value")
    shift 2
    for sentence; do
        sentence=${sentence/TIME/$value}
        [[ $stated == *"$sentence"* ]] || report "docs/many-hosts.md does not say: $sentence"
        stated=${stated//"$sentence"/}
    done
}
check_stated src/control/connector.h connect_timeout_ns \
    'It waits TIME for the other processes' \
    '`processes did not connect within TIME`' \
    'the others wait TIME, and process 0 names the missing one'
check_stated src/control/bootstrap.h bootstrap_timeout_ns 'after TIME all exit, with codes 3 and 1'
check_stated src/control/listener.h handshake_timeout_ns 'refused, counted and closed within TIME'
check_stated src/cluster/remotes_check.cpp mesh_timeout_ns 'do not arrive within TIME, no run'
check_stated src/cluster/host_messages.h host_silent_after_ns \
    'after TIME process 0 reports its node as silent'
check_stated src/cluster/host_messages.h orphaned_after_ns \
    'have heard nothing from process 0 for TIME'
check_stated src/cluster/launcher.cpp stop_timeout_ns 'process 0 waits at most TIME for that host'
check_stated src/measure/floor.h floor_ns_max 'That takes TIME;'
left=$(grep -oE '[^.:;|]*\b[0-9.]+ s\b' <<<"$stated") && report "docs/many-hosts.md: $left"

# Prints the script that the pods of many-hosts.md execute. CPAN::Meta::YAML comes with perl, and
# supports only a subset of YAML, which is enough for many-hosts.md.
script_of_pods() {
    perl -MCPAN::Meta::YAML -0777 -ne '
        my ($yaml) = /^```yaml\n(.*?)^```$/ms or die "no YAML\n";
        my ($service, $set, @more) = @{CPAN::Meta::YAML->read_string($yaml)};
        my $spec = $set->{spec};
        my $container = $spec->{template}{spec}{containers}[0];
        my $script = $container->{command}[2];
        my @peers = $script =~ /\bpaxos-(\d+)\.paxos:\d+/g;
        my $label = $spec->{selector}{matchLabels}{app};
        die "not a Service and a StatefulSet\n"
            unless $service->{kind} eq "Service" && $set->{kind} eq "StatefulSet" && !@more;
        die "serviceName is not that of the Service\n"
            unless $spec->{serviceName} eq $service->{metadata}{name};
        die "the labels differ\n" unless $label eq $spec->{template}{metadata}{labels}{app} &&
            $label eq $service->{spec}{selector}{app};
        die "the peers are not the replicas\n"
            unless "@peers" eq join(" ", 0 .. $spec->{replicas} - 1);
        die "no memory limit\n" unless $container->{resources}{limits}{memory};
        print $script;' docs/many-hosts.md
}
if perl -MCPAN::Meta::YAML -e 1 2>/dev/null; then
    script=$(script_of_pods 2>&1) && fault=$(bash -n <<<"$script" 2>&1) ||
        report "docs/many-hosts.md: the StatefulSet: ${fault-$script}"
else
    echo "not checked: the YAML of docs/many-hosts.md, which needs the Debian package perl" \
        "(perl-base is not enough)"
fi
exit $failed
