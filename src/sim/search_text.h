// Formats values, messages and actions for the history that a search prints.
#pragma once

#include <string>

#include "sim/oracle.h"
#include "sim/search_oracle.h"

namespace paxos::sim {

[[nodiscard]] inline std::string to_text(const Value& value) {
    if (value.is_no_op()) return "-";
    return "n" + std::to_string(value.words[1] & 0xff) + "#" + std::to_string(value.words[0]);
}

[[nodiscard]] inline std::string to_text(const Message& message) {
    constexpr std::array<const char*, message_kinds> names = {
        "nothing", "PREPARE", "PROMISE", "ACCEPT", "ACCEPTED", "DECIDE", "NACK", "LEARN"};
    std::string text = names[static_cast<std::size_t>(message.kind)];
    text += " " + to_text(message.ballot) + " slot " + std::to_string(message.slot);
    if (message.slot_count != 1) text += " count " + std::to_string(message.slot_count);
    switch (message.kind) {
        case MessageKind::promise:
            if (message.detail == 0) return text + " nothing accepted";
            return text + " accepted " + to_text(message.accepted()) + " " + to_text(message.value);
        case MessageKind::nack: return text + " for " + to_text(message.promised());
        case MessageKind::decide:
            return text + " " + to_text(message.value) + " by mask " +
                   std::to_string(message.detail);
        case MessageKind::accept:
        case MessageKind::accepted: return text + " " + to_text(message.value);
        default: return text;
    }
}

[[nodiscard]] inline std::string to_text(const Action& action) {
    switch (action.kind) {
        case Action::Kind::began: return "begins ballot " + to_text(action.message.ballot);
        case Action::Kind::claimed: return "has a quorum: " + to_text(action.message);
        case Action::Kind::learned:
            return "learns slot " + std::to_string(action.message.slot) + " " +
                   to_text(action.message.value);
        case Action::Kind::skipped:
            return "is left behind and continues at slot " + std::to_string(action.message.slot);
        case Action::Kind::flushed: return "has on its disk: " + to_text(action.message);
        case Action::Kind::restarted:
            return "has learned all slots below " + std::to_string(action.message.slot);
        case Action::Kind::sent: break;
    }
    return "> " + to_text(action.message);
}

}  // namespace paxos::sim
