// See terminal.h.
#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include <cstdlib>

#include "cli/result_sink.h"
#include "cli/text.h"
#include "io/clock.h"

namespace paxos::cli {
namespace {

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Ignores errors, because progress is optional.
void write_error(std::string_view text) { static_cast<void>(write_all(STDERR_FILENO, text)); }

}  // namespace

bool wants_color(When color, int fd) {
    if (color != When::automatic) return color == When::always;
    return isatty(fd) == 1 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

std::size_t columns_of(int fd, std::size_t most) {
    constexpr std::size_t least = 20;
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return most;
    return std::clamp<std::size_t>(size.ws_col, least, most);
}

bool is_utf8_locale() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string_view locale = variable(name);
        if (locale.empty()) continue;  // The first variable that is set decides.
        for (const std::string_view suffix : {"UTF-8", "utf-8", "UTF8", "utf8"})
            if (locale.find(suffix) != std::string_view::npos) return true;
        return false;
    }
    return false;
}

ProgressLine::ProgressLine(When progress, unsigned repetitions) : repetitions_(repetitions) {
    terminal_ = isatty(STDERR_FILENO) == 1;
    on_ = progress == When::always || (progress == When::automatic && terminal_);
}

void ProgressLine::show(const std::string& text) {
    if (!on_) return;
    if (terminal_) {
        // A line that wraps could not be erased. Some terminals wrap when the last column is
        // written, so the last column stays free.
        const std::size_t width = columns_of(STDERR_FILENO, 200) - 1;
        write_error("\r" + std::string(measure::first_columns(text, width)) + "\x1b[K");
        is_visible_ = true;
        return;
    }
    const io::Tick now = io::now();
    if (written_at_ != 0 && now - written_at_ < io::ns_per_second) return;
    written_at_ = now;
    write_error(text + "\n");
}

void ProgressLine::show(unsigned repetition, const cluster::Progress& progress,
                        std::optional<double> left_s) {
    if (!on_) return;
    std::string text = fmt::format("run {} of {}", repetition + 1, repetitions_);
    // The most important part comes first, because a narrow terminal shows only the beginning.
    if (left_s) text += fmt::format("  {} left", rough_time_text(*left_s));
    const bool is_endless = progress.slot_end == node::unbounded || progress.slot_end == 0;
    text += fmt::format("  {}{} slots", progress.learned,
                        is_endless ? "" : fmt::format(" of {}", progress.slot_end));
    show(text + fmt::format("  {:.1f}s", progress.elapsed_s));
}

void ProgressLine::clear() {
    if (is_visible_) write_error("\r\x1b[K");
    is_visible_ = false;
}

}  // namespace paxos::cli
