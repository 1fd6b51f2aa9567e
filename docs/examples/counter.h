// The datagrams between the client and the nodes of the replicated counter. A Command is the
// request, and a Reply is the answer. A command is also the value that the nodes agree on.
#pragma once

#include <cstdint>
#include <cstring>

#include "paxos/message.h"

namespace counter {

/// Asks the nodes to add `amount`. A command that the client resends may be decided twice. A client
/// numbers its commands, so that the nodes can apply each command only once.
struct Command {
    /// A random number. The nodes drop a command whose client is 0, so that no command is a value
    /// of zeros, which would be a no-op.
    std::uint64_t client;
    std::uint64_t number;  ///< The first command has the number 1.
    std::int64_t amount;
};
static_assert(sizeof(Command) <= sizeof(paxos::Value));

/// Sent once the command is decided and applied.
struct Reply {
    std::uint64_t client, number;
    std::int64_t total;  ///< The total after this command.
    std::uint64_t node;  ///< The node that answers.
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
