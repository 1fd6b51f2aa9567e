// Gives access to objects as bytes.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

namespace paxos::control {

using Bytes = std::span<const std::byte>;

template <class T>
Bytes bytes_of(const T& object) {
    static_assert(std::is_trivially_copyable_v<T>);
    return std::as_bytes(std::span{&object, 1});
}

}  // namespace paxos::control
