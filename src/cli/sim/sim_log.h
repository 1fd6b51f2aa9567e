// The log of a simulated world, in the format of `--log`. It contains the events of the selected
// rounds and of the world. If there are too many, it contains only the first or only the last of
// them.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "measure/result.h"
#include "sim/player.h"
#include "trace/record.h"

namespace paxos::cli {

class SimLog : public sim::Watcher {
public:
    /// Keeps at most `kept_max` entries: the last ones if `keeps_last` is true, otherwise the first
    /// ones. An entry is an event of a node that is about a round in `rounds`, or an event of the
    /// world, such as a cut path.
    SimLog(SlotRange rounds, std::size_t kept_max, bool keeps_last);

    void on_event(Tick now, NodeId node, const Event& event) override;
    void on_world(Tick now, const std::string& what) override;

    struct Narration {
        std::vector<std::string> heads, lines;
        std::vector<measure::TracedEvent> trace;  ///< The lines as data for the space-time diagram.
    };
    [[nodiscard]] Narration narrate(const sim::Draw& draw) const;
    /// The number of entries that were dropped.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

private:
    struct Entry {
        trace::Record record;
        NodeId node;
        std::string world;  // The text of an event of the world; empty for an event of a node.
    };
    void keep(Entry entry);

    SlotRange rounds_;
    std::size_t kept_max_;
    bool keeps_last_;
    std::deque<Entry> kept_;
    std::uint64_t left_out_ = 0;
};

}  // namespace paxos::cli
