// Option names of other benchmarks, and the options of `bench` that correspond to them.
#pragma once

#include <string>
#include <string_view>

namespace paxos::cli {

/// The option of `bench` that corresponds to `option` of another tool, as advice for a message:
/// "--json FILE writes the result file". `option` has no dashes. Empty if unknown.
[[nodiscard]] std::string_view advice_on(std::string_view option);

}  // namespace paxos::cli
