// The space-time diagram of the rounds that --log printed. It has a lane for each node, and an
// arrow for each message and receiver.
//
// The log shows when a message was sent, but not when it arrived. An arrow ends at the first event
// that the message caused at its receiver: an answer, a quorum, a decision, or the note that the
// message was late. If there is no such event, the message was lost or changed nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/result.h"

namespace paxos::report {

struct Arrow {
    int from = 0, to = 0;
    std::uint64_t sent_ns = 0;
    std::optional<std::uint64_t> handled_ns;  ///< None if the message caused no event.
    std::string message, ballot;
    std::string sentence;
};

/// Either an event of a node or a remark. A remark is an event of the simulated world.
struct Mark {
    int node = -1;  ///< -1: a remark.
    std::uint64_t at_ns = 0;
    std::string event, ballot;
    std::uint64_t round = 0;
    std::string sentence;
    /// What the node knows about this round after the event. Empty for a remark.
    std::string knowledge;
};

struct Diagram {
    /// A diagram shows only the first events, at most this many.
    static constexpr std::size_t events_max = 600;

    std::size_t events = 0;  ///< The number of events in the file.
    int nodes = 0;
    std::vector<Arrow> arrows;
    std::vector<Mark> marks;  ///< One for each event shown, in order of time.
};

/// Makes the diagram of `trace`. REQUIRES: `trace` is in order of time.
[[nodiscard]] Diagram diagram_of(const std::vector<measure::TracedEvent>& trace, int nodes);

}  // namespace paxos::report
