// Escapes text for Markdown.
#pragma once

#include <string>
#include <string_view>

namespace paxos::measure {

/// `text` with Markdown's special characters escaped, on one line.
[[nodiscard]] std::string markdown_escaped(std::string_view text);

}  // namespace paxos::measure
