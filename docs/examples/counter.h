// The datagrams between the client and the nodes of the replicated counter: a Command is the
// request, a Reply the answer. A command is also the value that the nodes agree on.
#pragma once

#include <cstdint>
#include <cstring>

#include "paxos/message.h"

namespace counter {

/// "Add `amount`." A client numbers its commands, so that a command that is decided twice, because
/// the client sent it again, is applied once.
struct Command {
    std::uint64_t client;  ///< Random, not zero: a value of zeros is a no-op.
    std::uint64_t number;  ///< From 1.
    std::int64_t amount;
};
static_assert(sizeof(Command) <= sizeof(paxos::Value));

/// Sent once the command is decided and applied.
struct Reply {
    std::uint64_t client, number;
    std::int64_t total;  ///< After this command.
    std::uint64_t node;  ///< Which node answers.
};

inline paxos::Value value_of(const Command& command) {
    paxos::Value value{};
    std::memcpy(&value, &command, sizeof command);
    return value;
}
inline Command command_of(const paxos::Value& value) {
    Command command;
    std::memcpy(&command, &value, sizeof command);
    return command;
}

}  // namespace counter
