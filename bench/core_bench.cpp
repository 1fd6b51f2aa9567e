// Measures what a step of the acceptor, the proposer or the learner costs per message, without
// src/wire and system calls.
//
// Each benchmark measures one role. It repeats rounds; a round decides `round_slots` slots
// (lone_node.h). Only the steps of the measured role are timed. The other messages of the round are
// handled while the timer is stopped. Each timed step must produce the expected messages or
// decisions.
#include <array>

#include "count.h"
#include "lone_node.h"
#include "paxos/variants.h"

namespace paxos::bench {
namespace {

template <class Protocol>
inline constexpr bool has_phase_1_a_slot = Protocol::phases == 2;

/// A message at the first ballot of node 0, which is the only proposer here.
Message message_of(MessageKind kind, Slot slot, const Value& value = {}, std::uint64_t detail = 0) {
    return {.kind = kind,
            .from = 0,
            .reserved = {},
            .slot_count = 1,
            .slot = slot,
            .ballot = Ballot{1, 0},
            .detail = detail,
            .value = value};
}

/// Node 1, and the messages that node 0 sends to it.
template <class Protocol>
struct Asked {
    Asked(std::size_t batch, std::size_t slots_in_decide)
        : node(1),
          prepares(0, batch),
          accepts(0, batch),
          decides(0, batch / slots_in_decide, slots_in_decide),
          decides_have_value(slots_in_decide == 1) {
        if (has_phase_1_a_slot<Protocol>) return;
        Message whole_log = message_of(MessageKind::prepare, 0);
        whole_log.slot_count = 0;
        node.step(std::array{Arrival{0, 0, 0, {&whole_log, 1}}});
    }
    void write_round() {
        if (has_phase_1_a_slot<Protocol>)
            prepares.write(first, [](Slot slot) { return message_of(MessageKind::prepare, slot); });
        accepts.write(first, [this](Slot slot) {
            return message_of(MessageKind::accept, slot, node.value_of(slot));
        });
        decides.write(first, [this](Slot slot) {
            const Value value = decides_have_value ? node.value_of(slot) : Value{};
            return message_of(MessageKind::decide, slot, value, NodeMask::first(3).bits());
        });
        first += round_slots;
    }

    LoneNode<Protocol> node;
    Stage prepares, accepts, decides;
    bool decides_have_value;
    Slot first = 0;
};

/// Measures the cost of handling ACCEPTs and, if each slot has its own phase 1, PREPAREs.
template <class Protocol>
class AcceptorRole {
public:
    explicit AcceptorRole(std::size_t batch) : batch_(batch), asked_(batch, 1) {}
    [[nodiscard]] bool is_over() const { return asked_.accepts.is_over(); }
    void begin_round() {
        asked_.node.step_through(asked_.decides);
        asked_.write_round();
    }
    [[nodiscard]] bool step() {
        asked_.node.step(asked_.prepares.is_over() ? asked_.accepts.take()
                                                   : asked_.prepares.take());
        return asked_.node.output().outbox.cell_count() == batch_;
    }

private:
    std::size_t batch_;
    Asked<Protocol> asked_;
};

/// Measures the cost of handling DECIDEs. Classic has one for each slot, with the slot's value.
/// Multi has one for the whole batch.
template <class Protocol>
class LearnerRole {
public:
    explicit LearnerRole(std::size_t batch)
        : batch_(batch), asked_(batch, has_phase_1_a_slot<Protocol> ? 1 : batch) {}
    [[nodiscard]] bool is_over() const { return asked_.decides.is_over(); }
    void begin_round() {
        asked_.write_round();
        asked_.node.step_through(asked_.prepares);
        asked_.node.step_through(asked_.accepts);
    }
    [[nodiscard]] bool step() {
        asked_.node.step(asked_.decides.take());
        return asked_.node.output().decisions.size() == batch_;
    }

private:
    std::size_t batch_;
    Asked<Protocol> asked_;
};

/// Measures the cost, at node 0, of handling ACCEPTEDs and, if each slot has its own phase 1,
/// PROMISEs. These messages come from nodes 1 and 2, which together with node 0 are a quorum of the
/// five nodes.
template <class Protocol>
class ProposerRole {
public:
    explicit ProposerRole(std::size_t batch)
        : batch_(batch),
          node_(0),
          promises_{{{1, batch}, {2, batch}}},
          accepteds_{{{1, batch}, {2, batch}}} {}
    [[nodiscard]] bool is_over() const { return accepteds_[1].is_over(); }
    void begin_round() {
        node_.open_round(first_);
        if (!has_phase_1_a_slot<Protocol> && first_ == 0) promise_log();
        for (std::size_t i = 0; i < 2; ++i) {
            if (has_phase_1_a_slot<Protocol>)
                promises_[i].write(
                    first_, [](Slot slot) { return message_of(MessageKind::promise, slot); });
            accepteds_[i].write(first_, [this](Slot slot) {
                return message_of(MessageKind::accepted, slot, node_.value_of(slot));
            });
        }
        first_ += round_slots;
    }
    [[nodiscard]] bool step() {
        const Output<Sizes>& output = node_.output();
        if (!promises_[0].is_over()) return take(promises_[0]) && output.outbox.empty();
        if (!promises_[1].is_over())
            return take(promises_[1]) && output.outbox.cell_count() == batch_;
        if (!accepteds_[0].is_over()) return take(accepteds_[0]) && output.outbox.empty();
        return take(accepteds_[1]) && output.decisions.size() == batch_ && !output.outbox.empty();
    }

private:
    bool take(Stage& stage) {
        node_.step(stage.take());
        return true;
    }
    /// Completes phase 1 of multi, which is needed only once. Nodes 1 and 2 promise, and report
    /// that they have accepted nothing.
    void promise_log() {
        std::array<Message, 2> promises;
        promises.fill(message_of(MessageKind::promise, 0));
        std::array<Arrival, 2> arrivals{};
        for (NodeId i = 0; i < 2; ++i) {
            promises[i].from = static_cast<NodeId>(i + 1);
            promises[i].slot_count = 0;
            arrivals[i] = {promises[i].from, 0, 0, {&promises[i], 1}};
        }
        node_.step(arrivals);
    }

    std::size_t batch_;
    LoneNode<Protocol> node_;
    std::array<Stage, 2> promises_;
    std::array<Stage, 2> accepteds_;
    Slot first_ = 0;
};

/// Each iteration of the benchmark is one step that handles one batch.
template <class Role>
void step_role(benchmark::State& state) {
    const auto batch = static_cast<std::size_t>(state.range(0));
    Role role(batch);
    std::size_t steps = 0;
    for (auto _ : state) {
        if (role.is_over()) {
            state.PauseTiming();
            role.begin_round();
            state.ResumeTiming();
        }
        if (!role.step()) {
            state.SkipWithError("a step did not produce the expected messages or decisions");
            break;
        }
        ++steps;
    }
    report(state, "per_message", steps * batch);
}

void batches(benchmark::internal::Benchmark* bench) {
    static_assert(limits::messages_per_datagram != 1, "the batch sizes must differ");
    bench->ArgName("batch")
        ->Arg(1)
        ->Arg(limits::messages_per_datagram)
        ->Arg(limits::messages_per_send);
}

BENCHMARK_TEMPLATE(step_role, AcceptorRole<Replica<Sizes, Classic>>)
    ->Name("classic/acceptor")
    ->Apply(batches);
BENCHMARK_TEMPLATE(step_role, ProposerRole<Replica<Sizes, Classic>>)
    ->Name("classic/proposer")
    ->Apply(batches);
BENCHMARK_TEMPLATE(step_role, LearnerRole<Replica<Sizes, Classic>>)
    ->Name("classic/learner")
    ->Apply(batches);
BENCHMARK_TEMPLATE(step_role, AcceptorRole<Replica<Sizes, Multi>>)
    ->Name("multi/acceptor")
    ->Apply(batches);
BENCHMARK_TEMPLATE(step_role, ProposerRole<Replica<Sizes, Multi>>)
    ->Name("multi/proposer")
    ->Apply(batches);
// For multi's learner, "per_message" is per slot, because one message covers the whole batch.
BENCHMARK_TEMPLATE(step_role, LearnerRole<Replica<Sizes, Multi>>)
    ->Name("multi/learner")
    ->Apply(batches);

}  // namespace
}  // namespace paxos::bench
