// See option_table.h.
#include "cli/bench/option_table.h"

#include "cli/print.h"
#include "cli/text.h"

namespace paxos::cli {

std::string Option::variable() const { return std::string(variable_prefix) + upper_case(name); }

std::string upper_case(std::string_view text) {
    std::string result{text};
    for (char& one : result) {
        if (one == '-') one = '_';
        if (one >= 'a' && one <= 'z') one = static_cast<char>(one - 'a' + 'A');
    }
    return result;
}

std::optional<OptionId> find_option(std::string_view bare) {
    for (std::size_t i = 0; i < option_count; ++i)
        if (upper_case(option_table[i].name) == bare) return OptionId{i};
    return std::nullopt;
}

std::string Origin::name() const {
    switch (kind) {
        case Kind::flag: return "flag";
        case Kind::environment: return "environment";
        case Kind::dotenv: return ".env:" + std::to_string(line);
        case Kind::by_default: break;
    }
    return "default";
}

std::string label(OptionId id, const Origin& origin) {
    const Option& option = id.option();
    if (origin.kind == Origin::Kind::flag) {
        std::string result = std::string(program_prefix) + "--" + std::string(option.name);
        // Shows no value if a flag was given without one.
        if (!option.is_flag() || origin.text != "true") result += " " + sanitized(origin.text);
        return result;
    }
    const std::string assignment = option.variable() + "=" + sanitized(origin.text);
    if (origin.kind == Origin::Kind::dotenv) return origin.name() + ": " + assignment;
    return std::string(program_prefix) + assignment;
}

std::vector<measure::Setting> settings_of(const Options& options, const Origins& origins) {
    std::vector<measure::Setting> all;
    for (std::size_t i = 0; i < option_count; ++i) {
        const Option& option = option_table[i];
        const Origin& origin = origins[i];
        if (!option.is_taken(options.objective.has_value())) continue;
        const bool is_assigned = origin.kind == Origin::Kind::dotenv ||
                                 origin.kind == Origin::Kind::environment;
        all.push_back(
            {.name = std::string(option.name),
             .value = option.access.value(options),
             .from = origin.name(),
             .assigned = is_assigned ? option.variable() + "=" + origin.text : std::string{}});
    }
    return all;
}

std::string dotenv_example() {
    std::string text =
        "# Settings for paxos_fast. The program reads them from the file `.env` in the folder in\n"
        "# which it is started. Copy this file to `.env` and remove the `#` before each setting\n"
        "# that you want to change. The command line overrides the environment, and the\n"
        "# environment overrides `.env`. Every summary prints the settings that come from here.\n"
        "# A flag is set by 1 and cleared by 0. `paxos_fast --help` describes all options.\n";
    std::string_view group;
    for (const Option& option : option_table) {
        if (option.group != group) text += "\n# ---- " + std::string(option.group) + " ----\n";
        group = option.group;
        for (const std::string_view line : split(option.help, '\n'))
            text += "# " + std::string(line) + "\n";
        text += "#" + option.variable() + "=" + std::string(option.example) + "\n";
    }
    return text;
}

}  // namespace paxos::cli
