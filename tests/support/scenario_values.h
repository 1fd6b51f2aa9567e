// Names of values in a scenario. A value without a name in the scenario is named by its proposer
// and slot: n0#3 is the value that n0 would propose in slot 3.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "paxos/value_source.h"

namespace paxos::test {

class ScenarioValues {
public:
    /// Names the value that `proposer` would propose in `slot`. False if the name is in use.
    bool name(NodeId proposer, Slot slot, const std::string& text) {
        for (const auto& [value, taken] : names_)
            if (taken == text) return false;
        names_[{proposer, slot}] = text;
        return true;
    }
    [[nodiscard]] std::string text_of(const Value& value) const {
        if (value.is_no_op()) return "no-op";
        const auto proposer = static_cast<NodeId>(ValueSource::proposer_bits(value));
        const Slot slot = ValueSource::slot_of(value);
        const auto found = names_.find({proposer, slot});
        if (found != names_.end()) return found->second;
        return "n" + std::to_string(proposer) + "#" + std::to_string(slot);
    }

private:
    std::map<std::pair<NodeId, Slot>, std::string> names_;
};

}  // namespace paxos::test
