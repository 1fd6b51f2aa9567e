// Reads and writes scenario files.
#include "support/scenario_text.h"

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace paxos::test {
namespace {

constexpr const char* line_between = "----";

std::string place_of(const std::string& path, std::size_t line) {
    return std::filesystem::path(path).filename().string() + ":" + std::to_string(line) + ": ";
}

}  // namespace

ScenarioText read_scenario(const std::string& path) {
    std::ifstream file(path);
    ScenarioText scenario{path, {}, {}, {}};
    std::string line, sentences;
    bool is_above = true;
    std::size_t number = 0;
    for (; is_above && std::getline(file, line); ++number) {
        if (line == line_between) {
            is_above = false;
            continue;
        }
        scenario.top += line + "\n";
        const bool is_comment = line.starts_with("#");
        if (is_comment && scenario.commands.empty()) sentences += line + "\n";
        if (!is_comment && !line.empty())
            scenario.commands.emplace_back(place_of(path, number + 1), line);
    }
    if (number == 0) throw ScenarioError(place_of(path, 1) + "cannot be read, or is empty");
    if (is_above)
        throw ScenarioError(place_of(path, number) + "no line ---- between commands and trace");
    if (!std::regex_search(sentences, std::regex("S[0-9][0-9]")))
        throw ScenarioError(place_of(path, 1) +
                            "must begin with sentences that name a rule, such as S10");
    if (scenario.commands.empty()) throw ScenarioError(place_of(path, number) + "no command");
    std::ostringstream rest;
    rest << file.rdbuf();
    scenario.trace = rest.str();
    return scenario;
}

void write_scenario(const ScenarioText& scenario, const std::string& trace) {
    std::ofstream file(scenario.path, std::ios::trunc);
    file << scenario.top << line_between << "\n" << trace;
    file.close();
    if (!file) throw ScenarioError(scenario.path + ": cannot be written");
}

}  // namespace paxos::test
