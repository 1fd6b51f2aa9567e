// A deterministic program whose instructions are counted: a saturated cluster of five nodes in one
// thread. It runs the protocol (src/core) and the encoding and decoding of datagrams (src/wire),
// without sockets. scripts/instructions.sh runs it under callgrind and compares the instructions in
// these two folders with the stored counts. bench/instructions has the stored counts:
// <protocol>.txt for messages that may cover runs of slots, <protocol>_off.txt for messages that
// cover one slot each.
//
// The seeds and the order of the nodes are fixed. Each time all nodes have taken a turn, the clock
// advances by a fixed time. The counts therefore depend only on the code, the compiler and its
// flags, the version of xxhash and the size of a value. No datagram is lost or late, so only the
// code for a run without faults is counted.
//
//   instructions classic|multi on|off
//
// `on` or `off`: whether one message may cover a run of slots (Options::runs). Prints the compiler,
// the version of xxhash, the size of a value and the number of slots in the run.
//
// Exits with 1 if some node did not learn every slot, and with 2 if the arguments are wrong.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include "paxos/value_source.h"
#include "paxos/variants.h"
#include "wire/wire.h"
#include "wire/xxh3.h"

namespace paxos {

[[noreturn]] void assert_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: assert failed: %s\n", file, line, condition);
    std::abort();
}

namespace bench {

using Sizes = limits::Standard;

constexpr std::size_t nodes = 5;
constexpr Slot slots = 30'000;
constexpr Tick turn_ns = 20'000;
constexpr std::uint64_t run_id = 1;

struct Release {
    void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{64}); }
};
using Bytes = std::unique_ptr<std::byte[], Release>;

Bytes allocate(std::size_t size) { return Bytes{new (std::align_val_t{64}) std::byte[size]{}}; }

wire::Membership membership_of(NodeId id) { return {.self = id, .nodes = nodes, .run = run_id}; }

Options options_of(NodeId id, bool runs) {
    Options options;
    options.self = id;
    options.nodes = nodes;
    options.runs = runs;
    return options;
}

/// Stands for a node's socket: a queue of the sends that the node has not received yet.
class Socket {
public:
    static constexpr std::size_t capacity = 64;

    Socket() : bytes_(allocate(capacity * Outbox<Sizes>::send_size)) {}

    void put(NodeId from, const std::byte* bytes, std::size_t size) {
        PAXOS_ASSERT(end_ - begin_ < capacity);
        const std::size_t place = end_++ % capacity;
        std::memcpy(&bytes_[place * Outbox<Sizes>::send_size], bytes, size);
        from_[place] = from;
        size_[place] = size;
    }
    [[nodiscard]] std::size_t count() const { return end_ - begin_; }
    /// The send at `index`, counted from the oldest. Its bytes stay valid until the send is
    /// dropped.
    [[nodiscard]] std::span<const std::byte> front(std::size_t index, NodeId& from) const {
        const std::size_t place = (begin_ + index) % capacity;
        from = from_[place];
        return {&bytes_[place * Outbox<Sizes>::send_size], size_[place]};
    }
    void drop(std::size_t count) { begin_ += count; }

private:
    Bytes bytes_;
    std::array<NodeId, capacity> from_{};
    std::array<std::size_t, capacity> size_{};
    std::size_t begin_ = 0, end_ = 0;
};

template <class Protocol>
struct Member {
    Member(NodeId id, bool runs)
        : protocol(std::make_unique<Protocol>(options_of(id, runs))),
          wire(membership_of(id)),
          pool(allocate(Outbox<Sizes>::pool_size)),
          output(std::make_unique<Output<Sizes>>(pool.get())),
          values(2 * Sizes::window_max),
          arrivals(limits::receives_per_turn * limits::datagrams_per_send) {}

    std::unique_ptr<Protocol> protocol;
    wire::Wire wire;
    Socket socket;
    Bytes pool;
    std::unique_ptr<Output<Sizes>> output;
    std::vector<Value> values;
    Slot valued_to = 0;  // The values of all slots below this one were written to `values`.
    std::vector<Arrival> arrivals;
};

template <class Protocol>
class Cluster {
public:
    explicit Cluster(bool runs)
        : source_(1, nodes),
          window_(3 * (runs ? limits::slots_per_send : limits::messages_per_send)) {
        for (NodeId id = 0; id < nodes; ++id)
            members_.push_back(std::make_unique<Member<Protocol>>(id, runs));
    }
    /// Only instructions in this call are counted. Returns true if every node learned every slot.
    [[gnu::noinline]] bool run() {
        for (std::size_t turns = 0; turns < slots; ++turns, now_ += turn_ns) {
            bool done = true;
            for (NodeId id = 0; id < nodes; ++id) {
                turn(id, *members_[id]);
                done &= members_[id]->protocol->learned() >= slots;
            }
            if (done) return true;
        }
        return false;
    }

private:
    /// One turn of a node, which receives, takes a step and sends.
    void turn(NodeId id, Member<Protocol>& member) {
        std::size_t arrived = 0;
        const std::size_t received = std::min(member.socket.count(), limits::receives_per_turn);
        for (std::size_t i = 0; i < received; ++i) {
            NodeId from = 0;
            const std::span<const std::byte> bytes = member.socket.front(i, from);
            arrived += member.wire.decode(bytes, limits::datagram_size, from,
                                          std::span(member.arrivals).subspan(arrived));
        }
        const std::uint64_t mask = member.values.size() - 1;
        const Slot end = std::min(slots, member.protocol->next_slot() + window_);
        for (; member.valued_to < end; ++member.valued_to)
            member.values[member.valued_to & mask] = source_.value_of(id, member.valued_to);
        const Proposals proposals{
            .end = end, .values = member.values.data(), .mask = mask, .window = window_};
        member.protocol->step({now_, std::span(member.arrivals).first(arrived), proposals},
                              *member.output);
        member.socket.drop(received);
        PAXOS_ASSERT(member.output->violation.kind == ViolationKind::none);
        const std::span<const Send> sends = member.output->outbox.sends();
        member.wire.encode(sends, {member.protocol->learned(), member.protocol->retained_from(),
                                   member.protocol->contacts()});
        for (const Send& send : sends)
            send.to.for_each(
                [&](NodeId to) { members_[to]->socket.put(id, send.bytes, send.size()); });
    }

    ValueSource source_;
    std::uint32_t window_;  // The default window of a saturated run.
    std::vector<std::unique_ptr<Member<Protocol>>> members_;
    Tick now_ = 1;
};

int run(std::string_view protocol, bool runs) {
    for (std::size_t i = 0; i < variant_names.size(); ++i) {
        if (protocol != variant_names[i]) continue;
        const bool done = with_variant<Sizes>(static_cast<Variant>(i), [runs]<class Protocol>() {
            return std::make_unique<Cluster<Protocol>>(runs)->run();
        });
        std::printf("compiler %s, xxhash %u, values of %zu bytes\nslots %llu\n", __VERSION__,
                    XXH_versionNumber(), limits::value_size,
                    static_cast<unsigned long long>(slots));
        if (!done) std::fprintf(stderr, "instructions: some node did not learn every slot\n");
        return done ? 0 : 1;
    }
    std::fprintf(stderr, "instructions: %.*s: no such protocol\n",
                 static_cast<int>(protocol.size()), protocol.data());
    return 2;
}

}  // namespace bench
}  // namespace paxos

int main(int count, char** arguments) {
    const std::string_view runs = count == 3 ? arguments[2] : "";
    if (runs != "on" && runs != "off") {
        std::fprintf(stderr,
                     "usage: instructions PROTOCOL on|off (--protocol and --runs of paxos_fast)\n");
        return 2;
    }
    return paxos::bench::run(arguments[1], runs == "on");
}
