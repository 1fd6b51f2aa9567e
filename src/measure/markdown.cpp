// See markdown.h.
#include "measure/markdown.h"

namespace paxos::measure {

std::string markdown_escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        if (std::string_view("|\\`*_<>[]").find(letter) != std::string_view::npos) result += '\\';
        result += letter == '\n' || letter == '\r' ? ' ' : letter;
    }
    return result;
}

}  // namespace paxos::measure
