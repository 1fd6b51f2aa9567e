// Facts about the terminal (whether there is one, its colours, its width, its character set), and a
// line of progress.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/cluster.h"
#include "measure/text.h"

namespace paxos::cli {

/// When to use a feature of the terminal.
enum class When : std::uint8_t { automatic, always, never };
/// Indexed by When.
inline constexpr std::array<std::string_view, 3> when_names{"auto", "always", "never"};

/// Whether to write colours to `fd`.
[[nodiscard]] bool wants_color(When color, int fd);

/// The width of the terminal behind `fd`, from 20 to `most`. Returns `most` if the width is
/// unknown, for example because `fd` is not a terminal.
[[nodiscard]] std::size_t columns_of(int fd, std::size_t most = measure::columns_usual);

/// Whether the locale uses UTF-8.
[[nodiscard]] bool is_utf8_locale();

/// Shows the progress of a run on standard error. On a terminal, overwrites one line and erases it
/// at the end. Elsewhere, writes at most one line a second, and only if progress was requested
/// (When::always).
class ProgressLine {
public:
    ProgressLine(When progress, unsigned repetitions);
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    [[nodiscard]] bool is_on() const { return on_; }
    void show(const std::string& text);
    /// `left_s` is the time until the command ends; none if unknown.
    void show(unsigned repetition, const cluster::Progress& progress, std::optional<double> left_s);
    /// Erases the line. Call it before anything else is written to the terminal.
    void clear();

private:
    unsigned repetitions_;
    bool on_ = false;
    bool terminal_ = false;
    bool is_visible_ = false;
    std::uint64_t written_at_ = 0;
};

}  // namespace paxos::cli
