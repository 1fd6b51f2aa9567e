#!/usr/bin/perl
# Forwards TCP connections to a target, and adds a delay of SECONDS to everything that the target
# sends. The path is therefore slower in one direction than in the other.
#
#   tests/hosts/slow_path.pl ADDRESS:PORT TARGET:PORT SECONDS
#
# Uses only modules of the package perl-base.
use strict;
use warnings;
use IO::Socket::INET;

my ($address, $target, $delay) = @ARGV;
my $listener = IO::Socket::INET->new(LocalAddr => $address, Listen => 16, ReuseAddr => 1)
    or die "$address: $@\n";
$SIG{CHLD} = 'IGNORE';    # The kernel reaps the children.

# Starts a child process that copies until `from` is closed, and delays each piece by `seconds`.
sub copy {
    my ($from, $to, $seconds) = @_;
    return if fork;
    while (sysread($from, my $bytes, 65536)) {
        select(undef, undef, undef, $seconds);
        while (length $bytes) {
            my $sent = syswrite($to, $bytes) or exit;
            substr($bytes, 0, $sent) = '';
        }
    }
    shutdown($to, 1);
    exit;
}

while (my $near = $listener->accept) {
    my $far = IO::Socket::INET->new(PeerAddr => $target) or next;
    setsockopt($_, 6, 1, 1) for $near, $far;    # TCP_NODELAY
    copy($near, $far, 0);
    copy($far, $near, $delay);
}
