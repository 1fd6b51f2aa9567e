// A story as it stands in its file: sentences, commands, `----`, and the trace that the commands
// must give.
//
//     # What it shows, in sentences, and the rule that it shows.  S10
//     nodes 3
//     propose 0 slot 0 x
//     ----
//     n0 > asked to propose x in slot 0 -> PREPARE ballot 1.n0 to all
//
// tests/sim/scenarios_test.cpp plays them; tests/support/story_stage.h knows the commands.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "paxos/step.h"
#include "sim/packet.h"

namespace paxos::test {

/// What is wrong with a story, with its file and line: it cannot be read, a command makes no sense,
/// an expectation is not met, or a rule is broken.
class StoryError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The words of one command, taken one by one; whatever is missing, unknown or too much is a
/// StoryError.
class StoryWords {
public:
    StoryWords(std::string place, const std::string& text);

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] bool empty() const { return next_ == words_.size(); }
    /// The next word, which must be there; `what` says what it ought to be.
    std::string word(const std::string& what);
    /// Takes the next word if it is `word`.
    bool take(const std::string& word);
    /// Takes the next word, which must be `word`.
    void expect(const std::string& word);
    void expect_end() const;

    std::uint64_t number(const std::string& what, std::uint64_t least, std::uint64_t most);
    /// A node of a cluster of `nodes`.
    NodeId node(std::size_t nodes);
    /// "0 1 2" up to a word that is no number, or to the end.
    NodeMask nodes(std::size_t nodes);
    /// "40ms", "250us", "10s".
    Tick time();
    /// `slot S`, or `slots A..B`, B not among them.
    SlotRange slots();
    /// [first] [KIND...] [A->B | A-> | ->B] [slot S] up to the end: all that is said must hold.
    /// Nothing: any packet.
    sim::Filter filter(std::size_t nodes);

    [[noreturn]] void fail(const std::string& what) const;

private:
    [[nodiscard]] std::uint64_t to_number(const std::string& text, const std::string& what) const;

    std::string place_;  // "file:line: "
    std::string text_;
    std::vector<std::string> words_;
    std::size_t next_ = 0;
};

struct StoryText {
    std::string path;
    std::string top;  ///< All above `----`, as it stands.
    std::vector<StoryWords> commands;
    std::string trace;  ///< All below.
};

/// REQUIRES of the file: it begins with sentences behind `#` that name a rule, and has its `----`.
[[nodiscard]] StoryText read_story(const std::string& path);
/// The same file with another trace.
void write_story(const StoryText& story, const std::string& trace);

}  // namespace paxos::test
