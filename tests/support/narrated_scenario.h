// A fixture that passes hand-made trace records to the narrator of `--log`, and collects the lines
// that the narrator prints.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trace/narrator.h"

namespace paxos::trace {

inline Value value_of(std::uint64_t number) {
    Value value{};
    value.words[0] = number;
    return value;
}

/// Adds events as the nodes of a cluster would add them, and collects the printed lines.
class NarratedScenario : public testing::Test {
protected:
    void begin(std::size_t nodes, bool phase_1_for_all = false, Slot warmup = 0) {
        setting_.nodes = nodes;
        setting_.warmup = warmup;
        setting_.phase_1_for_all = phase_1_for_all;
        setting_.round_end = 10;
        setting_.text_of_value = [](const Value& value) {
            return "v" + std::to_string(value.words[0]);
        };
        narrator_ = std::make_unique<Narrator>(
            setting_, [this](const std::string& line) { lines_.push_back(line); },
            [this](const Narrator::Printed& printed) { traced_.push_back(printed.sentence); });
    }
    static Message message(MessageKind kind, NodeId from, Ballot ballot, Slot slot,
                           std::uint64_t value = 0) {
        Message made{};
        made.kind = kind;
        made.from = from;
        made.slot_count = 1;
        made.slot = slot;
        made.ballot = ballot;
        made.value = value_of(value);
        return made;
    }
    void add(NodeId node, Tick us, EventKind kind, const Message& what,
             NodeMask mask = NodeMask{}) {
        narrator_->add(node, Record{1'000'000 + us * 1000, Event{kind, mask, what}});
    }
    void send(NodeId node, Tick us, MessageKind kind, NodeMask to, Ballot ballot, Slot slot,
              std::uint64_t value = 0) {
        add(node, us, EventKind::sent, message(kind, node, ballot, slot, value), to);
    }
    /// All lines after the heading.
    std::vector<std::string> narrated(std::uint64_t lost = 0) {
        narrator_->finish(lost);
        const auto heading = std::ranges::find_if(
            lines_, [](const std::string& line) { return line.ends_with("us node round"); });
        EXPECT_NE(heading, lines_.end());
        return {heading + 1, lines_.end()};
    }
    /// The sentences of all lines after the heading, without time, node and round.
    std::vector<std::string> words() {
        std::vector<std::string> words;
        for (const std::string& line : narrated()) words.push_back(line.substr(17));
        return words;
    }

    static constexpr NodeMask n0{1}, n1{2}, n2{4}, n01{3}, n12{6};
    const Ballot first_{1, 0};
    Setting setting_;
    std::unique_ptr<Narrator> narrator_;
    std::vector<std::string> lines_;
    std::vector<std::string> traced_;  // The sentences for result files.
};

}  // namespace paxos::trace
