// Reads the words of one scenario command (ScenarioWords in scenario_text.h).
#include <algorithm>
#include <charconv>
#include <iterator>
#include <memory>
#include <sstream>

#include "support/scenario_text.h"
#include "trace/words.h"

namespace paxos::test {
namespace {

/// The kind that `word` names in lower case, such as "accept"; `none` if it names no kind.
MessageKind kind_of(const std::string& word) {
    for (std::size_t i = 1; i < message_kinds; ++i) {
        std::string name = trace::name_of(static_cast<MessageKind>(i));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char letter) { return static_cast<char>(letter - 'A' + 'a'); });
        if (word == name) return static_cast<MessageKind>(i);
    }
    return MessageKind::none;
}

}  // namespace

ScenarioWords::ScenarioWords(std::string place, const std::string& text)
    : place_(std::move(place)), text_(text) {
    std::istringstream stream(text);
    words_.assign(std::istream_iterator<std::string>(stream), {});
}

void ScenarioWords::fail(const std::string& what) const {
    throw ScenarioError(place_ + text_ + ": " + what);
}

std::string ScenarioWords::word(const std::string& what) {
    if (empty()) fail(what + " is missing");
    return words_[next_++];
}

bool ScenarioWords::take(const std::string& word) {
    if (empty() || words_[next_] != word) return false;
    ++next_;
    return true;
}

void ScenarioWords::expect(const std::string& word) {
    if (!take(word)) fail("'" + word + "' is missing");
}

void ScenarioWords::expect_end() const {
    if (!empty()) fail("'" + words_[next_] + "' is not expected");
}

std::uint64_t ScenarioWords::to_number(const std::string& text, const std::string& what) const {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        fail("'" + text + "' is not a " + what);
    return number;
}

std::uint64_t ScenarioWords::number(const std::string& what, std::uint64_t least,
                                    std::uint64_t most) {
    const std::uint64_t number = to_number(word(what), what);
    if (number < least || number > most)
        fail(what + " must be " + std::to_string(least) + " to " + std::to_string(most));
    return number;
}

NodeId ScenarioWords::node(std::size_t nodes) {
    return static_cast<NodeId>(number("node", 0, nodes - 1));
}

NodeMask ScenarioWords::nodes(std::size_t nodes) {
    NodeMask mask;
    do mask.add(node(nodes));
    while (!empty() && words_[next_].find_first_not_of("0123456789") == std::string::npos);
    return mask;
}

Tick ScenarioWords::time() {
    const std::string text = word("time");
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string unit = text.substr(digits);
    if (unit != "us" && unit != "ms" && unit != "s")
        fail("'" + text + "' is not a time (such as 40ms, 250us, 10s)");
    const Tick one = unit == "us" ? 1'000 : unit == "ms" ? 1'000'000 : 1'000'000'000;
    return to_number(text.substr(0, digits), "time") * one;
}

SlotRange ScenarioWords::slots() {
    if (take("slot")) {
        const Slot slot = number("slot", 0, 1000);
        return {slot, slot + 1};
    }
    expect("slots");
    const std::string text = word("A..B");
    const std::size_t dots = text.find("..");
    if (dots == std::string::npos)
        fail("'" + text + "' is not a range (such as 0..4, which excludes 4)");
    const SlotRange range{to_number(text.substr(0, dots), "slot"),
                          to_number(text.substr(dots + 2), "slot")};
    if (range.first >= range.end || range.end > 1001)
        fail("'" + text + "' is not a range (such as 0..4, which excludes 4)");
    return range;
}

sim::Filter ScenarioWords::filter(std::size_t nodes) {
    sim::Filter kinds = !sim::any(), rest = sim::any();
    bool any_kind = true;
    const bool only_first = take("first");
    while (!empty()) {
        if (take("slot")) {
            rest = rest && sim::in_slot(number("slot", 0, 1000));
            continue;
        }
        const std::string what = word("filter");
        const std::size_t arrow = what.find("->");
        if (arrow == std::string::npos) {
            const MessageKind kind = kind_of(what);
            if (kind == MessageKind::none && what != "header")
                fail("'" + what + "' must be a kind of message, A->B, or slot S");
            kinds = kinds || (what == "header" ? sim::header_only() : sim::kind(kind));
            any_kind = false;
            continue;
        }
        const auto end = [&](const std::string& text) {
            const std::uint64_t node = to_number(text, "node");
            if (node >= nodes) fail("'" + text + "' is not a node");
            return static_cast<NodeId>(node);
        };
        if (what.size() == 2) fail("'->' names no node");
        if (arrow > 0) rest = rest && sim::from(end(what.substr(0, arrow)));
        if (arrow + 2 < what.size()) rest = rest && sim::to(end(what.substr(arrow + 2)));
    }
    const sim::Filter all = any_kind ? rest : kinds && rest;
    if (!only_first) return all;
    return {[all, taken = std::make_shared<bool>(false)](const sim::Packet& packet) {
        if (*taken || !all(packet)) return false;
        return *taken = true;
    }};
}

}  // namespace paxos::test
