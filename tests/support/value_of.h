// Values for tests, each identified by a number.
#pragma once

#include "paxos/message.h"

namespace paxos::test {

inline Value value_of(std::uint64_t number) {
    Value value{};
    value.words.front() = number;
    value.words.back() = ~number;
    return value;
}

}  // namespace paxos::test
