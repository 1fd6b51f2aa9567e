// Names that users of other benchmarks type, and the option that does what they mean.
#pragma once

#include <string>
#include <string_view>

namespace paxos::cli {

/// Which option of `bench` does what `option` does in other tools: "--json FILE writes the result
/// file". `option` is given without dashes. Empty: unknown.
[[nodiscard]] std::string_view advice_on(std::string_view option);

}  // namespace paxos::cli
