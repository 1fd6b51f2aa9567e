// See command_line.h.
#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/commands.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr int help_column = 26;

constexpr const char* bench_head =
    "Runs a Paxos cluster on this machine, checks every decision, says what it cost.\n";

constexpr const char* bench_foot =
    "Each option is also PAXOS_NAME (--log-rounds: PAXOS_LOG_ROUNDS), in the\n"
    "environment or in the file .env of the working folder. Flags beat the\n"
    "environment, the environment beats .env.\n"
    "\n"
    "Examples:\n"
    "  paxos_fast --nodes 5 --rounds 100000          measure\n"
    "  paxos_fast --nodes 3 --log                    watch Paxos at work\n"
    "  paxos_fast --window 1,8,64,512,2772           latency and throughput by load\n"
    "  paxos_fast --nodes 3 --window 1 --rounds 3 --values red,blue\n"
    "  paxos_fast --protocol multi --faults loss=5%,kill=0@50%\n"
    "  paxos_fast doctor                             what here spoils a measurement\n"
    "\n"
    "Exit codes:\n"
    "  0  all rounds decided, and safe          4  compare found a regression\n"
    "  1  undecided, out of time, or unknown    5  safety violated, or a node failed\n"
    "  2  usage                                 130, 143  stopped by a signal\n"
    "  3  this machine cannot run it, or a file cannot be read or written";

std::string command_line(std::string_view name, std::string_view usage, std::string_view help) {
    std::string text = "  " + std::string(name) + " " + std::string(usage);
    text.resize(std::max<std::size_t>(text.size() + 1, help_column), ' ');
    return text + std::string(help) + "\n";
}

std::string commands_help() {
    std::string text = "Commands (paxos_fast NAME --help says more):\n" +
                       command_line("bench", "", "what is described here; the default");
    for (const Command& command : commands())
        text += command_line(command.name, command.usage, command.help);
    return text + "\n";
}

/// The program's options as CLI11 knows them: names and texts only. What they mean is settings.h's.
struct Parser {
    CLI::App app{bench_head};
    std::array<CLI::Option*, key_count> options{};
    CLI::Option* help = nullptr;

    Parser() {
        app.name("paxos_fast [bench]");
        app.set_help_flag();
        app.allow_extras();
        app.footer(commands_help() + bench_foot);
        app.get_formatter()->column_width(help_column);
        for (const Setting& setting : settings()) add(setting);
        help = app.add_flag("-h,--help")->description("shows this")->group("Other");
        // Read before CLI11 sees the arguments; here for the help.
        app.add_flag("-V,--version")
            ->description("version, compiler, flags; with --json as JSON")
            ->group("Other");
    }

    void add(const Setting& setting) {
        std::string names = "--" + std::string(setting.name);
        if (setting.letter != 0) names = std::string("-") + setting.letter + "," + names;
        CLI::Option*& option = options[static_cast<std::size_t>(setting.key)];
        if (setting.is_flag()) {
            option = app.add_flag(names);
        } else {
            // No variable: the texts stay in the option. All of them are kept, so that we see one
            // given twice.
            option = app.add_option(names)->type_name(std::string(setting.type));
            option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        }
        option->description(std::string(setting.help))->group(std::string(setting.group));
    }
};

std::string unknown(std::string_view word) {
    if (!word.starts_with('-')) return unknown_command(word);
    std::vector<std::string_view> options{"help", "version"};
    for (const Setting& setting : settings()) options.push_back(setting.name);
    return unknown_option("", word, options);
}

/// `--json` may stand without a file beside `--version`, and there only: CLI11 has no such option.
void read_version(const std::vector<std::string>& arguments, CommandLine& result) {
    const auto has = [&](std::string_view name) {
        return std::find(arguments.begin(), arguments.end(), name) != arguments.end();
    };
    result.version = has("--version") || has("-V");
    if (result.version && has("--json")) result.given[static_cast<std::size_t>(Key::json)] = "-";
}

/// Takes the texts over from the parser's options. What is wrong with them goes to `result.error`.
void take_settings(const Parser& parser, CommandLine& result) {
    for (const Setting& setting : settings()) {
        const std::vector<std::string>& texts =
            parser.options[static_cast<std::size_t>(setting.key)]->results();
        if (texts.empty()) continue;
        const std::string name = std::string(program_prefix) + "--" + std::string(setting.name);
        for (const std::string& text : texts) {
            // CLI11 takes whatever comes next, another option too.
            if (text.empty() || text.starts_with("--"))
                result.error = name + ": needs a value";
            else if (text != texts.front())
                result.error = name + ": is given twice, as " + shown(texts.front()) + " and as " +
                               shown(text);
            if (!result.error.empty()) return;
        }
        result.given[static_cast<std::size_t>(setting.key)] = texts.front();
    }
}

}  // namespace

CommandLine read_command_line(const std::vector<std::string>& arguments) {
    CommandLine result;
    read_version(arguments, result);
    if (result.version) return result;

    std::vector<std::string> rest = arguments;
    if (!rest.empty() && rest.front() == "bench") rest.erase(rest.begin());
    std::reverse(rest.begin(), rest.end());  // CLI11 takes arguments from the back.
    Parser parser;
    try {
        parser.app.parse(rest);
    } catch (const CLI::ParseError& error) {
        // All values are text and all words are allowed: what is left to be wrong is a value that
        // is missing.
        const std::string what = error.what();
        const std::string name = what.substr(0, what.find(':'));
        result.error = std::string(program_prefix) + name + ": needs a value";
        return result;
    }
    result.help = parser.help->count() != 0;
    if (result.help) return result;

    take_settings(parser, result);
    const std::vector<std::string> left = parser.app.remaining();
    if (result.error.empty() && !left.empty()) result.error = unknown(left.front());
    return result;
}

std::string help_text() { return without_gaps(Parser().app.help()); }

}  // namespace paxos::cli
