// Describes an event as a sentence, for `--log`.
//
// A sentence states what a node does and why. A message is printed when it is sent. Its receipt is
// printed only if the receiver does not use the message. A proposer's own promise or acceptance
// needs no message and appears only in the list of the quorum.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "language/language.h"
#include "paxos/options.h"
#include "paxos/step.h"

namespace paxos::trace {

struct Setting {
    std::size_t nodes = 0;
    std::size_t accept_quorum = 0;  ///< Options::accept_quorum.
    Slot warmup = 0;                ///< Number of slots before round 0.
    /// Whether there is one phase 1 for the whole log, as in `multi`.
    bool phase_1_for_all = false;
    std::uint64_t round_first = 0;  ///< Rounds to print: [round_first, round_end).
    std::uint64_t round_end = ~std::uint64_t{0};
    std::function<std::string(const Value&)> text_of_value;
    Language language = {};
    std::size_t columns = 80;  ///< The width of the introduction.

    /// Whether events about `slot` are printed.
    [[nodiscard]] bool shows(Slot slot) const {
        return slot >= warmup && slot - warmup >= round_first && slot - warmup < round_end;
    }
};

/// The last `capacity` things that were added, so that a repetition can be detected. When full,
/// drops the oldest thing.
class Memory {
public:
    using Thing = std::array<std::uint64_t, 4>;

    void add(const Thing& thing);
    [[nodiscard]] bool has(const Thing& thing) const { return things_.contains(thing); }

private:
    static constexpr std::size_t capacity = 8192;
    std::set<Thing> things_;
    std::deque<Thing> order_;
};

class Sentences {
public:
    explicit Sentences(Setting setting) : setting_(std::move(setting)) {}

    /// The paragraph above the first event, for readers new to Paxos.
    [[nodiscard]] std::string introduction() const;

    /// Returns the sentence for `event` at `node`, or an empty text if the event is not printed.
    /// REQUIRES: calls come in the order in which the events are printed.
    [[nodiscard]] std::string of(NodeId node, const Event& event);

private:
    [[nodiscard]] std::string of_sent(NodeId node, NodeMask to, const Message& message);
    [[nodiscard]] std::string of_answer(NodeId node, NodeMask to, const Message& message);
    [[nodiscard]] std::string of_late(const Message& message) const;
    [[nodiscard]] std::string of_quorum_promised(NodeId node, NodeMask by, const Message& message);
    /// "majority", or "quorum" if an accept quorum is set.
    [[nodiscard]] std::string quorum() const {
        return setting_.accept_quorum == 0 ? setting_.language.text("majority")
                                           : setting_.language.text("quorum");
    }
    [[nodiscard]] std::string receivers(NodeId node, NodeMask to) const;
    [[nodiscard]] std::string rounds(const Message& message) const;
    [[nodiscard]] std::string value(const Message& message) const {
        return setting_.text_of_value(message.value);
    }

    Setting setting_;
    Memory sent_;  // Requests that were sent, kept to mark repetitions.
    // Pairs of a node and a slot that it decided. EventKind::learned is not printed for them.
    Memory decided_;
    // Nodes that took over, stepped down or were preempted. EventKind::resumed ("proposes again")
    // is printed only for these nodes.
    NodeMask changed_role_;
};

}  // namespace paxos::trace
