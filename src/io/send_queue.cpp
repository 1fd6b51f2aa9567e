// SendQueue: builds sends, and handles the sends that the kernel refused (S37). Only an error that
// means a bug in this program is fatal.
#include "io/send_queue.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <netinet/udp.h>

#include "io/fail.h"

namespace paxos::io {
namespace {

/// Errors that mean a bug in this program: every further send would fail too, or send garbage.
bool is_our_fault(int error) { return error == EBADF || error == ENOTSOCK || error == EFAULT; }

/// Errors by which a connected socket reports that an earlier datagram was rejected (udp(7)): the
/// port is closed, the host cannot be reached or refuses UDP, or the MTU of the path is smaller
/// than that datagram.
bool is_about_another_send(int error) {
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENOPROTOOPT ||
           error == EMSGSIZE;
}

/// Errors with which a send with UDP_SEGMENT fails if the route, the device or the socket does not
/// support it: IPsec or disabled checksums (EIO, EINVAL), old kernels (EOPNOTSUPP), an MTU below
/// the segment size (EINVAL, EMSGSIZE).
bool may_be_segmentation(int error) {
    return error == EIO || error == EINVAL || error == EOPNOTSUPP || error == EMSGSIZE;
}

}  // namespace

SendQueue::SendQueue(const Options& options, Counters& counters)
    : socket_(options.socket),
      peers_(*options.peers),
      connected_(options.connected),
      counters_(counters),
      entries_(options.sends_max),
      headers_(options.sends_max) {
    for (std::size_t i = 0; i < options.sends_max; ++i) {
        Entry& entry = entries_[i];
        msghdr& header = headers_[i].msg_hdr;
        header.msg_iov = &entry.bytes;
        header.msg_iovlen = 1;
        header.msg_control = entry.control;
        header.msg_controllen = sizeof entry.control;
        cmsghdr* segment = CMSG_FIRSTHDR(&header);
        segment->cmsg_level = IPPROTO_UDP;
        segment->cmsg_type = UDP_SEGMENT;
        segment->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    }
}

void SendQueue::add(PeerIndex to, const std::byte* bytes, std::size_t size,
                    std::size_t segment_size) {
    PAXOS_ASSERT(!full() && to < peers_.size());
    const std::size_t index = count_++;
    Entry& entry = entries_[index];
    msghdr& header = headers_[index].msg_hdr;
    entry.to = to;
    // The kernel does not change what it sends. msghdr and iovec lack const because they also serve
    // receives.
    if (connected_ == nullptr) {
        header.msg_name = const_cast<sockaddr*>(peers_[to].get());
        header.msg_namelen = peers_[to].size();
    }
    entry.bytes = {.iov_base = const_cast<std::byte*>(bytes), .iov_len = size};
    entry.segment_size = static_cast<std::uint32_t>(segment_size);
    if (size <= segment_size) {
        entry.datagrams = 1;
        header.msg_controllen = 0;
        return;
    }
    entry.datagrams = static_cast<std::uint32_t>((size + segment_size - 1) / segment_size);
    header.msg_controllen = sizeof entry.control;
    const auto in_kernel_width = static_cast<std::uint16_t>(segment_size);
    std::memcpy(entry.control + CMSG_LEN(0), &in_kernel_width, sizeof in_kernel_width);
}

void SendQueue::settle_failure(std::size_t index, int error) {
    if (is_our_fault(error)) fail("sending on the node's socket", error, __FILE__, __LINE__);
    const Entry& entry = entries_[index];

    // The send is repeated if a signal interrupted it, or if the error is the late report that
    // another datagram was rejected. In both cases nothing is wrong with this send. The repeat may
    // fail too, with the report about yet another datagram. At most two repeats are made, so that a
    // dead peer cannot delay the sends to other peers.
    for (int repeats = 0; repeats < 2 && (is_about_another_send(error) || error == EINTR);
         ++repeats) {
        ++counters_.enters;
        if (sendmsg(socket(index), &headers_[index].msg_hdr, send_flags) >= 0)
            return count_sent(index);
        error = errno;
    }
    if (entry.datagrams > 1 && may_be_segmentation(error)) {
        if (send_singly(index)) {
            // Single datagrams are accepted, so UDP_SEGMENT was the cause, and would fail again.
            segments_ = false;
            ++counters_.segment_fallbacks;
        }
        return;
    }
    count_refused(error, entry.datagrams);
}

void SendQueue::count_refused(int error, std::uint64_t datagrams) {
    counters_.send_errors += datagrams;
    auto& refusals = counters_.refusals;
    const auto found = std::find_if(
        refusals.begin(), refusals.end() - 1,
        [&](const Refusal& refusal) { return refusal.error == error || refusal.error == 0; });
    found->error = error;
    found->datagrams += datagrams;
}

/// Sends the datagrams of an entry one by one. Returns whether the kernel accepted at least one of
/// them.
bool SendQueue::send_singly(std::size_t index) {
    const Entry& entry = entries_[index];
    const msghdr& header = headers_[index].msg_hdr;
    const auto* bytes = static_cast<const std::byte*>(entry.bytes.iov_base);
    bool any = false;
    for (std::size_t offset = 0; offset < entry.bytes.iov_len; offset += entry.segment_size) {
        const std::size_t size = std::min<std::size_t>(entry.segment_size,
                                                       entry.bytes.iov_len - offset);
        ++counters_.enters;
        if (sendto(socket(index), bytes + offset, size, send_flags,
                   static_cast<const sockaddr*>(header.msg_name), header.msg_namelen) >= 0) {
            any = true;
            ++counters_.sends;
            ++counters_.datagrams_sent;
        } else {
            count_refused(errno, 1);
        }
    }
    return any;
}

}  // namespace paxos::io
