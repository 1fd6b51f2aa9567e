#include "io/send_sockets.h"

#include <unistd.h>

#include "io/sockets.h"

namespace paxos::io {

SendSockets::~SendSockets() {
    for (const int fd : fds_)
        if (fd >= 0) ::close(fd);
}

bool SendSockets::open(const PeerTable& peers, PeerIndex self, std::string& error) {
    for (std::size_t i = 0; i < peers.size(); ++i) {
        const auto peer = static_cast<PeerIndex>(i);
        if (peer == self) continue;
        fds_[peer] = open_send_socket(peers.source(self), &peers[peer], error).fd;
        if (fds_[peer] < 0) return false;
    }
    return true;
}

}  // namespace paxos::io
