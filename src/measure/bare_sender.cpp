#include "measure/bare_sender.h"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace paxos::measure {

void BareSender::send(const BareNode& node, const Address& to, const void* bytes,
                      std::size_t size) {
    if (segments_ && size > datagram_size && try_send(node, to, bytes, size, true)) return;
    const auto* rest = static_cast<const std::byte*>(bytes);
    while (size > 0) {
        const std::size_t some = std::min(size, datagram_size);
        if (!try_send(node, to, rest, some, false))
            return;  // The unsent datagrams are lost. Their slots stall (floor_pipeline.h).
        rest += some;
        size -= some;
    }
}

bool BareSender::try_send(const BareNode& node, const Address& to, const void* bytes,
                          std::size_t size, bool cut) {
    iovec part{const_cast<void*>(bytes), size};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_name = const_cast<sockaddr*>(to.get());
    header.msg_namelen = to.size();
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
    if (cut) {
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        cmsghdr* const message = CMSG_FIRSTHDR(&header);
        message->cmsg_level = IPPROTO_UDP;
        message->cmsg_type = UDP_SEGMENT;
        message->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
        const std::uint16_t segment_size = datagram_size;
        std::memcpy(CMSG_DATA(message), &segment_size, sizeof segment_size);
    }
    if (sendmsg(node.socket, &header, 0) >= 0) return true;
    // This kernel or device does not support UDP_SEGMENT, or the MTU is too small. The caller then
    // sends the datagrams one by one.
    if (cut && (errno == EIO || errno == EINVAL || errno == EMSGSIZE || errno == EOPNOTSUPP)) {
        segments_ = false;
        return false;
    }
    node.note_refused(errno);
    return cut;
}

}  // namespace paxos::measure
