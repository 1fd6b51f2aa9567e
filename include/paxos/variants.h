// The variants of the protocol, by name. To add one: a class with the public face of Classic in a file of its own,
// its instantiation in src/core, and a line in each of the two places below.
#pragma once

#include <array>
#include <string_view>

#include "paxos/classic.h"
#include "paxos/multi.h"

namespace paxos {

enum class Variant : std::uint8_t { classic, multi };

inline constexpr std::array<std::string_view, 2> variant_names = {"classic", "multi"};

/// Calls `use.template operator()<Protocol>()` with the class of `variant`.
template <class Limits, class Use>
decltype(auto) with_variant(Variant variant, Use&& use) {
    switch (variant) {
        case Variant::classic: return use.template operator()<Classic<Limits>>();
        case Variant::multi: return use.template operator()<Multi<Limits>>();
    }
    __builtin_unreachable();
}

}  // namespace paxos
