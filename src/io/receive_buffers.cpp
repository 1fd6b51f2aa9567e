// ReceiveBuffers: stores a Received for each receive that brought data. A truncated receive is only
// counted.
#include "io/receive_buffers.h"

#include <cerrno>
#include <cstring>

#include <netinet/udp.h>

#include "io/fail.h"

namespace paxos::io {
namespace {

/// Errors that mean a bug of ours. All others come from the network or a temporary lack of memory.
bool is_our_fault(int error) {
    return error == EBADF || error == ENOTSOCK || error == EFAULT || error == EINVAL;
}

struct Control {
    std::uint32_t segment_size = 0;  // 0: not coalesced.
    std::uint32_t drops = 0;
    bool has_drops = false;
};

Control parse(msghdr& header) {
    Control control;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO) {
            int size = 0;  // UDP_GRO reports an int; UDP_SEGMENT takes a u16.
            std::memcpy(&size, CMSG_DATA(part), sizeof size);
            if (size > 0) control.segment_size = static_cast<std::uint32_t>(size);
        } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL) {
            std::memcpy(&control.drops, CMSG_DATA(part), sizeof control.drops);
            control.has_drops = true;
        }
    }
    return control;
}

}  // namespace

ReceiveBuffers::ReceiveBuffers(std::size_t receives_min, std::size_t receives_max,
                               const PeerTable& peers, Counters& counters, std::size_t buffer_size)
    : count_(receives_min, receives_max),
      peers_(peers),
      counters_(counters),
      memory_(receives_max * (buffer_size / sizeof(Block) + 1)),  // Zeroing touches the pages.
      slots_(receives_max),
      headers_(receives_max),
      received_(receives_max) {
    const std::size_t stride = buffer_size / sizeof(Block) + 1;
    for (std::size_t i = 0; i < receives_max; ++i) {
        Slot& slot = slots_[i];
        slot.bytes = {.iov_base = memory_[i * stride].bytes.data(), .iov_len = buffer_size};
        msghdr& header = headers_[i].msg_hdr;
        header.msg_name = slot.from.get();
        header.msg_iov = &slot.bytes;
        header.msg_iovlen = 1;
        header.msg_control = slot.control;
    }
}

void ReceiveBuffers::prepare() {
    discard();
    for (std::size_t i = 0; i < count_.get(); ++i) {
        msghdr& header = headers_[i].msg_hdr;
        header.msg_namelen = Address::size_max;
        header.msg_controllen = sizeof Slot::control;
        header.msg_flags = 0;
    }
}

void ReceiveBuffers::take(std::size_t index, int result) {
    if (result < 0) {
        if (is_our_fault(-result))
            fail("receiving on the node's socket", -result, __FILE__, __LINE__);
        // EAGAIN: nothing has arrived. ECONNREFUSED and similar errors concern a peer; the next
        // receive may bring data.
        return;
    }
    msghdr& header = headers_[index].msg_hdr;
    const Control control = parse(header);
    if (control.has_drops) note_drops(control.drops);
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        // The datagrams are truncated, or their boundaries are unknown because the segment size is
        // missing.
        ++counters_.truncated;
        return;
    }
    const auto size = static_cast<std::uint32_t>(result);
    const bool coalesced = control.segment_size != 0 && control.segment_size < size;
    ++counters_.receives;
    counters_.datagrams_received += coalesced
                                        ? (size + control.segment_size - 1) / control.segment_size
                                        : 1;
    const Slot& slot = slots_[index];
    received_[received_count_++] = {.bytes = static_cast<std::byte*>(slot.bytes.iov_base),
                                    .size = size,
                                    .segment_size = coalesced ? control.segment_size : size,
                                    .from = peers_.find(slot.from)};
}

std::size_t ReceiveBuffers::finish() {
    count_.adapt(received_count_);
    return received_count_;
}

void ReceiveBuffers::note_drops(std::uint32_t drops) {
    // A received datagram carries the value that the kernel's drop counter had when the datagram
    // was queued. This value may be older than the last one noted here.
    const auto more = static_cast<std::int32_t>(drops - drops_seen_);
    if (more <= 0) return;
    drops_seen_ = drops;
    counters_.kernel_dropped += static_cast<std::uint32_t>(more);
}

}  // namespace paxos::io
