// Measures the cost of one exchange, which sends the queued datagrams and receives those that have
// arrived, as in a turn of a node. A loopback socket sends to itself.
#include <memory>
#include <string>
#include <vector>

#include "count.h"
#include "io/communicator.h"
#include "io/sockets.h"
#include "paxos/limits.h"

namespace paxos::bench {
namespace {

/// After this many exchanges in a row without a datagram, missing datagrams count as lost.
constexpr int empty_max = 1000;

class Loop {
public:
    explicit Loop(io::IoKind kind) {
        socket_ = io::open_udp_socket(io::Address::loopback(0), error_);
        if (!socket_.is_open()) return;
        self_ = peers_.add(socket_.address);
        communicator_ = io::Communicator::open({.socket = socket_.fd,
                                                .peers = &peers_,
                                                .kind = kind,
                                                .sends_max = limits::receives_per_turn,
                                                .receives_max = limits::receives_per_turn},
                                               error_);
    }
    ~Loop() {
        communicator_.reset();
        io::close(socket_);
    }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] bool is_open() const { return communicator_ != nullptr; }
    [[nodiscard]] const std::string& error() const { return error_; }

    void exchange(std::size_t sends, std::size_t datagrams) {
        for (std::size_t i = 0; i < sends; ++i)
            communicator_->queue(self_, bytes_.data(), datagrams * limits::datagram_size,
                                 limits::datagram_size);
        communicator_->exchange();
    }
    /// Receives what is still in flight. Returns whether every datagram came back.
    [[nodiscard]] bool drain() {
        const io::Counters& counters = communicator_->counters();
        for (int empty = 0;
             counters.datagrams_received < counters.datagrams_sent && empty < empty_max;)
            empty = communicator_->exchange() == 0 ? empty + 1 : 0;
        return counters.datagrams_received == counters.datagrams_sent && counters.send_errors == 0;
    }
    [[nodiscard]] std::size_t datagrams_sent() const {
        return communicator_->counters().datagrams_sent;
    }

private:
    io::Socket socket_;
    io::PeerTable peers_;
    io::PeerIndex self_ = io::no_peer;
    std::unique_ptr<io::Communicator> communicator_;
    std::string error_;
    std::vector<std::byte> bytes_ = std::vector<std::byte>(limits::datagrams_per_send *
                                                           limits::datagram_size);
};

void exchange(benchmark::State& state, io::IoKind kind) {
    const auto sends = static_cast<std::size_t>(state.range(0));
    const auto datagrams = static_cast<std::size_t>(state.range(1));
    Loop loop(kind);
    if (!loop.is_open()) {
        state.SkipWithError(("skipped: " + loop.error()).c_str());
        return;
    }
    std::size_t exchanges = 0;
    for (auto _ : state) {
        loop.exchange(sends, datagrams);
        ++exchanges;
    }
    if (!loop.drain() || loop.datagrams_sent() != exchanges * sends * datagrams)
        state.SkipWithError("datagrams are missing");
    report(state, "per_datagram", exchanges * sends * datagrams);
}

void sizes(benchmark::internal::Benchmark* bench) {
    bench->ArgNames({"sends", "datagrams"});
    bench->ArgsProduct({{1, 8}, {1, limits::datagrams_per_send}});
}

BENCHMARK_CAPTURE(exchange, uring, io::IoKind::uring)->Name("io/exchange/uring")->Apply(sizes);
BENCHMARK_CAPTURE(exchange, mmsg, io::IoKind::mmsg)->Name("io/exchange/mmsg")->Apply(sizes);

}  // namespace
}  // namespace paxos::bench
