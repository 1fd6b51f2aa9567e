// The log of a simulated world, in the format of `--log`: selected rounds, or the last events.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "sim/player.h"
#include "trace/record.h"

namespace paxos::cli {

class SimLog : public sim::Watcher {
public:
    /// Keeps the first `kept_max` entries on `rounds`, or the last ones with `keeps_last`.
    SimLog(SlotRange rounds, std::size_t kept_max, bool keeps_last);

    void on_event(Tick now, NodeId node, const Event& event) override;
    void on_world(Tick now, const std::string& what) override;

    /// The lines of the log, with the column heads if `has_heads`.
    [[nodiscard]] std::vector<std::string> lines(const sim::Draw& draw, bool has_heads) const;
    /// The number of entries that were not kept.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

private:
    struct Entry {
        trace::Record record;
        NodeId node;
        std::string world;  // Not empty: an event of the world, not of a node.
    };
    void keep(Entry entry);

    SlotRange rounds_;
    std::size_t kept_max_;
    bool keeps_last_;
    std::deque<Entry> kept_;
    std::uint64_t left_out_ = 0;
};

}  // namespace paxos::cli
