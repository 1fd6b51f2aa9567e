// See options.h. This file combines the sources of options.
#include "cli/bench/options.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "cli/bench/bench_parser.h"
#include "cli/bench/dotenv.h"
#include "cli/bench/option_table.h"
#include "cli/bench/resolve.h"
#include "cli/print.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

std::optional<OptionId> find_variable(std::string_view name) {
    if (!name.starts_with(variable_prefix)) return std::nullopt;
    return find_option(name.substr(variable_prefix.size()));
}

/// The variable that was probably meant by `name`; empty if none is close.
std::string variable_meant_by(std::string_view name) {
    std::vector<std::string> bare;
    for (const Option& option : option_table) bare.push_back(upper_case(option.name));
    const std::string_view meant = did_you_mean(upper_case(name.substr(variable_prefix.size())),
                                                {bare.begin(), bare.end()});
    return meant.empty() ? "" : std::string(variable_prefix) + std::string(meant);
}

/// Checks an unknown name in `.env` or the environment. A name close to the variable of an option
/// is an error, because the run would lack a setting that the user wrote. Other names are ignored
/// with a warning. `where` is "paxos_fast: " or ".env:3: ". Returns the error, or an empty text.
std::string check_unknown(const std::string& where, std::string_view name,
                          std::vector<std::string>& warnings) {
    const std::string meant = variable_meant_by(name);
    if (!meant.empty())
        return where + sanitized(name) + ": unknown setting; did you mean " + meant + "?";
    warnings.push_back(where + "warning: " + sanitized(name) + ": unknown setting, ignored");
    return {};
}

/// Reads `.env`. Also checks the lines that another source overrides, because otherwise their
/// errors would appear only in a later run. Returns the error, or an empty text.
std::string take_dotenv(std::string_view text, Origins& origins,
                        std::vector<std::string>& warnings) {
    Dotenv dotenv;
    std::string error;
    if (!read_dotenv(text, dotenv, error)) return error;
    for (const DotenvLine& line : dotenv.lines) {
        Origin origin{.kind = Origin::Kind::dotenv, .line = line.line, .text = line.value};
        const std::optional<OptionId> id = find_variable(line.name);
        if (!id) {
            error = check_unknown(origin.name() + ": ", line.name, warnings);
            if (!error.empty()) return error;
            continue;
        }
        Options scratch;
        error = line.value.empty() ? "has no value" : id->option().access.read(line.value, scratch);
        if (!error.empty()) return label(*id, origin) + ": " + error;
        origins[id->index()] = std::move(origin);
    }
    // The text of the line is not printed, because the text may be part of a secret.
    if (const std::size_t lines = dotenv.without_value.size(); lines != 0)
        warnings.push_back(".env:" + std::to_string(dotenv.without_value.front()) +
                           ": warning: the line is not NAME=VALUE, ignored" +
                           (lines == 1 ? "" : ", as are " + counted(lines - 1, "later line")));
    for (const DotenvLine& line : dotenv.without_prefix)
        warnings.push_back(".env:" + std::to_string(line.line) + ": warning: " + line.name +
                           " is not read; the name of the setting is " +
                           std::string(variable_prefix) + upper_case(line.name));
    return {};
}

/// Reads the environment. An empty variable counts as not set, but still overrides `.env`. Returns
/// the error, or an empty text.
std::string take_environment(const ProcessInputs& inputs, Origins& origins,
                             std::vector<std::string>& warnings) {
    for (const auto& [name, value] : inputs.environment) {
        if (!upper_case(name).starts_with(variable_prefix)) continue;
        if (const std::optional<OptionId> id = find_variable(name); !id) {
            const std::string error = check_unknown(std::string(program_prefix), name, warnings);
            if (!error.empty()) return error;
        } else if (value.empty()) {
            origins[id->index()] = {};
        } else {
            origins[id->index()] = {.kind = Origin::Kind::environment, .line = 0, .text = value};
        }
    }
    return {};
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
    // With `--version`, `--json` takes no file. CLI11 cannot express such an option.
    const auto has = [&](std::string_view name) {
        return std::ranges::find(inputs.arguments, name) != inputs.arguments.end();
    };
    if (!inputs.is_for_knee && (has("--version") || has("-V"))) {
        const auto json = std::ranges::find(inputs.arguments, "--json");
        if (json != inputs.arguments.end() && json + 1 != inputs.arguments.end() &&
            !(json + 1)->starts_with('-'))
            return refused(std::string(program_prefix) + "--version: " + sanitized(*(json + 1)) +
                           ": unexpected word; " + std::string(json_remedy));
        parsed.request = has("--json") ? Parsed::Request::version_json : Parsed::Request::version;
        return parsed;
    }
    BenchParser parser = inputs.is_for_knee ? BenchParser() : BenchParser(inputs.commands);
    if (!parser.parse(inputs.arguments)) {
        if (!parser.error().empty()) return refused(parser.error());
        parsed.request = Parsed::Request::help;
        parsed.text = parser.requested_help();
        return parsed;
    }

    if (parser.is_version_requested()) {
        parsed.request = Parsed::Request::version;
        return parsed;
    }

    Origins origins;
    std::vector<std::string>& warnings = parsed.options.warnings;
    if (!inputs.dotenv_warning.empty()) warnings.push_back(inputs.dotenv_warning);
    std::string error = inputs.dotenv_error;
    if (error.empty() && inputs.dotenv) error = take_dotenv(*inputs.dotenv, origins, warnings);
    if (error.empty()) error = take_environment(inputs, origins, warnings);
    if (!error.empty()) return refused(error);
    take_command_line(parser, origins);

    parsed.options.plan.seed = inputs.random_seed;
    for (std::size_t i = 0; i < option_count; ++i) {
        if (!option_table[i].is_taken(inputs.is_for_knee)) origins[i] = {};
        if (!origins[i].is_given()) continue;
        error = option_table[i].access.read(origins[i].text, parsed.options);
        if (!error.empty()) return refused(label(OptionId{i}, origins[i]) + ": " + error);
    }
    if (inputs.is_for_knee && !parsed.options.objective)
        return refused(std::string(program_prefix) +
                       "knee: needs an objective, such as --slo 'p99<500us'");
    const Refusal refusal = resolve(origins, inputs, parsed.options);
    if (!refusal.text.empty()) return refused(refusal.text, refusal.exit_code);
    parsed.request = Parsed::Request::run;
    return parsed;
}

}  // namespace paxos::cli
