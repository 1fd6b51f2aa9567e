// The communicator that uses sendmmsg and recvmmsg. An exchange first sends what is queued. With
// connected sockets, it calls sendmsg for each send. Otherwise it calls sendmmsg with up to 1024
// sends at a time. It then receives with one recvmmsg call. For a single message it calls sendmsg
// or recvmsg, because these are cheaper.
#include "io/mmsg_communicator.h"

#include <algorithm>
#include <cerrno>

namespace paxos::io {
namespace {

// UIO_MAXIOV, the most messages that the kernel takes in one call.
constexpr std::size_t messages_per_call_max = 1024;

int result_or_errno(ssize_t result) { return result < 0 ? -errno : static_cast<int>(result); }

}  // namespace

std::size_t MmsgCommunicator::exchange() {
    send_queued();
    receives_.prepare();
    mmsghdr* headers = receives_.headers();
    const std::size_t count = std::min(receives_.count(), messages_per_call_max);
    ++counters_.enters;
    if (count == 1) {
        receives_.take(0, result_or_errno(recvmsg(socket_, &headers[0].msg_hdr, MSG_DONTWAIT)));
        return receives_.finish();
    }
    const int came = recvmmsg(socket_, headers, static_cast<unsigned>(count), MSG_DONTWAIT,
                              nullptr);
    if (came < 0) receives_.take(0, -errno);
    for (int i = 0; i < came; ++i)
        receives_.take(static_cast<std::size_t>(i), static_cast<int>(headers[i].msg_len));
    return receives_.finish();
}

void MmsgCommunicator::send_only() {
    receives_.discard();
    send_queued();
}

void MmsgCommunicator::send_queued() {
    mmsghdr* headers = sends_.headers();
    const std::size_t count = sends_.count();
    for (std::size_t next = 0; next < count;) {
        const std::size_t rest = std::min(count - next, messages_per_call_max);
        if (rest == 1 || !has_one_socket_) {
            send_one(next++);
            continue;
        }
        ++counters_.enters;
        // sendmmsg stops at the first message that fails. It returns an error only if that message
        // was the first of the call. Otherwise it returns the number of messages that it has sent.
        // The next call then begins with the failed message and returns the error. The call after
        // that skips the failed message.
        const int taken = sendmmsg(socket_, headers + next, static_cast<unsigned>(rest),
                                   send_flags);
        if (taken < 0) sends_.settle(next++, -errno);
        for (int i = 0; i < taken; ++i, ++next)
            sends_.settle(next, static_cast<int>(headers[next].msg_len));
    }
    sends_.clear();
}

void MmsgCommunicator::send_one(std::size_t index) {
    ++counters_.enters;
    const msghdr& header = sends_.headers()[index].msg_hdr;
    sends_.settle(index, result_or_errno(sendmsg(sends_.socket(index), &header, send_flags)));
}

}  // namespace paxos::io
