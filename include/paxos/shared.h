// What the roles of one node share: log, acceptor, peers, the time of the step, counters, and the
// functions that send messages. The proposer gets its own node's vote from the same acceptor that
// answers the other nodes (S14).
#pragma once

#include <new>

#include "paxos/acceptor.h"
#include "paxos/answers.h"
#include "paxos/learner.h"
#include "paxos/peers.h"

namespace paxos {

template <class Limits, PromiseScope scope>
struct Shared {
    using Out = Output<Limits>;

    explicit Shared(const Options& of_node)
        : options(of_node), quorums(of_node.quorums()), peers(of_node) {}

    /// Takes the time and the ended nodes from `input`. Nothing is sent to ended nodes (S41).
    void begin_step(const Input& input) {
        now = input.now;
        now_us = microseconds(now);
        peers.end(input.ended);
        others = options.others() - input.ended;
        answers_left = Limits::answers_per_step;
        log.begin_step();
    }

    /// Sends the message that `make` returns to the nodes of `to`, if there are any.
    /// Constructed in place: copying a struct just written field by field defeats store-to-load
    /// forwarding.
    template <MessageKind kind, class Make>
    void send(Out& output, NodeMask to, Make&& make) {
        if (to.empty()) return;
        note_sent(output, to, *::new (&output.outbox.template add<kind>(to)) Message(make()));
    }
    /// Like send(), for an answer that must not leave before its record is durable.
    template <MessageKind kind, class Make>
    void answer(Out& output, NodeMask to, Make&& make) {
        note_sent(output, to, *::new (&output.answers.template add<kind>(to)) Message(make()));
    }
    void note_sent(Out& output, NodeMask to, const Message& sent) {
        counters.sent[static_cast<std::size_t>(sent.kind)] += to.count();
        output.note(EventKind::sent, to, sent);
    }
    /// Takes one of the `answers_per_step` messages that a step may send to peers that catch up or
    /// prepare. Returns false if none is left; the peer will ask again.
    [[nodiscard]] bool take_answer() {
        if (answers_left == 0) {
            ++counters.unanswered;
            return false;
        }
        --answers_left;
        return true;
    }
    [[gnu::noinline]] void send_decided(Out& output, NodeMask to, const LogSlot& place) {
        if (!take_answer()) return;
        send<MessageKind::decide>(output, to,
                                  [&] { return Learner<Limits>::decide_of(place, options.self); });
    }
    [[gnu::noinline]] void refuse(Out& output, const Message& request, Ballot promised) {
        send<MessageKind::nack>(output, NodeMask::of(request.from),
                                [&] { return refusal_of(request, promised, options.self); });
    }
    /// Drops an answer for another ballot or phase, or for a decided slot (S09).
    void ignore_late(Out& output, const Message& message) {
        ++counters.late;
        output.note(EventKind::late, NodeMask{}, message);
    }
    [[gnu::noinline]] void ignore_outside(Out& output, const Message& message) {
        ++counters.outside_ring;
        output.note(EventKind::stale, NodeMask{}, message);
    }

    Options options;
    Quorums quorums;
    NodeMask others;  ///< Peers that have not ended.
    Tick now = 0;
    std::uint32_t now_us = 0;
    Log<Limits> log;
    Acceptor<Limits, scope> acceptor;
    Peers peers;
    Counters counters;
    std::size_t answers_left = 0;
};

}  // namespace paxos
