// Fuzz target: one node. Its peers send any datagrams that src/wire accepts, with extreme field
// values, and the clock advances by up to 2^50 ns in a step. The Witness (witness.h) checks the
// node after every step, and the peers' validation must accept every datagram that the node sends.
//
// The limits are tiny, so that a few steps reach every bound. The peers may be Byzantine, which is
// outside the fault model. The node may therefore report a violation. That would end a real node,
// and here it ends the test of this input. No assertion may fail.
#include <utility>

#include "fuzz/fuzz.h"
#include "fuzz/witness.h"
#include "paxos/variants.h"
#include "support/datagrams.h"

namespace paxos::fuzz {
namespace {

using Limits = limits::Tiny;

constexpr std::size_t nodes_max = 7;
constexpr std::size_t steps_max = 300;
constexpr std::size_t datagrams_max = 4;  // Per step.
constexpr std::size_t values_count = 2 * Limits::window_max;

// Static, so that these large arrays are cleared once instead of for every input.
alignas(64) std::array<std::byte, Outbox<Limits>::pool_size> own_pool, peer_pool;

/// More events than a step can have. Half of this number allows one event for each ring slot of
/// each received message. The other half is for slots outside the ring, for decisions and for the
/// node's own requests.
constexpr std::size_t events_max = 2 * datagrams_max * limits::messages_per_datagram *
                                   Limits::ring_slots;
std::array<Event, events_max> events;

/// A copy of a datagram in a heap block of exactly its size, so that ASan detects reads past the
/// end of the copy.
class Copy {
public:
    explicit Copy(std::span<const std::byte> bytes) : size_(bytes.size()) {
        demand(::posix_memalign(&place_, 64, std::max<std::size_t>(size_, 1)) == 0,
               "out of memory");
        std::memcpy(place_, bytes.data(), size_);
    }
    Copy(Copy&& other) noexcept
        : place_(std::exchange(other.place_, nullptr)), size_(other.size_) {}
    Copy& operator=(Copy&&) = delete;
    ~Copy() { std::free(place_); }
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return {static_cast<const std::byte*>(place_), size_};
    }

private:
    void* place_ = nullptr;
    std::size_t size_;
};

std::string reason_of(const std::array<std::uint64_t, wire::rejections>& rejected) {
    std::string names;
    for (std::size_t why = 0; why < rejected.size(); ++why)
        if (rejected[why] != 0)
            names += wire::name_of(static_cast<wire::Rejection>(why)) + std::string(" ");
    return names;
}

Options read_options(Bytes& bytes) {
    constexpr std::uint64_t counters[] = {1, 2, limits::ballot_counter_max - 1,
                                          limits::ballot_counter_max};
    Options options;
    options.nodes = 2 + bytes.below(nodes_max - 1);
    options.self = static_cast<NodeId>(bytes.below(options.nodes));
    options.proposers = 1 + bytes.below(options.nodes);
    options.thrifty = bytes.below(2) != 0;
    options.runs = bytes.below(2) != 0;
    options.first_counter = bytes.one_of(counters);
    return options;
}

/// The node under test, its peers, and the clock. The input chooses what the peers send.
template <class Protocol>
class Table {
public:
    Table(const Options& options, Bytes& bytes)
        : bytes_(bytes),
          options_(options),
          protocol_(options),
          witness_(options.self, options.nodes, Protocol::scope == PromiseScope::whole_log) {
        for (std::size_t node = 0; node < options.nodes; ++node)
            wires_.emplace_back(test::membership_of(static_cast<NodeId>(node), options.nodes));
        constexpr Slot ends[] = {0, 3, 100, limits::slot_max};
        proposals_ = {.end = bytes.one_of(ends),
                      .values = values_.data(),
                      .mask = values_count - 1,
                      .window = static_cast<std::uint32_t>(1 + bytes.below(Limits::window_max))};
        for (std::size_t i = 0; i < values_count; ++i) values_[i] = test::value_of(1000 + i);
    }

    void play() {
        for (std::size_t step = 0; step < steps_max && !bytes_.empty(); ++step)
            if (!take_step()) return;
    }

private:
    /// Returns false if the node reported a violation.
    bool take_step() {
        constexpr Tick moves[] = {0,         1,           100'000,        1'000'000,
                                  3'000'000, 25'000'000,  60'000'000,     1'000'000'000,
                                  70,        500'000'000, Tick{1} << 50U, 41'000'000};
        now_ += bytes_.one_of(moves);
        std::vector<Copy> datagrams;
        std::vector<Arrival> arrivals;
        for (std::uint64_t left = bytes_.below(datagrams_max + 1); left > 0; --left)
            receive(datagrams, arrivals);
        protocol_.step({.now = now_, .arrivals = arrivals, .proposals = proposals_}, output_);
        if (output_.violation.kind != ViolationKind::none) return false;
        witness_.observe(protocol_, output_);
        send();
        return true;
    }

    void receive(std::vector<Copy>& datagrams, std::vector<Arrival>& arrivals) {
        const auto from = static_cast<NodeId>(
            (options_.self + 1 + bytes_.below(options_.nodes - 1)) % options_.nodes);
        const Slot learned = std::min(slot(), limits::slot_max);
        const Slot retained_from = std::min(slot(), learned);
        SendPool<Limits> outbox{peer_pool.data()};
        const NodeMask to = NodeMask::of(options_.self);
        const std::uint64_t count = bytes_.below(limits::messages_per_datagram + 1);
        for (std::uint64_t i = 0; i < count; ++i) outbox.add(to, message(from));
        if (bytes_.below(4) == 0) add_run(outbox, to, from);
        outbox.add_empty(to);
        const Contacts contacts{.heard = NodeMask{bytes_.below(std::uint64_t{1} << options_.nodes)},
                                .leader = bytes_.below(3) == 0
                                              ? no_node
                                              : static_cast<NodeId>(bytes_.below(options_.nodes))};
        const Slot retained_min = learned - std::min<Slot>(learned, ~std::uint32_t{0});
        wires_[from].encode(outbox.sends(),
                            {learned, std::max(retained_from, retained_min), contacts});

        const Send& send = outbox.sends().front();
        datagrams.emplace_back(std::span{send.bytes, send.size()});
        Arrival arrival[2];
        const std::size_t good = wires_[options_.self].decode(datagrams.back().bytes(), 0, from,
                                                              arrival);
        if (good == 1) arrivals.push_back(arrival[0]);
    }

    /// Encodes what the node sent, and decodes it at each recipient.
    void send() {
        const auto sends = output_.outbox.sends();
        wires_[options_.self].encode(
            sends, {protocol_.learned(), protocol_.retained_from(), protocol_.contacts()});
        for (const Send& send : sends) {
            demand(!send.to.empty() && (send.to - options_.others()).empty(),
                   "a send has no recipient, or a recipient that is not a peer");
            const Copy copy{{send.bytes, send.size()}};
            send.to.for_each([&](NodeId to) {
                std::array<Arrival, Limits::datagrams_per_send> arrivals;
                const std::size_t good = wires_[to].decode(copy.bytes(), limits::datagram_size,
                                                           options_.self, arrivals);
                demand(good == send.datagram_count(),
                       "a peer rejects what the node sends: " + reason_of(wires_[to].rejected()));
            });
        }
    }

    /// Returns a slot number, in most cases near a bound of the node's log, near 0 or near
    /// slot_max.
    Slot slot() {
        const Slot around[] = {protocol_.learned(),   protocol_.retained_from(),
                               protocol_.next_slot(), 0,
                               limits::slot_max,      protocol_.learned() + Limits::ring_slots};
        const std::uint64_t choice = bytes_.below(8);
        if (choice == 7) return bytes_.number(8);
        if (choice == 6) return protocol_.learned() + bytes_.below(Limits::ring_slots);
        return around[choice] + bytes_.below(9) - 4;
    }
    Ballot ballot(NodeId from) {
        switch (bytes_.below(8)) {
            case 0: return witness_.own_ballot();
            case 1: return Ballot{};
            case 2: return Ballot::from_bits(bytes_.number(8));
            case 3: return Ballot{limits::ballot_counter_max - bytes_.below(2), from};
            case 4:
                return Ballot{1 + bytes_.below(4),
                              static_cast<NodeId>(bytes_.below(options_.nodes))};
            default: return Ballot{1 + bytes_.below(4), from};
        }
    }
    Value value() {
        constexpr std::uint64_t numbers[] = {1, 2, 1000, 1001};
        const std::uint64_t choice = bytes_.below(5);
        return choice == 4 ? Value{} : test::value_of(numbers[choice]);
    }
    std::uint32_t slot_count(MessageKind kind) {
        constexpr std::uint32_t counts[] = {1,  1, 1, 0, 2, 7, 8, 9, limits::Standard::ring_slots,
                                            ~0U};
        const bool is_for_all = (kind == MessageKind::prepare || kind == MessageKind::promise) &&
                                Protocol::scope == PromiseScope::whole_log && bytes_.below(2) != 0;
        return is_for_all ? 0 : bytes_.one_of(counts);
    }
    std::uint64_t detail(MessageKind kind, NodeId from) {
        switch (kind) {
            case MessageKind::promise:
            case MessageKind::nack: return ballot(from).bits();
            case MessageKind::decide: return bytes_.number(1);
            default: return bytes_.below(16) == 15 ? bytes_.number(8) : 0;
        }
    }
    /// Adds an ACCEPT of up to 8 slots, each with a value of its own. Adds nothing if a slot number
    /// would overflow or the datagram is already more than half full.
    void add_run(SendPool<Limits>& outbox, NodeMask to, NodeId from) {
        std::array<Value, 8> values;
        for (Value& one : values) one = value();
        Message accept{.kind = MessageKind::accept,
                       .from = from,
                       .slot_count = 1,
                       .slot = slot(),
                       .ballot = ballot(from)};
        const Slot end = accept.slot + 1 + bytes_.below(values.size());
        if (end < accept.slot || outbox.cell_count() > limits::messages_per_datagram / 2) return;
        outbox.add_with_values(to, accept, {accept.slot, end},
                               Values::at(values.front(), accept.slot));
    }
    Message message(NodeId from) {
        Message message{};
        message.kind = static_cast<MessageKind>(bytes_.below(message_kinds + 1));
        message.from = from;
        message.slot_count = slot_count(message.kind);
        message.slot = slot();
        message.ballot = message.kind == MessageKind::learn ? Ballot{} : ballot(from);
        message.detail = detail(message.kind, from);
        const bool has_value = message.kind == MessageKind::accept ||
                               message.kind == MessageKind::accepted ||
                               (message.kind == MessageKind::decide && message.slot_count == 1) ||
                               (message.kind == MessageKind::promise && message.detail != 0);
        if (has_value) message.value = value();
        return message;
    }

    Bytes& bytes_;
    Options options_;
    Protocol protocol_;
    Witness witness_;
    std::vector<wire::Wire> wires_;  // By node.
    std::array<Value, values_count> values_{};
    Proposals proposals_;
    Output<Limits> output_{own_pool.data(), events};
    Tick now_ = 1'000'000;
};

void play(Bytes bytes) {
    const auto variant = static_cast<Variant>(bytes.below(variant_names.size()));
    const Options options = read_options(bytes);
    with_variant<Limits>(variant,
                         [&]<class Protocol>() { Table<Protocol>(options, bytes).play(); });
}

}  // namespace
}  // namespace paxos::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    paxos::fuzz::play({data, size});
    return 0;
}
