// From the name of a variant to its class. To add one: a class with the public face of Classic in a
// file of its own, its instantiation in src/core, its name in options.h, and a line below.
#pragma once

#include "paxos/classic.h"
#include "paxos/multi.h"

namespace paxos {

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
