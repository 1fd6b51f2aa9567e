// What the roles of one node share: log, acceptor, peers, the time of the step, counters, and the
// functions that send messages. The proposer gets its own node's vote from the same acceptor that
// answers the other nodes (S14).
#pragma once

#include "paxos/acceptor.h"
#include "paxos/answers.h"
#include "paxos/held_answers.h"
#include "paxos/learner.h"
#include "paxos/losses.h"
#include "paxos/peers.h"
#include "paxos/runs.h"

namespace paxos {

template <class Limits, PromiseScope scope>
struct Shared {
    using Out = Output<Limits>;

    explicit Shared(const Options& of_node)
        : options(of_node),
          quorums(of_node.quorums()),
          log(of_node.history),
          acceptor(of_node.self),
          peers(of_node) {}

    /// Takes from `input` the time, the nodes that are down, and which records are durable. Nothing
    /// is sent to nodes that are down (S41). With storage, also calls release().
    void begin_step(const Input& input, Out& output) {
        now = input.now;
        now_us = microseconds(now);
        peers.set_down(input.down);
        others = options.others() - input.down;
        durable_up_to = input.durable_up_to;
        reports_left = Limits::reports_per_step;
        decisions_left = Limits::decisions_per_step;
        reply_cells_left = Limits::reply_cells_per_step;
        log.begin_step();
        if (durable_up_to != everything) [[unlikely]]
            release(output);
    }
    /// Sends held answers whose records are durable, oldest first. Answers that do not fit in this
    /// step, or whose events do not fit, are sent by a later step. Limits the new answers of this
    /// step to the space left in `held`.
    [[gnu::noinline]] void release(Out& output) {
        NodeMask to;
        for (std::size_t left = Limits::reply_cells_per_step / 2; left != 0 && !held.empty();
             --left) {
            const auto& [message, asker, after] = held.front();
            to = to | asker;
            if (after > durable_up_to || to.count() > limits::receives_per_turn) break;  // S06
            if (!output.has_space_for_released(message.slot_count)) break;
            if (message.kind == MessageKind::promise)
                output.answers.template add<MessageKind::promise>(asker, message);
            else
                output.answers.template add<MessageKind::accepted>(asker, message);
            note_sent(output, asker, Run::of(message).slots, message);
            held.pop();
        }
        reply_cells_left = std::min(Limits::reply_cells_per_step / 2, held.room() / 2);
        reports_left = std::min<std::size_t>(Limits::reports_per_step, held.room() / 2);
    }
    /// Whether the record with this number is durable.
    [[nodiscard]] bool is_durable(Sequence recorded) const { return recorded <= durable_up_to; }
    /// The vote of this node's acceptor for its own proposer, as a mask. The mask is empty until
    /// the vote's record is durable, because the vote counts like any other answer (S14).
    [[nodiscard]] NodeMask own_vote(Sequence recorded) const {
        return is_durable(recorded) ? NodeMask::of(options.self) : NodeMask{};
    }

    /// Sends the message that `make()` returns to the nodes of `to`. If `to` is empty, makes and
    /// sends none.
    template <MessageKind kind, class Make>
    void send(Out& output, NodeMask to, Make&& make) {
        if (to.empty()) return;
        const Message message = make();
        output.outbox.template add<kind>(to, message);
        note_sent(output, to, message);
    }
    /// Sends `make(slot)` for each of `slots`. These messages differ only in slot and value. If
    /// Options::runs is on, several slots are covered by one message, which has no values.
    template <MessageKind kind, class Make>
    void send_run(Out& output, NodeMask to, SlotRange slots, Make&& make) {
        if (to.empty() || slots.empty()) return;
        add_run<kind>(output.outbox, to, slots, is_one_message(slots), make);
        note_sent(output, to, slots, kind, make);
    }
    /// Sends `make(slot)` with its value for each of `slots`. These messages differ only in slot
    /// and value. `values` are those of `slots`.
    template <MessageKind kind, class Make>
    void send_with_values(Out& output, NodeMask to, SlotRange slots, const Values& values,
                          Make&& make) {
        if (to.empty() || slots.empty()) return;
        output.outbox.add_with_values(to, make(slots.first), slots, values);
        note_sent(output, to, slots, kind, make);
    }
    /// Like send_run(), for answers of the acceptor, which must not leave before their records are
    /// durable. PROMISEs that report a value are sent one by one. REQUIRES: the slots of `answered`
    /// are answerable().
    template <MessageKind kind, class Make>
    void answer_run(Out& output, NodeMask to, const Answered& answered, Make&& make) {
        const SlotRange slots = answered.slots;
        const bool waits = !is_durable(answered.state.recorded());
        if (waits && answered.is_repeat) [[unlikely]]
            return;  // The first answer is still held.
        const bool is_one = is_one_message(slots) &&
                            (kind != MessageKind::promise || make(slots.first).detail == 0);
        take_reply_cells(is_one ? 1 : slots.size());
        if (waits) [[unlikely]]
            return hold_run(to, answered, is_one, make);  // S06
        add_run<kind>(output.answers, to, slots, is_one, make);
        note_sent(output, to, slots, kind, make);
    }
    /// Sends an answer that must not leave before the records up to `recorded` are durable.
    template <MessageKind kind>
    void answer(Out& output, NodeMask to, Sequence recorded, const Message& message) {
        if (!is_durable(recorded)) [[unlikely]]
            return held.add(recorded, to, message);  // S06
        output.answers.template add<kind>(to, message);
        note_sent(output, to, message);
    }
    void note_sent(Out& output, NodeMask to, const Message& sent) {
        const std::size_t slots = std::max<std::size_t>(sent.slot_count, 1);
        counters.sent[static_cast<std::size_t>(sent.kind)] += to.count() * slots;
        output.note(EventKind::sent, to, sent);
    }
    /// Notes that an answer about `slots` was released. An answer about several slots has no
    /// values.
    void note_sent(Out& output, NodeMask to, SlotRange slots, const Message& message) {
        if (slots.empty()) return note_sent(output, to, message);
        note_sent(output, to, slots, message.kind,
                  [&](Slot slot) { return Run::of(message).at(slot); });
    }
    /// Notes that `make(slot)` was sent for each of `slots`.
    template <class Make>
    void note_sent(Out& output, NodeMask to, SlotRange slots, MessageKind kind, Make&& make) {
        counters.sent[static_cast<std::size_t>(kind)] += to.count() * slots.size();
        if (output.events.empty()) [[likely]]
            return;
        for (Slot slot = slots.first; slot < slots.end; ++slot)
            output.note(EventKind::sent, to, make(slot));
    }
    /// Takes one of the `reports_per_step` messages that a step may send to peers that prepare the
    /// whole log. Returns false if none is left; the peer will ask again.
    [[nodiscard]] bool take_report() {
        if (reports_left == 0) {
            ++counters.unanswered;
            return false;
        }
        --reports_left;
        return true;
    }
    /// The first slots of `slots`, as many as this step may still answer with one cell each. A run
    /// whose slots are in different states is answered in pieces (S44), so a request of one cell
    /// may need as many answers as the ring has slots. Therefore the answers of a step are limited.
    /// The caller ignores the other slots, as if the request for them were lost; the peer asks
    /// again.
    [[nodiscard]] SlotRange answerable(SlotRange slots) {
        if (reply_cells_left == 0) [[unlikely]]
            counters.unanswered += slots.size();
        return {slots.first, std::min<Slot>(slots.end, slots.first + reply_cells_left)};
    }
    void take_reply_cells(std::size_t count) {
        PAXOS_ASSERT(count <= reply_cells_left);
        reply_cells_left -= count;
    }
    /// Sends what was decided in `slots`, at most `decisions_per_step` decisions in a step. Returns
    /// the first slot that was not sent. REQUIRES: all are learned and retained.
    [[gnu::noinline]] Slot send_decided(Out& output, NodeMask to, SlotRange slots) {
        while (!slots.empty()) {
            if (decisions_left == 0) {
                ++counters.unanswered;
                break;
            }
            const Slot end = std::min<Slot>(slots.end, slots.first + decisions_left);
            const Slot unsent = send_decisions(output, to, {slots.first, end});
            decisions_left -= unsent - slots.first;
            slots.first = unsent;
        }
        return slots.first;
    }
    /// Sends a DECIDE with values for a prefix of `slots` that was decided at one ballot by one
    /// quorum and whose values are adjacent in memory. A decision from the history is sent alone.
    /// Returns the end of the prefix. REQUIRES: not empty; all are learned and retained.
    Slot send_decisions(Out& output, NodeMask to, SlotRange slots) {
        const auto decide_of = [&](Slot slot) {
            return Learner<Limits>::decide_of(log.at(slot), options.self);
        };
        const auto send = [&](const Value& first) {
            send_with_values<MessageKind::decide>(output, to, slots, Values::at(first, slots.first),
                                                  decide_of);
            return slots.end;
        };
        if (slots.first < log.ring_begin()) {
            ++counters.from_history;
            slots.end = slots.first + 1;
            return send(log.at(slots.first).value);
        }
        slots.end = log.piece(slots).slots.end;
        const std::span<const Value> values = log.values_of(slots.first, slots.end);
        slots.end = slots.first + values.size();
        return send(values.front());
    }
    /// Refuses `request`, which is about the whole log.
    [[gnu::noinline]] void refuse(Out& output, const Message& request, Ballot promised) {
        take_reply_cells(1);
        send<MessageKind::nack>(output, NodeMask::of(request.from),
                                [&] { return refusal_of(request, promised, options.self); });
    }
    /// Refuses the part of `request` that is about `slots`.
    [[gnu::noinline]] void refuse(Out& output, const Run& request, SlotRange slots,
                                  Ballot promised) {
        take_reply_cells(is_one_message(slots) ? 1 : slots.size());
        send_run<MessageKind::nack>(
            output, NodeMask::of(request.message->from), slots,
            [&](Slot slot) { return refusal_of(request.at(slot), promised, options.self); });
    }
    /// Drops an answer for another ballot or phase, or for a decided slot (S09).
    void ignore_late(Out& output, const Message& message) {
        ++counters.late;
        output.note(EventKind::late, NodeMask{}, message);
    }
    /// Drops the part of `answer` about `slots`. Notes only one event, so that a long run does not
    /// use up the space for events.
    [[gnu::noinline]] void ignore_late(Out& output, const Run& answer, SlotRange slots) {
        counters.late += slots.size();
        output.note(EventKind::late, NodeMask{}, answer.part_as_message(slots));
    }
    /// Drops `answer` as a whole.
    void ignore_late(Out& output, const Run& answer) {
        if (answer.slots.empty()) return ignore_late(output, *answer.message);
        ignore_late(output, answer, answer.slots);
    }
    [[gnu::noinline]] void ignore_outside(Out& output, const Message& message) {
        ++counters.outside_ring;
        output.note(EventKind::stale, NodeMask{}, message);
    }
    [[gnu::noinline]] void ignore_outside(Out& output, const Run& run, SlotRange slots) {
        if (slots.empty()) return;
        counters.outside_ring += slots.size();
        output.note(EventKind::stale, NodeMask{}, run.part_as_message(slots));
    }

    Options options;
    Quorums quorums;
    NodeMask others;  ///< Peers that are not down.
    Tick now = 0;
    std::uint32_t now_us = 0;
    Log<Limits> log;
    Acceptor<Limits, scope> acceptor;
    Peers peers;
    Losses<Limits> losses;
    Counters counters;
    HeldAnswers<Limits> held;
    Sequence durable_up_to = 0;  ///< Input::durable_up_to.
    std::size_t reports_left = 0;
    std::size_t decisions_left = 0;
    std::size_t reply_cells_left = 0;

private:
    /// Whether one message without values may cover `slots`.
    [[nodiscard]] bool is_one_message(SlotRange slots) const {
        return options.runs || slots.size() == 1;
    }
    template <class Make>
    [[gnu::noinline]] void hold_run(NodeMask to, const Answered& answered, bool is_one,
                                    Make&& make) {
        const SlotRange slots = answered.slots;
        const Sequence recorded = answered.state.recorded();
        if (!is_one || slots.size() == 1) {
            for (Slot slot = slots.first; slot < slots.end; ++slot)
                held.add(recorded, to, make(slot));
            return;
        }
        held.add(recorded, to, run_of(slots, make));
    }
    template <class Make>
    [[nodiscard]] static Message run_of(SlotRange slots, Make&& make) {
        Message run = make(slots.first);
        run.slot_count = static_cast<std::uint32_t>(slots.size());
        run.value = Value{};
        return run;
    }
    template <MessageKind kind, class Box, class Make>
    void add_run(Box& box, NodeMask to, SlotRange slots, bool is_one, Make&& make) {
        if (!is_one || slots.size() == 1) {
            for (Slot slot = slots.first; slot < slots.end; ++slot)
                box.template add<kind>(to, make(slot));
            return;
        }
        box.template add<kind>(to, run_of(slots, make));
    }
};

}  // namespace paxos
