// See options.h. Here the sources are laid over each other; what they mean is settings.h's, what
// they come to together resolve.h's.
#include "cli/options.h"

#include <algorithm>
#include <string_view>

#include "cli/command_line.h"
#include "cli/dotenv.h"
#include "cli/resolve.h"
#include "cli/settings.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

const Setting* find_variable(std::string_view name) {
    const auto all = settings();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Setting& s) { return s.variable() == name; });
    return found == all.end() ? nullptr : &*found;
}

/// "PAXOS_NODE: unknown setting", and which one was probably meant.
std::string unknown_variable(std::string_view name, std::string_view consequence) {
    std::vector<std::string> variables;
    for (const Setting& setting : settings())
        variables.push_back(setting.variable().substr(variable_prefix.size()));
    const std::string_view meant = did_you_mean(name.substr(variable_prefix.size()),
                                                {variables.begin(), variables.end()});
    std::string result = shown(name) + ": unknown setting" + std::string(consequence);
    if (!meant.empty())
        result += "; did you mean " + std::string(variable_prefix) + std::string(meant) + "?";
    return result;
}

/// Lays one source's text over what weaker sources said.
void lay_over(Origins& origins, Key key, Origin origin) {
    origins[static_cast<std::size_t>(key)] = std::move(origin);
}

/// Each line of .env has to be right, even where a flag overrides it: a file is mended once, and
/// where it is wrong it is wrong for the next run too.
bool take_dotenv(std::string_view text, Origins& origins, std::string& error) {
    std::vector<DotenvLine> lines;
    if (!read_dotenv(text, lines, error)) return false;
    for (const DotenvLine& line : lines) {
        Origin origin{.kind = Origin::Kind::dotenv, .line = line.line, .text = line.value};
        const Setting* const setting = find_variable(line.name);
        if (setting == nullptr) {
            error = origin.name() + ": " + unknown_variable(line.name, "");
            return false;
        }
        Given scratch;
        const std::string wrong = line.value.empty() ? "has no value"
                                                     : setting->read(line.value, scratch);
        if (!wrong.empty()) {
            error = label(setting->key, origin) + ": " + wrong;
            return false;
        }
        lay_over(origins, setting->key, std::move(origin));
    }
    return true;
}

/// A variable that is set to nothing is not set, and hides what .env says, as everywhere.
void take_environment(const Surroundings& surroundings, Origins& origins,
                      std::vector<std::string>& warnings) {
    for (const auto& [name, value] : surroundings.environment) {
        if (!name.starts_with(variable_prefix)) continue;
        const Setting* const setting = find_variable(name);
        if (setting == nullptr) {
            warnings.push_back(std::string(program_prefix) +
                               "warning: " + unknown_variable(name, ", passed over"));
            continue;
        }
        if (value.empty())
            lay_over(origins, setting->key, Origin{});
        else
            lay_over(origins, setting->key,
                     {.kind = Origin::Kind::environment, .line = 0, .text = value});
    }
}

Parsed refused(std::string text, int exit_code = 2) {
    Parsed parsed;
    parsed.text = std::move(text);
    parsed.exit_code = exit_code;
    return parsed;
}

}  // namespace

Parsed parse(const Surroundings& surroundings) {
    const CommandLine line = read_command_line(surroundings.arguments);
    Parsed parsed;
    if (!line.error.empty()) return refused(line.error);
    if (line.version) {
        const bool json = line.given[static_cast<std::size_t>(Key::json)].has_value();
        parsed.ask = json ? Parsed::Ask::version_json : Parsed::Ask::version;
        return parsed;
    }
    if (line.help) {
        parsed.ask = Parsed::Ask::help;
        parsed.text = help_text();
        return parsed;
    }

    Origins origins;
    std::string error = surroundings.dotenv_error;
    if (!error.empty()) return refused(error);
    if (surroundings.dotenv && !take_dotenv(*surroundings.dotenv, origins, error))
        return refused(error);
    take_environment(surroundings, origins, parsed.options.warnings);
    for (const Setting& setting : settings())
        if (const auto& text = line.given[static_cast<std::size_t>(setting.key)])
            lay_over(origins, setting.key, {.kind = Origin::Kind::flag, .line = 0, .text = *text});

    Given given;
    given.seed = surroundings.random_seed;
    for (const Setting& setting : settings()) {
        const Origin& origin = origins[static_cast<std::size_t>(setting.key)];
        if (!origin.is_given()) continue;
        const std::string wrong = setting.read(origin.text, given);
        if (!wrong.empty()) return refused(label(setting.key, origin) + ": " + wrong);
    }

    const Refusal refusal = resolve(given, origins, surroundings.cores, parsed.options);
    if (!refusal.text.empty()) return refused(refusal.text, refusal.exit_code);
    parsed.ask = Parsed::Ask::run;
    return parsed;
}

}  // namespace paxos::cli
