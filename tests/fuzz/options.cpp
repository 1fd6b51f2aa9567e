// Fuzz target: for any command line, environment and `.env`, the parser returns options within all
// bounds, a request for the help or the version, or one error. The words are also parsed as a
// command line of `compare`.
//
// Input: the first line has the words of the command line, separated by spaces. The second line has
// the environment variables, also separated by spaces. All further lines are the file `.env`.
#include <algorithm>

#include "cli/bench/options.h"
#include "cli/commands.h"
#include "cli/compare/compare_line.h"
#include "fuzz/fuzz.h"
#include "paxos/limits.h"

namespace paxos::fuzz {
namespace {

std::string take_line(std::string& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line = text.substr(0, end);
    text.erase(0, std::min(end + 1, text.size()));
    return line;
}

std::vector<std::string> words_of(const std::string& line) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < line.size();) {
        const std::size_t end = std::min(line.find(' ', begin), line.size());
        if (end != begin) words.push_back(line.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

bool is_fraction(double number) { return number >= 0 && number <= 1; }

void check_plan(const cli::Options& options) {
    const node::Plan& plan = options.plan;
    demand(plan.nodes >= 1 && plan.nodes <= limits::nodes_max, "nodes");
    demand(plan.proposers >= 1 && plan.proposers <= plan.nodes, "proposers");
    demand(plan.row_count >= 1 && plan.row_count <= node::rows_max, "rows");
    for (std::size_t i = 0; i < plan.row_count; ++i) {
        demand(plan.rows[i].window >= 1 && plan.rows[i].window <= limits::Standard::window_max,
               "window");
        demand(plan.rows[i].rounds >= 1, "rounds");
        demand(plan.rows[i].rate <= node::rate_max, "rate");
        demand(plan.rows[i].rounds != ~std::uint64_t{0} || plan.duration_ns != 0, "an endless run");
    }
    demand(plan.slot_end() > plan.warmup, "slots");
    demand(options.repetitions >= 1, "repetitions");
    demand(plan.rows[0].rate != 0 || plan.timeout_ns > plan.duration_ns * plan.row_count,
           "timeout");
    demand(plan.port == 0 || plan.port + plan.nodes - 1 <= 65535, "port");
    demand(plan.value_count <= node::text_values_max, "values");
    for (std::size_t i = 0; i < plan.value_count; ++i)
        demand(plan.values[i].back() == 0, "a value does not end in a zero byte");
    demand(is_fraction(plan.faults.loss) && is_fraction(plan.faults.duplication) &&
               is_fraction(plan.faults.reordering) && is_fraction(plan.faults.corruption),
           "faults");
    demand(plan.faults.kill_count <= node::kills_max, "kills");
    for (std::size_t i = 0; i < plan.faults.kill_count; ++i)
        demand(plan.faults.kills[i].node < plan.nodes && is_fraction(plan.faults.kills[i].at),
               "kill");
    demand(!options.settings.empty(), "settings");
}

/// Demands that a message has one or two lines, and no control character other than a newline.
void check_message(const std::string& text) {
    demand(!text.empty() && std::count(text.begin(), text.end(), '\n') <= 1,
           "a message is empty or has more than two lines");
    for (const char letter : text)
        demand(letter == '\n' || (static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f),
               "a control character: " + text);
}

void parse(std::string text) {
    cli::ProcessInputs inputs;
    inputs.arguments = words_of(take_line(text));
    inputs.commands = cli::commands();
    inputs.cores = {0, 1};
    for (const std::string& word : words_of(take_line(text))) {
        const std::size_t equals = word.find('=');
        if (equals != std::string::npos)
            inputs.environment.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
    if (!text.empty()) inputs.dotenv = std::move(text);

    const cli::Parsed parsed = cli::parse(inputs);
    for (const std::string& warning : parsed.options.warnings) check_message(warning);
    if (parsed.request == cli::Parsed::Request::run) check_plan(parsed.options);
    if (parsed.request == cli::Parsed::Request::none) {
        check_message(parsed.text);
        demand(parsed.exit_code == 2 || parsed.exit_code == 3, "the exit code of an error");
    }

    const cli::CompareLine line = cli::read_compare_line(inputs.arguments);
    if (!line.error.empty()) check_message(line.error);
}

}  // namespace
}  // namespace paxos::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    paxos::fuzz::parse({data, data + size});
    return 0;
}
