// Maps each Variant to its protocol class. To add a variant, write a class for its phase 1 in a new
// file (see classic.h), and add its instantiation to src/core, its name to options.h, and a line
// below.
#pragma once

#include "paxos/classic.h"
#include "paxos/multi.h"

namespace paxos {

/// Calls `use.template operator()<Protocol>()`, where Protocol is the Replica of `variant`.
template <class Limits, class Use>
constexpr decltype(auto) with_variant(Variant variant, Use&& use) {
    switch (variant) {
        case Variant::classic: return use.template operator()<Replica<Limits, Classic>>();
        case Variant::multi: return use.template operator()<Replica<Limits, Multi>>();
    }
    __builtin_unreachable();
}

/// The properties of a variant that other code depends on.
struct Traits {
    PromiseScope scope;  ///< What a promise covers.
    unsigned phases;     ///< Phases that each slot needs.
};
[[nodiscard]] constexpr Traits traits_of(Variant variant) {
    return with_variant<limits::Tiny>(
        variant, []<class Protocol>() { return Traits{Protocol::scope, Protocol::phases}; });
}

}  // namespace paxos
