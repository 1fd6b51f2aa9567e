// See terminal.h.
#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/result_sink.h"
#include "io/clock.h"

namespace paxos::cli {
namespace {

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Errors are ignored: progress is optional.
void write_error(std::string_view text) { static_cast<void>(write_all(STDERR_FILENO, text)); }

}  // namespace

bool wants_color(When color, int fd) {
    if (color != When::automatic) return color == When::always;
    return isatty(fd) == 1 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

bool is_utf8_locale() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string_view locale = variable(name);
        if (locale.empty()) continue;  // The first one that is set wins.
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
        write_error("\r" + text + "\x1b[K");
        is_visible_ = true;
        return;
    }
    const io::Tick now = io::now();
    if (written_at_ != 0 && now - written_at_ < io::ns_per_second) return;
    written_at_ = now;
    write_error(text + "\n");
}

void ProgressLine::show(unsigned repetition, const cluster::Progress& progress) {
    if (!on_) return;
    std::string text = fmt::format("run {} of {}  ", repetition + 1, repetitions_);
    if (progress.slot_end == node::unbounded || progress.slot_end == 0)
        text += fmt::format("{} rounds", progress.learned);
    else
        text += fmt::format(
            "{:.0f}%  {} of {} rounds",
            100 * static_cast<double>(progress.learned) / static_cast<double>(progress.slot_end),
            progress.learned, progress.slot_end);
    show(text + fmt::format("  {:.1f}s", progress.elapsed_s));
}

void ProgressLine::clear() {
    if (is_visible_) write_error("\r\x1b[K");
    is_visible_ = false;
}

}  // namespace paxos::cli
