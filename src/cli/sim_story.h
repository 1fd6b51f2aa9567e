// The story of a simulated world, in the words of `--log`: of some of its rounds, or of the last
// that happened in it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "sim/player.h"
#include "trace/record.h"

namespace paxos::cli {

class SimStory : public sim::Watcher {
public:
    /// Keeps what concerns `rounds`: the first `kept_max` happenings, or with `keeps_last` the last
    /// ones.
    SimStory(SlotRange rounds, std::size_t kept_max, bool keeps_last);

    void on_event(Tick now, NodeId node, const Event& event) override;
    void on_world(Tick now, const std::string& what) override;

    /// The lines, the introduction first if it is wanted.
    [[nodiscard]] std::vector<std::string> tell(const sim::Draw& draw, bool introduces) const;
    /// Happenings that were not kept.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

private:
    struct Happening {
        trace::Record record;
        NodeId node;
        std::string world;  // Not empty: the world did it.
    };
    void keep(Happening happening);

    SlotRange rounds_;
    std::size_t kept_max_;
    bool keeps_last_;
    std::deque<Happening> kept_;
    std::uint64_t left_out_ = 0;
};

}  // namespace paxos::cli
