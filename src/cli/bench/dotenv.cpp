// See dotenv.h.
#include "cli/bench/dotenv.h"

#include <algorithm>

#include "cli/bench/option_table.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

std::string at(int line) { return ".env:" + std::to_string(line) + ": "; }

/// Reads the text after the equals sign. Returns false if a quote is not closed, or if anything but
/// a comment follows the closing quote.
bool read_value(std::string_view text, std::string& value) {
    text = trim(text);
    if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
        const std::size_t end = text.find(text.front(), 1);
        if (end == std::string_view::npos) return false;
        value = text.substr(1, end - 1);
        const std::string_view rest = trim(text.substr(end + 1));
        return rest.empty() || rest.front() == '#';
    }
    // A comment needs white space before it, so that a value may contain #.
    std::size_t end = text.starts_with('#') ? 0 : std::min(text.find(" #"), text.find("\t#"));
    if (end == std::string_view::npos) end = text.size();
    value = trim(text.substr(0, end));
    return true;
}

}  // namespace

bool read_dotenv(std::string_view text, Dotenv& dotenv, std::string& error) {
    std::vector<DotenvLine>& lines = dotenv.lines;
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);  // A byte order mark, which some editors write.
    int number = 0;
    for (const std::string_view raw : split(text, '\n')) {
        ++number;
        std::string_view line = trim(raw);
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with("export ")) line = trim(line.substr(7));
        const std::size_t equals = line.find('=');
        const std::string name{trim(line.substr(0, equals))};
        if (!upper_case(name).starts_with(variable_prefix)) {
            if (equals == std::string_view::npos)
                dotenv.without_value.push_back(number);
            else if (find_option(upper_case(name)))
                dotenv.without_prefix.push_back({.line = number, .name = name, .value = {}});
            continue;
        }
        if (equals == std::string_view::npos) {
            error = at(number) + sanitized(name) + ": '=' is missing; write NAME=VALUE";
            return false;
        }
        const auto same = std::find_if(lines.begin(), lines.end(), [&](const DotenvLine& earlier) {
            return earlier.name == name;
        });
        if (same != lines.end()) {
            error = at(number) + sanitized(name) + ": is already set in line " +
                    std::to_string(same->line);
            return false;
        }
        std::string value;
        if (!read_value(line.substr(equals + 1), value)) {
            error = at(number) + sanitized(name) +
                    ": the closing quote is missing, or something other than a comment follows it";
            return false;
        }
        lines.push_back({.line = number, .name = name, .value = value});
    }
    return true;
}

}  // namespace paxos::cli
