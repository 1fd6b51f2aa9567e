// What suits the terminal: whether there is one, its colours and letters, and the line of progress
// on it.
#pragma once

#include <cstdint>
#include <string>

#include "cli/options.h"
#include "cluster/cluster.h"

namespace paxos::cli {

/// Whether colours suit what is written to `fd`.
[[nodiscard]] bool wants_color(When color, int fd);

/// Whether the locale's letters are UTF-8.
[[nodiscard]] bool speaks_utf8();

/// How far the run is, in one line on standard error that is written over and leaves nothing. Where
/// standard error is no terminal and progress is wanted all the same: a line each second.
class ProgressLine {
public:
    ProgressLine(When progress, unsigned repetitions);
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    [[nodiscard]] bool is_on() const { return on_; }
    void say(const std::string& text);
    void show(unsigned repetition, const cluster::Progress& progress);
    /// Before anything else is written to the terminal.
    void clear();

private:
    unsigned repetitions_;
    bool on_ = false;
    bool terminal_ = false;
    bool shown_ = false;
    std::uint64_t said_at_ = 0;
};

}  // namespace paxos::cli
