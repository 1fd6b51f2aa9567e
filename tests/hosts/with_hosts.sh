#!/usr/bin/env bash
# Simulates hosts h1, h2, ... and runs a command that uses them. Each host is a set of namespaces,
# with its own addresses, name and /tmp. One bridge connects all hosts.
#
#   tests/hosts/with_hosts.sh [--slurm] COUNT COMMAND...
#
# COMMAND runs on another host, "ctl", which has the bridge. tests/hosts/on_host.sh runs a command
# on one of the hosts. All hosts share the folder /run/shared. Host hI has the addresses 10.77.0.I,
# 10.78.0.I and fd77::I. The name hI resolves to the first two addresses.
# --slurm also starts Slurm, with the hosts as its nodes.
#
# Everything runs in one PID namespace. When this script ends, for whatever reason, the namespace
# ends too, and the kernel removes all processes, interfaces and mounts. Exit code 77 means that
# this machine cannot simulate hosts; the script prints the reason.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

skip() {
    echo "skipped: $*"
    exit 77
}

# ---- outside the namespaces ----

if [[ ${1-} != --inside ]]; then
    slurm=no
    if [[ ${1-} == --slurm ]]; then
        slurm=yes
        shift
    fi
    [[ $# -ge 2 && $1 =~ ^[1-9]$ ]] || {
        echo "usage: $0 [--slurm] COUNT COMMAND..." >&2
        exit 2
    }
    [[ $EUID -eq 0 ]] || skip "needs root, for namespaces"
    needed=(unshare nsenter ip)
    [[ $slurm == no ]] || needed+=(munged slurmctld slurmd srun)
    for program in "${needed[@]}"; do
        command -v "$program" >/dev/null || skip "needs $program (scripts/setup.sh hosts)"
    done
    spaces=(--mount --uts --net --pid --ipc --fork --kill-child --mount-proc)
    unshare "${spaces[@]}" ip link add name probe type bridge 2>/dev/null ||
        skip "this kernel or container does not allow namespaces with bridges"
    exec unshare "${spaces[@]}" "$here/with_hosts.sh" --inside "$slurm" "$@"
fi

# ---- inside the namespaces ----

slurm=$2 count=$3
shift 3

# Daemons write only to these folders. A tmpfs on each keeps this machine's own folders unchanged.
# The hosts see these mounts too, because their mount namespaces are copies of this script's. Each
# host also has a /tmp of its own. Without the tmpfs on /sys/fs/cgroup, Slurm would use the control
# groups of this machine.
folders=(/run /var/spool /var/log)
[[ $slurm == no ]] || folders+=(/etc/slurm /sys/fs/cgroup)
for folder in "${folders[@]}"; do
    mount -t tmpfs -o mode=755 none "$folder"
done
mkdir -p /run/hosts /run/shared /run/root
# If the source tree is in /tmp, a host's own /tmp hides the tree. Each host therefore mounts
# /run/root at the path of the tree.
mount --bind "$root" /run/root
hostname ctl
ip link set lo up
ip link add name bridge type bridge
ip address add 10.77.0.254/24 dev bridge
ip address add 10.78.0.254/24 dev bridge
ip address add fd77::fe/64 dev bridge nodad
ip link set bridge up

printf '127.0.0.1 localhost\n10.77.0.254 ctl\n' >/run/names
for ((i = 1; i <= count; ++i)); do
    printf '10.77.0.%d h%d\n10.78.0.%d h%d\n' "$i" "$i" "$i" "$i" >>/run/names
done
mount --bind /run/names /etc/hosts

holders=()
for ((i = 1; i <= count; ++i)); do
    # This process keeps the host's namespaces alive. It creates /run/hosts/hI when they are ready.
    unshare --mount --uts --net sh -c "
        hostname h$i &&
        mount -t tmpfs none /tmp &&
        mkdir -p '$root' &&
        mount --bind /run/root '$root' &&
        ip link set lo up &&
        echo \$\$ >/run/hosts/h$i.new &&
        mv /run/hosts/h$i.new /run/hosts/h$i &&
        exec sleep infinity" &
    holders[i]=$!
done
for ((i = 1; i <= count; ++i)); do
    until [[ -e /run/hosts/h$i ]]; do
        kill -0 "${holders[i]}" # Ends the script if the holder failed.
        sleep 0.01
    done
    ip link add name "to_h$i" type veth peer name eth0 netns "$(cat /run/hosts/h$i)"
    ip link set "to_h$i" master bridge up
    "$here/on_host.sh" "h$i" "
        ip address add 10.77.0.$i/24 dev eth0 &&
        ip address add 10.78.0.$i/24 dev eth0 &&
        ip address add fd77::$i/64 dev eth0 nodad &&
        ip link set eth0 up"
done

[[ $slurm == no ]] || "$here/start_slurm.sh" "$count"

# Runs the command without exec, because the first process of a PID namespace must also reap
# orphans. bash does so.
status=0
"$@" || status=$?
exit "$status"
