#include "trace/words.h"

namespace paxos::trace {

std::string ranges(const std::vector<int>& numbers, const std::string& prefix) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size();) {
        std::size_t last = i;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
        text += (text.empty() ? "" : " ") + prefix + std::to_string(numbers[i]);
        if (last == i + 1) text += " " + prefix + std::to_string(numbers[last]);
        if (last > i + 1) text += "-" + prefix + std::to_string(numbers[last]);
        i = last + 1;
    }
    return text;
}

std::string names_of(NodeMask nodes) {
    std::vector<int> numbers;
    nodes.for_each([&](NodeId node) { numbers.push_back(node); });
    if (numbers.size() > 4) return ranges(numbers, "n");
    std::string text;
    for (const int number : numbers) text += (text.empty() ? "n" : " n") + std::to_string(number);
    return text;
}

std::string name_of(MessageKind kind) {
    switch (kind) {
        case MessageKind::prepare: return "PREPARE";
        case MessageKind::promise: return "PROMISE";
        case MessageKind::accept: return "ACCEPT";
        case MessageKind::accepted: return "ACCEPTED";
        case MessageKind::decide: return "DECIDE";
        case MessageKind::nack: return "NACK";
        case MessageKind::learn: return "LEARN";
        case MessageKind::none: break;
    }
    return "?";
}

std::string text_of(Ballot ballot) {
    if (ballot.is_none()) return "none";
    const Incarnation incarnation = ballot.incarnation();
    return std::to_string(ballot.counter()) + ".n" + std::to_string(ballot.node()) +
           (incarnation == 0 ? "" : "." + std::to_string(incarnation));
}

}  // namespace paxos::trace
