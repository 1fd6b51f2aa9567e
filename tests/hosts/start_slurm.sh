#!/usr/bin/env bash
# Starts munge, slurmctld and one slurmd for each host, and waits until all hosts are idle.
# with_hosts.sh --slurm runs this script.
#
#   tests/hosts/start_slurm.sh COUNT
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
count=$1
hosts="h[1-$count]"

mkdir -p /run/munge /var/log/munge /run/slurm /var/spool/slurmctld
head -c 1024 /dev/urandom >/run/munge/key
chmod 400 /run/munge/key
chown -R munge: /run/munge /var/log/munge
setpriv --reuid munge --regid munge --clear-groups \
    munged --key-file=/run/munge/key --seed-file=/run/munge/seed

# OverSubscribe lets Slurm start more processes than there are cores. ProctrackType linuxproc works
# without control groups.
cat >/etc/slurm/slurm.conf <<END
ClusterName=hosts
SlurmctldHost=ctl(10.77.0.254)
SlurmUser=root
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=2
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd.%n
SlurmdPidFile=/run/slurm/slurmd.%n.pid
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdLogFile=/var/log/slurmd.%n.log
SlurmctldLogFile=/var/log/slurmctld.log
NodeName=$hosts NodeAddr=10.77.0.[1-$count] CPUs=2 RealMemory=1000
PartitionName=all Nodes=$hosts Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:8
END
# By default slurmd detects the version of the control groups. The detection fails if there are no
# control groups.
echo "CgroupPlugin=cgroup/v1" >/etc/slurm/cgroup.conf

slurmctld
for ((i = 1; i <= count; ++i)); do
    mkdir -p "/var/spool/slurmd.h$i"
    "$here/on_host.sh" "h$i" slurmd -N "h$i"
done
for ((wait = 0; wait < 600; ++wait)); do
    idle=$(sinfo --noheader --Node --states=idle --format=%N 2>/dev/null | sort -u | wc -l) ||
        idle=0
    [[ $idle -ne $count ]] || exit 0
    sleep 0.05
done
echo "Slurm is not ready after 30 s:" >&2
tail -n 5 /var/log/slurm*.log >&2
exit 1
