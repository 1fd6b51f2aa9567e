// Helpers to format the text of messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace paxos {

/// "1 node", "5 nodes".
[[nodiscard]] inline std::string counted(std::uint64_t count, std::string_view what) {
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

/// A copy of the untrusted `text` with '?' in place of control characters.
[[nodiscard]] inline std::string printable(std::string_view text) {
    std::string result(text);
    for (char& letter : result)
        if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
    return result;
}

}  // namespace paxos
