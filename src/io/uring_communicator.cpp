// One exchange: adds the queued sends, then the receives, enters once and handles all completions.
#include "io/uring_communicator.h"

#include <vector>

#include "io/fail.h"

namespace paxos::io {

std::unique_ptr<UringCommunicator> UringCommunicator::open(const Options& options,
                                                           std::string& refusals, std::size_t first,
                                                           SetupCall setup) {
    std::unique_ptr<UringCommunicator> made(new UringCommunicator(options));
    if (!made->ring_.open(options.sends_max + options.receives_max, first, setup, refusals))
        return nullptr;
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
    const bool is_registered = ring_.add_files(fds);
    const auto file = [&](std::size_t position) {
        return is_registered ? static_cast<int>(position) : fds[position];
    };
    send_files_.fill(file(0));
    for (std::size_t i = 1; i < fds.size(); ++i) send_files_[i - 1] = file(i);
    const auto finish = [&](std::size_t number) {
        io_uring_sqe& request = ring_.request(number);
        if (is_registered) request.flags |= IOSQE_FIXED_FILE;
        request.user_data = number;
    };
    for (std::size_t i = 0; i < options.sends_max; ++i) {
        io_uring_prep_sendmsg(&ring_.request(i), file(0), &sends_.headers()[i].msg_hdr, send_flags);
        finish(i);
    }
    for (std::size_t i = 0; i < options.receives_max; ++i) {
        const std::size_t number = sends_max_ + i;
        io_uring_prep_recvmsg(&ring_.request(number), file(0), &receives_.headers()[i].msg_hdr,
                              MSG_DONTWAIT);
        finish(number);
    }
}

std::size_t UringCommunicator::exchange() {
    receives_.prepare();
    add_sends();
    for (std::size_t i = 0; i < receives_.count(); ++i) ring_.add(sends_max_ + i);
    run();
    return receives_.finish();
}

void UringCommunicator::send_queued() {
    add_sends();
    run();
}

void UringCommunicator::add_sends() {
    for (std::size_t i = 0; i < sends_.count(); ++i) {
        ring_.request(i).fd = send_files_[sends_.to(i)];
        ring_.add(i);
    }
}

void UringCommunicator::run() {
    ring_.run(counters_, [this](std::uint64_t number, std::int32_t result) {
        if (number < sends_max_)
            sends_.settle(number, result);
        else
            receives_.take(number - sends_max_, result);
    });
    sends_.clear();
}

}  // namespace paxos::io
