// The communicator that uses io_uring. An exchange adds the queued sends and then the receives,
// calls io_uring_enter (usually once), and handles all completions.
#include "io/uring_communicator.h"

#include <algorithm>
#include <vector>

#include <sys/uio.h>

#include "io/fail.h"

namespace paxos::io {

std::unique_ptr<UringCommunicator> UringCommunicator::open(const Options& options,
                                                           std::string& refusals, std::size_t first,
                                                           SetupCall setup) {
    std::unique_ptr<UringCommunicator> made(new UringCommunicator(options));
    const std::size_t requests = made->write_number_ + (options.file >= 0 ? 1 : 0);
    if (!made->ring_.open(requests, first, setup, refusals)) return nullptr;
    made->build_requests(options);
    if (const std::size_t set = made->ring_.flag_set(); set > 0)
        made->describe(std::string("io_uring (") + setup_flags[set].name + ')' +
                       (refusals.empty() ? "" : ": ") + refusals);
    return made;
}

void UringCommunicator::build_requests(const Options& options) {
    std::vector<int> fds{options.socket};
    if (options.connected != nullptr)
        for (std::size_t i = 0; i < options.peers->size(); ++i)
            fds.push_back((*options.connected)[static_cast<PeerIndex>(i)]);
    const std::size_t sockets = fds.size();
    if (options.file >= 0) fds.push_back(options.file);
    const bool is_registered = ring_.add_files(fds);
    const auto file = [&](std::size_t position) {
        return is_registered ? static_cast<int>(position) : fds[position];
    };
    send_files_.fill(file(0));
    for (std::size_t i = 1; i < sockets; ++i) send_files_[i - 1] = file(i);
    const auto finish = [&](io_uring_sqe& request, std::size_t number) {
        if (is_registered) request.flags |= IOSQE_FIXED_FILE;
        request.user_data = number;
    };
    for (std::size_t i = 0; i < options.sends_max; ++i) {
        io_uring_prep_sendmsg(&ring_.request(i), file(0), &sends_.headers()[i].msg_hdr, send_flags);
        finish(ring_.request(i), i);
    }
    for (std::size_t i = 0; i < options.receives_max; ++i) {
        const std::size_t number = sends_max_ + i;
        io_uring_prep_recvmsg(&ring_.request(number), file(0), &receives_.headers()[i].msg_hdr,
                              MSG_DONTWAIT);
        finish(ring_.request(number), number);
    }
    if (options.file < 0) return;
    io_uring_sqe& write = ring_.request(write_number_);
    // Uses writev, because Linux before 5.6 lacks IORING_OP_WRITE.
    io_uring_prep_writev(&write, file(sockets), &write_part_, 1, 0);
    write.rw_flags = RWF_DSYNC;
    finish(write, write_number_);
}

std::size_t UringCommunicator::exchange() {
    receives_.prepare();
    add_sends();
    for (std::size_t i = 0; i < receives_.count(); ++i) ring_.add(sends_max_ + i);
    run();
    return receives_.finish();
}

void UringCommunicator::send_only() {
    receives_.discard();
    send_queued();
}

void UringCommunicator::send_queued() {
    add_sends();
    run();
}

void UringCommunicator::begin_write(std::uint64_t offset, std::span<const std::byte> bytes) {
    PAXOS_ASSERT(!is_writing_ && !write_result_);
    io_uring_sqe& request = ring_.request(write_number_);
    request.off = offset;
    // The const_cast is safe, because the kernel only reads the bytes.
    write_part_ = {const_cast<std::byte*>(bytes.data()), bytes.size()};
    is_writing_ = true;
    ring_.add_detached(write_number_);
}

void UringCommunicator::wait(std::uint64_t timeout_ns) {
    // Engine::wait() polls only the socket, so the end of a write does not end the wait. Polling
    // the ring as well does not help, because a ring with DEFER_TASKRUN does not wake a ppoll on
    // its descriptor when a request completes. The wait is therefore short while a write is in
    // progress, and the next exchange checks the write.
    constexpr std::uint64_t write_poll_ns = 100'000;
    Engine::wait(is_writing_ ? std::min(timeout_ns, write_poll_ns) : timeout_ns);
}

void UringCommunicator::add_sends() {
    for (std::size_t i = 0; i < sends_.count(); ++i) {
        ring_.request(i).fd = send_files_[sends_.to(i)];
        ring_.add(i);
    }
}

void UringCommunicator::take_write(std::int32_t result) {
    ring_.settle_detached();
    is_writing_ = false;
    write_result_ = result;
}

void UringCommunicator::run() {
    ring_.run(counters_, [this](std::uint64_t number, std::int32_t result) {
        if (number < sends_max_)
            sends_.settle(number, result);
        else if (number != write_number_) [[likely]]
            receives_.take(number - sends_max_, result);
        else
            take_write(result);
    });
    sends_.clear();
}

}  // namespace paxos::io
