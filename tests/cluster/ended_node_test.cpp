// No process can take the identity of an ended node (S24, S41). Its port stays bound, nothing is
// sent to it, and every datagram that seems to come from it is rejected and counted.
#include <arpa/inet.h>

#include <cerrno>
#include <cstring>

#include "io/sockets.h"
#include "paxos/runs.h"
#include "support/cluster_runs.h"
#include "support/free_ports.h"
#include "support/hand_run_cluster.h"
#include "wire/checksum.h"

namespace paxos::cluster::ended_node_test {
namespace {

using node::NodeState;
using node::Plan;
using node::ProtocolKind;
using Bytes = HandRunCluster::Bytes;
using wire::Rejection;

constexpr NodeId outsider = HandRunCluster::outsider;  // The ended node. The test holds its socket.

// ---- the port of an ended node ----

class EndedNode : public testing::TestWithParam<ProtocolKind> {};
INSTANTIATE_TEST_SUITE_P(Real, EndedNode,
                         testing::Values(ProtocolKind::classic, ProtocolKind::multi),
                         [](const auto& param_info) {
                             return std::string(name_of(param_info.param));
                         });

/// Tries to bind the port. Returns 0 on success, otherwise errno.
int try_to_bind(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    // Two sockets can share a port only if both have these options. The node's socket has none.
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const int result = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int reason = result == 0 ? 0 : errno;
    ::close(fd);
    return reason;
}

TEST_P(EndedNode, S41_its_port_stays_bound_until_the_end) {
    constexpr std::size_t victim = 2;
    Plan plan = endless(3);
    plan.protocol = GetParam();
    plan.port = free_ports(plan.nodes);
    const auto port = static_cast<std::uint16_t>(plan.port + victim);

    pid_t killed = 0;
    std::uint64_t learned_then = 0;
    int attempts = 0;
    Callbacks callbacks;
    callbacks.progress = [&](const Progress& progress) {
        if (killed == 0) {
            if (progress.learned < 100) return;
            killed = nodes_of(::getpid()).at(victim);
            ASSERT_TRUE(send_signal(killed, SIGKILL));
            learned_then = progress.learned;
        } else if (!ProcStat(killed).is_alive()) {
            EXPECT_EQ(try_to_bind(port), EADDRINUSE);
            // The run must have made progress since the node was killed.
            if (++attempts >= 5 && progress.learned > learned_then) ::raise(SIGINT);
        }
    };
    const measure::RunResult run = run_plan(plan, callbacks);
    EXPECT_EQ(run.exit_code, 128 + SIGINT) << words_for(run);
    EXPECT_NE(run.verdict, measure::Verdict::unsafe) << words_for(run);
    EXPECT_GE(attempts, 5);
    // The io_uring of an ended node may keep the port a little longer. open_udp_socket retries.
    std::string error;
    io::Socket after = io::open_udp_socket(io::Address::loopback(port), error);
    EXPECT_TRUE(after.is_open()) << error;
    io::close(after);
}

// ---- how a node ended ----

TEST(EndedNodeTest,
     a_node_that_ended_before_the_launcher_kills_all_was_not_killed_by_the_launcher) {
    HandRunCluster cluster;
    ASSERT_EQ(cluster.start(endless(3)), "");
    ASSERT_TRUE(cluster.kill_from_outside(1));
    cluster.kill_all();
    EXPECT_TRUE(cluster.ending(0).by_launcher);
    EXPECT_FALSE(cluster.ending(1).by_launcher);
    EXPECT_EQ(cluster.ending(1).signal, SIGKILL);
}

// ---- datagrams from and to an ended node ----

Bytes datagram_of(std::uint64_t run, const std::vector<Message>& messages, Slot learned = 0) {
    wire::Header header{};
    header.magic = wire::datagram_magic;
    header.version = wire::datagram_version;
    header.sender = outsider;
    header.message_count = static_cast<std::uint8_t>(messages.size());
    header.run = run;
    header.destination = 0b011;
    header.learned = learned;
    Bytes bytes(sizeof header + messages.size() * sizeof(Message));
    std::memcpy(bytes.data(), &header, sizeof header);
    if (!messages.empty())
        std::memcpy(bytes.data() + sizeof header, messages.data(),
                    messages.size() * sizeof(Message));
    header.checksum = wire::checksum_of(bytes.data(), bytes.size());
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

std::vector<Message> cells_of(const Bytes& bytes) {
    std::vector<Message> cells((bytes.size() - sizeof(wire::Header)) / sizeof(Message));
    if (!cells.empty())
        std::memcpy(cells.data(), bytes.data() + sizeof(wire::Header),
                    cells.size() * sizeof(Message));
    return cells;
}

Message message_at(MessageKind kind, Slot slot, Ballot ballot) {
    Message message{};
    message.kind = kind;
    message.from = outsider;
    message.slot_count = 1;
    message.slot = slot;
    message.ballot = ballot;
    return message;
}

/// Returns the PROMISE or ACCEPTED with which the outsider would answer `request`, or nothing if
/// `request` is neither a PREPARE nor an ACCEPT. An answer about a run of slots has no values.
std::optional<Message> vote_for(const Message& request) {
    Message vote = request;
    vote.from = outsider;
    if (vote.slot_count > 1) vote.value = Value{};
    if (request.kind == MessageKind::prepare)
        vote.kind = MessageKind::promise;
    else if (request.kind == MessageKind::accept)
        vote.kind = MessageKind::accepted;
    else
        return std::nullopt;
    return vote;
}

/// A run that ends only when the test stops it. If the second parameter is true, the network
/// duplicates and delays datagrams. The test sends datagrams in the name of the ended node.
class Impostor : public testing::TestWithParam<std::tuple<ProtocolKind, bool>> {
protected:
    void SetUp() override {
        Plan plan = endless(3);
        plan.protocol = std::get<0>(GetParam());
        if (std::get<1>(GetParam())) {
            plan.faults.duplication = 0.2;
            plan.faults.delay_ns = 2'000'000;
        }
        ASSERT_EQ(cluster_.start(plan), "");
        ASSERT_TRUE(wait_for_rounds(500));
        // Keeps up to 100 datagrams that the nodes sent to the outsider. All of them carry the run
        // id, and most of them are requests to an acceptor.
        while (const auto bytes = cluster_.receive())
            if (heard_.size() < 100) heard_.push_back(*bytes);
        ASSERT_FALSE(heard_.empty());
        ASSERT_TRUE(cluster_.end_outsider());
        while (cluster_.receive()) {}
        for (NodeId to : {NodeId{0}, NodeId{1}})
            before_[to] = cluster_.rejected(to, Rejection::ended);
    }

    [[nodiscard]] bool wait_for_rounds(std::uint64_t more) {
        const std::uint64_t from[] = {cluster_.node(0).learned.get(),
                                      cluster_.node(1).learned.get()};
        return HandRunCluster::wait_until([&] {
            return cluster_.node(0).learned.get() >= from[0] + more &&
                   cluster_.node(1).learned.get() >= from[1] + more;
        });
    }
    /// Sends `bytes` to both nodes. After every 16 datagrams, waits until both nodes have rejected
    /// all datagrams so far, so that no buffer overflows.
    void attack(const Bytes& bytes) {
        if (HasFailure()) return;
        for (NodeId to : {NodeId{0}, NodeId{1}}) cluster_.send(to, bytes);
        if (++sent_ % 16 == 0) expect_refused();
    }
    void expect_refused() {
        EXPECT_TRUE(HandRunCluster::wait_until([&] { return all_refused(0) && all_refused(1); }))
            << "of " << sent_ << ": " << cluster_.rejected(0, Rejection::ended) - before_[0]
            << " and " << cluster_.rejected(1, Rejection::ended) - before_[1];
    }
    /// Expects that the run makes progress, breaks no rule, and sends nothing to the outsider.
    void expect_unharmed() {
        if (HasFailure()) return;
        expect_refused();
        EXPECT_TRUE(wait_for_rounds(500)) << "no more decisions";
        EXPECT_FALSE(cluster_.receive().has_value())
            << "something is sent to a node that has ended";
        cluster_.stop();
        for (const NodeId node : {NodeId{0}, NodeId{1}}) {
            EXPECT_EQ(cluster_.state(node), NodeState::stopped) << cluster_.node(node).error.data();
            EXPECT_EQ(cluster_.ending(node).exit_code, 0);
            EXPECT_EQ(cluster_.rejected(node, Rejection::ended), before_[node] + sent_);
        }
    }

    HandRunCluster cluster_;
    std::vector<Bytes> heard_;
    std::uint64_t sent_ = 0;

private:
    [[nodiscard]] bool all_refused(NodeId node) const {
        return cluster_.rejected(node, Rejection::ended) >= before_[node] + sent_ ||
               cluster_.state(node) == NodeState::unsafe;
    }
    std::array<std::uint64_t, 2> before_{};
};
INSTANTIATE_TEST_SUITE_P(
    Real, Impostor,
    testing::Combine(testing::Values(ProtocolKind::classic, ProtocolKind::multi), testing::Bool()),
    [](const auto& param_info) {
        return std::string(name_of(std::get<0>(param_info.param))) +
               (std::get<1>(param_info.param) ? "_bad_network" : "");
    });

TEST_P(Impostor, S41_repeats_received_messages_as_its_own) {
    for (const Bytes& bytes : heard_) {
        std::vector<Message> cells = cells_of(bytes);
        for (std::size_t i = 0; i < cells.size(); i += cells[i].cell_count())
            cells[i].from = outsider;
        attack(datagram_of(cluster_.run_id(), cells));
    }
    expect_unharmed();
}

TEST_P(Impostor, S41_sends_the_promises_and_acceptances_that_it_was_asked_for) {
    std::size_t votes = 0;
    for (const Bytes& bytes : heard_) {
        std::vector<Message> answers;
        for_each_message(cells_of(bytes), [&](std::span<const Message> cells) {
            if (const auto vote = vote_for(cells.front())) answers.push_back(*vote);
        });
        votes += answers.size();
        attack(datagram_of(cluster_.run_id(), answers));
    }
    EXPECT_GT(votes, 0U);
    expect_unharmed();
}

TEST_P(Impostor, S41_prepares_with_the_last_counter) {
    const bool whole_log = std::get<0>(GetParam()) == ProtocolKind::multi;
    const Ballot last{limits::ballot_counter_max, outsider};
    for (int i = 0; i < 32; ++i) {
        const Slot learned = cluster_.node(0).learned.get();
        std::vector<Message> prepares;
        for (Slot slot = learned; slot < learned + limits::messages_per_datagram; ++slot) {
            prepares.push_back(message_at(MessageKind::prepare, slot, last));
            if (whole_log) prepares.back().slot_count = 0;
        }
        attack(datagram_of(cluster_.run_id(), prepares, learned));
    }
    expect_unharmed();
}

TEST_P(Impostor, S41_declares_another_value_decided) {
    for (int i = 0; i < 32; ++i) {
        const Slot learned = cluster_.node(0).learned.get();
        std::vector<Message> decides;
        for (Slot slot = learned - std::min<Slot>(learned, 10); slot < learned + 10; ++slot) {
            Message decide = message_at(MessageKind::decide, slot, Ballot{1, 0});
            decide.detail = 0b111;
            decide.value.words[0] = 0xbad;
            decides.push_back(decide);
        }
        attack(datagram_of(cluster_.run_id(), decides, learned));
    }
    expect_unharmed();
}

}  // namespace
}  // namespace paxos::cluster::ended_node_test
