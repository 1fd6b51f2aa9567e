#include "base/text.h"

#include <algorithm>

namespace paxos {
namespace {

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string_view first_columns(std::string_view text, std::size_t width) {
    std::size_t wide = 0, end = 0;
    for (; end < text.size(); ++end)
        if (begins_character(text[end]) && ++wide > width) break;
    return text.substr(0, end);
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t lines_max) {
    std::vector<std::string> lines;
    while (!text.empty() && lines.size() < lines_max) {
        if (width_of(text) <= width) {
            lines.emplace_back(text);
            break;
        }
        if (lines.size() + 1 == lines_max) {
            std::string_view kept = first_columns(text, width - 3);
            if (const std::size_t space = kept.rfind(' '); space != std::string_view::npos)
                kept = kept.substr(0, space);
            lines.push_back(std::string(kept) + "...");
            break;
        }
        // One column more than the width, so that a line may end right before a space.
        std::size_t end = first_columns(text, width + 1).rfind(' ');
        if (end == std::string_view::npos || end == 0) end = first_columns(text, width).size();
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    return lines;
}

}  // namespace paxos
