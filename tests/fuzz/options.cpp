// Any text as command line, environment and `.env` gives either options within all bounds or one
// error.
//
// Input: the first line is the command line, the second the environment, as words separated by
// spaces; the rest is `.env`.
#include <algorithm>

#include "cli/compare_line.h"
#include "cli/options.h"
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
        demand(plan.rows[i].rounds != ~std::uint64_t{0} || plan.duration_ns != 0,
               "a run without end");
    }
    demand(plan.slot_end() > plan.warmup, "slots");
    demand(options.repetitions >= 1, "repetitions");
    demand(plan.rows[0].rate != 0 || plan.timeout_ns > plan.duration_ns * plan.row_count,
           "timeout");
    demand(plan.port == 0 || plan.port + plan.nodes - 1 <= 65535, "port");
    demand(plan.value_count <= node::text_values_max, "values");
    for (std::size_t i = 0; i < plan.value_count; ++i)
        demand(plan.values[i].back() == 0, "a value's end");
    demand(is_fraction(plan.faults.loss) && is_fraction(plan.faults.duplication) &&
               is_fraction(plan.faults.reordering) && is_fraction(plan.faults.corruption),
           "faults");
    demand(plan.faults.kill_count <= node::kills_max, "kills");
    for (std::size_t i = 0; i < plan.faults.kill_count; ++i)
        demand(plan.faults.kills[i].node < plan.nodes && is_fraction(plan.faults.kills[i].at),
               "kill");
    demand(!options.settings.empty(), "settings");
}

/// One or two lines without terminal control characters.
void check_words(const std::string& text) {
    demand(!text.empty() && std::count(text.begin(), text.end(), '\n') <= 1, "lines of the error");
    for (const char letter : text)
        demand(letter == '\n' || (static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f),
               "a control character: " + text);
}

void parse(std::string text) {
    cli::Surroundings surroundings;
    surroundings.arguments = words_of(take_line(text));
    surroundings.cores = {0, 1};
    for (const std::string& word : words_of(take_line(text))) {
        const std::size_t equals = word.find('=');
        if (equals != std::string::npos)
            surroundings.environment.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
    if (!text.empty()) surroundings.dotenv = std::move(text);

    const cli::Parsed parsed = cli::parse(surroundings);
    for (const std::string& warning : parsed.options.warnings) check_words(warning);
    if (parsed.ask == cli::Parsed::Ask::run) check_plan(parsed.options);
    if (parsed.ask == cli::Parsed::Ask::nothing) {
        check_words(parsed.text);
        demand(parsed.exit_code == 2 || parsed.exit_code == 3, "exit code of the error");
    }

    const cli::CompareLine line = cli::read_compare_line(surroundings.arguments);
    if (!line.error.empty()) check_words(line.error);
}

}  // namespace
}  // namespace paxos::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    paxos::fuzz::parse({data, data + size});
    return 0;
}
