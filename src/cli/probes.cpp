// See probes.h.
#include "cli/probes.h"

#include "io/communicator.h"
#include "io/sockets.h"

namespace paxos::cli {

void probe_sockets(measure::Environment& environment) {
    // A failure only leaves the fact absent. A run that needs a socket reports the reason.
    std::string ignored;
    io::Socket socket = io::open_udp_socket(io::Address::loopback(0), ignored);
    if (!socket.is_open()) return;
    if (socket.receive_buffer_size > 0)
        environment.receive_buffer_size = socket.receive_buffer_size;
    const io::PeerTable no_peers;
    const io::Options least{
        .socket = socket.fd, .peers = &no_peers, .sends_max = 1, .receives_max = 1};
    if (const auto communicator = io::Communicator::open(least, ignored))
        environment.io = communicator->description();
    io::close(socket);
}

}  // namespace paxos::cli
