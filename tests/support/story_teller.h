// Tells a story's trace: who heard what, under which condition, and what it decided.
//
//     n1 > PREPARE 2.n2 slot 0: above the promised 1.n0 -> PROMISE 2.n2 to n2, accepted x at 1.n0
//     before
//
// The decisions, and the conditions that the protocol itself tells, are its events in the words of
// `--log` (src/trace/sentences.h); the arrow and the columns of the log become words and commas, a
// round is called its slot.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/packet.h"
#include "support/story_books.h"
#include "trace/sentences.h"

namespace paxos::test {

class StoryTeller {
public:
    using TextOfValue = std::function<std::string(const Value&)>;

    /// Why a node takes a step, where no message is the reason, and which slot that is about.
    struct Cause {
        std::string text;
        std::optional<Slot> slot;
    };

    StoryTeller(std::size_t nodes, bool whole_log, TextOfValue text_of_value);

    /// `node` has taken a step at `now`, for the sake of `arrived`, or of `cause` where nothing
    /// has.
    void tell_step(NodeId node, Tick now, const Cause& cause, std::span<const sim::Packet> arrived,
                   std::span<const Event> events);
    /// Packets that never arrive.
    void tell_lost(std::span<const sim::Packet> packets);
    void tell(const std::string& line);
    /// While quiet, what happens is remembered but not told.
    void set_quiet(bool quiet) { quiet_ = quiet; }

    [[nodiscard]] const std::string& trace() const { return trace_; }

private:
    struct Said {
        bool is_condition;
        std::string text;
    };

    [[nodiscard]] std::string arrival(const Message& message) const;
    [[nodiscard]] std::vector<Said> said_of(NodeId node, std::optional<Slot> about,
                                            std::span<const Message> heard,
                                            std::span<const Event> events);
    [[nodiscard]] std::string condition_of(NodeId node, const Message& heard,
                                           std::span<const Event> events) const;
    [[nodiscard]] Said sentence(NodeId node, const Event& event);
    void write(const std::string& head, std::span<const Said> said, const std::string& otherwise);

    TextOfValue text_of_value_;
    std::vector<trace::Sentences> sentences_;  // By node: each tells what it knows itself.
    StoryBooks books_;
    Tick told_at_ = 0;
    bool quiet_ = false;
    std::string trace_;
};

}  // namespace paxos::test
