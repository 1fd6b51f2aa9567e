// The text of a scenario file: a description, commands, `----`, and the trace that the commands
// must give.
//
//     # A description, and the rule that the scenario shows.  S10
//     nodes 3
//     propose 0 slot 0 x
//     ----
//     n0 > is to propose x in slot 0 -> PREPARE ballot 1.n0 to all
//
// tests/sim/scenarios_test.cpp plays the files; tests/support/scenario_stage.h lists the commands.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "paxos/step.h"
#include "sim/packet.h"

namespace paxos::test {

/// An error in a scenario. Its text names the file and, if one line is at fault, that line. It is
/// thrown if the file cannot be read or written, a command is wrong, an expectation is not met, or
/// a rule is broken.
class ScenarioError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads the words of one command. Throws ScenarioError if a word is missing, unknown or left over.
class ScenarioWords {
public:
    ScenarioWords(std::string place, const std::string& text);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool empty() const { return next_ == words_.size(); }
    /// The next word, which must exist. `what` describes it for the error message.
    std::string word(const std::string& what);
    /// Takes the next word if it is `word`.
    bool take(const std::string& word);
    /// Takes the next word, which must be `word`.
    void expect(const std::string& word);
    void expect_end() const;

    std::uint64_t number(const std::string& what, std::uint64_t least, std::uint64_t most);
    /// A node of a cluster of `nodes`.
    NodeId node(std::size_t nodes);
    /// Nodes such as "0 1 2", up to a word that is not a number or to the end.
    NodeMask nodes(std::size_t nodes);
    /// A time such as "40ms", "250us" or "10s".
    Tick time();
    /// `slot S`, or `slots A..B`, which excludes B.
    SlotRange slots();
    /// A FILTER (see scenario_stage.h), up to the end of the command. If there is none, every
    /// packet matches.
    sim::Filter filter(std::size_t nodes);

    [[noreturn]] void fail(const std::string& what) const;

private:
    [[nodiscard]] std::uint64_t to_number(const std::string& text, const std::string& what) const;

    std::string place_;  // "file:line: "
    std::string text_;
    std::vector<std::string> words_;
    std::size_t next_ = 0;
};

struct ScenarioText {
    std::string path;
    std::string top;  ///< Everything above `----`, unchanged.
    std::vector<ScenarioWords> commands;
    std::string trace;  ///< Everything below `----`.
};

/// Throws ScenarioError unless the file begins with a description (lines with `#`) that names a
/// rule, followed by commands and `----`.
[[nodiscard]] ScenarioText read_scenario(const std::string& path);
/// Writes the file again, with another trace. Throws ScenarioError if it cannot be written.
void write_scenario(const ScenarioText& scenario, const std::string& trace);

}  // namespace paxos::test
