// Writes the trace of a scenario: which node received what, in which state, and what it did.
//
//     n1 > PREPARE 2.n2 slot 0: above the promised 1.n0 -> PROMISE 2.n2 to n2, accepted x at 1.n0
//     before
//
// The text after the colon is the state of the node (the "condition"). The text after the arrow is
// what the node did. Events of the protocol are printed with the sentences of `--log`
// (src/trace/sentences.h), but without the columns and arrows of `--log`, and "round" is replaced
// by "slot".
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/packet.h"
#include "support/scenario_state.h"
#include "trace/sentences.h"

namespace paxos::test {

class ScenarioNarrator {
public:
    using TextOfValue = std::function<std::string(const Value&)>;

    /// Why a node takes a step without a message, and the slot that the step concerns.
    struct Cause {
        std::string text;
        std::optional<Slot> slot;
    };

    ScenarioNarrator(std::size_t nodes, bool whole_log, TextOfValue text_of_value);

    /// Prints the step that `node` took at `now`. The step handled the messages of the packets
    /// `arrived`. If no message arrived, `cause` is the reason for the step.
    void print_step(NodeId node, Tick now, const Cause& cause, std::span<const sim::Packet> arrived,
                    std::span<const Event> events);
    /// Prints the messages of `packets`, which are lost.
    void print_lost(std::span<const sim::Packet> packets);
    void print_line(const std::string& line);
    /// While quiet, events are noted but not printed.
    void set_quiet(bool quiet) { quiet_ = quiet; }

    [[nodiscard]] const std::string& trace() const { return trace_; }

private:
    struct Sentence {
        bool is_condition;
        std::string text;
        bool names_slot = false;  ///< Whether the text begins with its slot.
    };

    [[nodiscard]] std::string arrival(const Message& message) const;
    [[nodiscard]] std::vector<Sentence> sentences_of(NodeId node, std::optional<Slot> about,
                                                     std::span<const Message> heard,
                                                     std::span<const Event> events);
    [[nodiscard]] std::string condition_of(NodeId node, const Message& heard,
                                           std::span<const Event> events) const;
    [[nodiscard]] Sentence sentence(NodeId node, const Event& event);
    void write(const std::string& head, std::span<const Sentence> sentences,
               const std::string& otherwise);

    TextOfValue text_of_value_;
    std::vector<trace::Sentences> sentences_;  // By node.
    ScenarioState state_;
    Tick printed_at_ = 0;
    bool quiet_ = false;
    std::string trace_;
};

}  // namespace paxos::test
