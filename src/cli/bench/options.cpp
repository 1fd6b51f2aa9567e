// See options.h. This file combines the sources.
#include "cli/bench/options.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "cli/bench/bench_parser.h"
#include "cli/bench/dotenv.h"
#include "cli/bench/option_table.h"
#include "cli/bench/resolve.h"
#include "cli/print.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

std::optional<OptionId> find_variable(std::string_view name) {
    for (std::size_t i = 0; i < option_count; ++i)
        if (option_table[i].variable() == name) return OptionId{i};
    return std::nullopt;
}

/// "PAXOS_NODE: unknown setting; did you mean PAXOS_NODES?"
std::string unknown_variable(std::string_view name, std::string_view consequence) {
    std::vector<std::string> variables;
    for (const Option& option : option_table)
        variables.push_back(option.variable().substr(variable_prefix.size()));
    const std::string_view meant = did_you_mean(name.substr(variable_prefix.size()),
                                                {variables.begin(), variables.end()});
    std::string result = sanitized(name) + ": unknown setting" + std::string(consequence);
    if (!meant.empty())
        result += "; did you mean " + std::string(variable_prefix) + std::string(meant) + "?";
    return result;
}

/// Checks every line of `.env`, even if it is overridden: otherwise the error would appear in a
/// later run. Returns the error; empty: none.
std::string take_dotenv(std::string_view text, Origins& origins) {
    std::vector<DotenvLine> lines;
    std::string error;
    if (!read_dotenv(text, lines, error)) return error;
    for (const DotenvLine& line : lines) {
        Origin origin{.kind = Origin::Kind::dotenv, .line = line.line, .text = line.value};
        const std::optional<OptionId> id = find_variable(line.name);
        if (!id) return origin.name() + ": " + unknown_variable(line.name, "");
        Options scratch;
        error = line.value.empty() ? "has no value" : id->option().access.read(line.value, scratch);
        if (!error.empty()) return label(*id, origin) + ": " + error;
        origins[id->index()] = std::move(origin);
    }
    return {};
}

/// An empty variable counts as not set, and still overrides `.env`.
void take_environment(const ProcessInputs& inputs, Origins& origins,
                      std::vector<std::string>& warnings) {
    for (const auto& [name, value] : inputs.environment) {
        if (!name.starts_with(variable_prefix)) continue;
        const std::optional<OptionId> id = find_variable(name);
        if (!id)
            warnings.push_back(std::string(program_prefix) +
                               "warning: " + unknown_variable(name, ", ignored"));
        else if (value.empty())
            origins[id->index()] = {};
        else
            origins[id->index()] = {.kind = Origin::Kind::environment, .line = 0, .text = value};
    }
}

void take_command_line(const BenchParser& parser, Origins& origins) {
    for (std::size_t i = 0; i < option_count; ++i)
        if (const std::string text = parser.text_of(OptionId{i}); !text.empty())
            origins[i] = {.kind = Origin::Kind::flag, .line = 0, .text = text};
}

Parsed refused(std::string text, int exit_code = 2) {
    Parsed parsed;
    parsed.text = std::move(text);
    parsed.exit_code = exit_code;
    return parsed;
}

}  // namespace

Parsed parse(const ProcessInputs& inputs) {
    Parsed parsed;
    // `--json` needs no file next to `--version`, which CLI11 cannot express.
    const auto has = [&](std::string_view name) {
        return std::ranges::find(inputs.arguments, name) != inputs.arguments.end();
    };
    if (has("--version") || has("-V")) {
        parsed.request = has("--json") ? Parsed::Request::version_json : Parsed::Request::version;
        return parsed;
    }
    BenchParser parser(inputs.commands);
    if (!parser.parse(inputs.arguments)) {
        if (!parser.error().empty()) return refused(parser.error());
        parsed.request = Parsed::Request::help;
        parsed.text = parser.requested_help();
        return parsed;
    }

    Origins origins;
    std::string error = inputs.dotenv_error;
    if (error.empty() && inputs.dotenv) error = take_dotenv(*inputs.dotenv, origins);
    if (!error.empty()) return refused(error);
    take_environment(inputs, origins, parsed.options.warnings);
    take_command_line(parser, origins);

    parsed.options.plan.seed = inputs.random_seed;
    for (std::size_t i = 0; i < option_count; ++i) {
        if (!origins[i].is_given()) continue;
        error = option_table[i].access.read(origins[i].text, parsed.options);
        if (!error.empty()) return refused(label(OptionId{i}, origins[i]) + ": " + error);
    }
    const Refusal refusal = resolve(origins, inputs.cores, parsed.options);
    if (!refusal.text.empty()) return refused(refusal.text, refusal.exit_code);
    parsed.request = Parsed::Request::run;
    return parsed;
}

}  // namespace paxos::cli
