// The choice of the system calls that send and receive datagrams.
#pragma once

#include <cstdint>

namespace paxos::io {

enum class IoKind : std::uint8_t {
    automatic,  ///< io_uring where the kernel allows it, otherwise mmsg.
    uring,
    mmsg,  ///< sendmmsg and recvmmsg.
};

}  // namespace paxos::io
