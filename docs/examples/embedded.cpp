// Embeds the protocol: three nodes in one thread. The transport is a queue in memory for each node.
// Prints what each node learns. docs/embedding.md explains the parts.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "paxos/multi.h"
#include "turn/turn.h"

using Limits = paxos::limits::Small;
using Protocol = paxos::Replica<Limits, paxos::Multi>;
constexpr std::size_t node_count = 3;
constexpr paxos::Slot slot_count = 5;

// The engine calls this function if one of its invariants is broken. The function must not return.
void paxos::assert_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: %s\n", file, line, condition);
    std::abort();
}

struct Datagram {
    alignas(64) std::array<std::byte, paxos::limits::datagram_size> bytes;
    std::size_t size;
    paxos::NodeId from;
};
std::array<std::deque<Datagram>, node_count> inboxes;

struct Received {
    const std::byte* bytes;
    std::size_t size, segment_size;
    paxos::NodeId from;
};

struct Queues {  // The transport of node `self`: takes one datagram a turn.
    static constexpr std::size_t arrivals_max = 1;
    paxos::NodeId self;
    Datagram datagram{};
    Received view{};
    std::size_t count = 0;

    std::size_t exchange() {
        count = inboxes[self].empty() ? 0 : 1;
        if (count == 0) return 0;
        datagram = inboxes[self].front();
        inboxes[self].pop_front();
        view = {datagram.bytes.data(), datagram.size, datagram.size, datagram.from};
        return count;
    }
    std::span<const Received> received() const { return {&view, count}; }
    void note_heard(paxos::NodeId) {}
    void send(std::span<const paxos::Send> sends, paxos::NodeMask ended, paxos::Tick) {
        for (const paxos::Send& send : sends)
            for (std::size_t i = 0; i < send.datagram_count(); ++i) {
                Datagram out{.bytes = {}, .size = send.size_of_datagram(i), .from = self};
                std::memcpy(out.bytes.data(), send.datagram(i), out.size);
                (send.to - ended).for_each([&](auto node) { inboxes[node].push_back(out); });
            }
    }
};

paxos::Tick time_ns = 1;
struct Clock {
    paxos::Tick now() const { return time_ns; }
};

struct Node {
    using Pool = std::array<std::byte, paxos::SendPool<Limits>::pool_size>;
    explicit Node(paxos::NodeId self)
        : queues{.self = self},
          turn({.self = self, .nodes = node_count, .timing = {}},
               {.self = self, .nodes = node_count, .run = 7}, queues, Clock{}, pool.data(), {}) {}

    Queues queues;
    alignas(64) Pool pool{};
    paxos::Turn<Protocol, Limits, Queues, Clock> turn;
};

int main() {
    std::array<paxos::Value, 8> values{};  // A ring: slot s takes values[s % 8].
    for (std::size_t i = 0; i < values.size(); ++i)
        std::snprintf(reinterpret_cast<char*>(&values[i]), sizeof values[i], "value %zu", i);
    // Not a vector, because a growing vector moves its elements. A Turn refers to members of its
    // Node, so a Node must not move.
    std::deque<Node> nodes;
    for (paxos::NodeId self = 0; self < node_count; ++self) nodes.emplace_back(self);

    for (paxos::Slot left = slot_count * node_count; left != 0; time_ns += 10'000)
        for (Node& node : nodes) {
            node.turn.exchange();
            node.turn.step({}, [&](paxos::Slot, paxos::Tick) {
                return paxos::Proposals{slot_count, values.data(), values.size() - 1, 4};
            });
            const auto& output = node.turn.output();
            if (output.violation.kind != paxos::ViolationKind::none) return EXIT_FAILURE;
            for (auto slot = output.decisions.first; slot < output.decisions.end; ++slot, --left)
                std::printf("n%d slot %llu: %s\n", node.queues.self, (unsigned long long)slot,
                            reinterpret_cast<const char*>(&node.turn.protocol().value_of(slot)));
        }
}
