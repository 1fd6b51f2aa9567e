// One exchange: adds the queued sends, then the receives, enters once and handles all completions.
#include "io/uring_communicator.h"

#include "io/fail.h"

namespace paxos::io {

std::unique_ptr<UringCommunicator> UringCommunicator::open(const Options& options,
                                                           std::string& refusals, std::size_t first,
                                                           SetupCall setup) {
    std::unique_ptr<UringCommunicator> made(new UringCommunicator(options));
    if (!made->ring_.open(options.sends_max + options.receives_max, first, setup, refusals))
        return nullptr;
    made->build_requests(options);
    if (const std::size_t rung = made->ring_.rung(); rung > 0)
        made->describe(std::string("io_uring (") + rungs[rung].name + ')' +
                       (refusals.empty() ? "" : ": ") + refusals);
    return made;
}

void UringCommunicator::build_requests(const Options& options) {
    const Ring::File file = ring_.add_file(options.socket);
    const auto finish = [&](std::size_t number) {
        io_uring_sqe& request = ring_.request(number);
        request.flags |= file.flags;
        request.user_data = number;
    };
    for (std::size_t i = 0; i < options.sends_max; ++i) {
        io_uring_prep_sendmsg(&ring_.request(i), file.fd, &sends_.headers()[i].msg_hdr, send_flags);
        finish(i);
    }
    for (std::size_t i = 0; i < options.receives_max; ++i) {
        const std::size_t number = sends_max_ + i;
        io_uring_prep_recvmsg(&ring_.request(number), file.fd, &receives_.headers()[i].msg_hdr,
                              MSG_DONTWAIT);
        finish(number);
    }
}

std::size_t UringCommunicator::exchange() {
    receives_.prepare();
    for (std::size_t i = 0; i < sends_.count(); ++i) ring_.add(i);
    for (std::size_t i = 0; i < receives_.count(); ++i) ring_.add(sends_max_ + i);
    run();
    return receives_.finish();
}

void UringCommunicator::send_queued() {
    for (std::size_t i = 0; i < sends_.count(); ++i) ring_.add(i);
    run();
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
