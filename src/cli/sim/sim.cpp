// See sim.h.
#include "cli/sim/sim.h"

#include <fmt/format.h>

#include <csignal>
#include <random>
#include <thread>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/print.h"
#include "cli/result_sink.h"
#include "cli/run_line.h"
#include "cli/sim/sim_line.h"
#include "cli/sim/sim_log.h"
#include "cli/sim/sim_report.h"
#include "cli/terminal.h"
#include "io/clock.h"

namespace paxos::cli {
namespace {

constexpr SlotRange default_rounds{0, 10};
constexpr std::size_t log_entries_max = 2000;

volatile std::sig_atomic_t stopped_by = 0;

/// Makes SIGINT and SIGTERM end the simulation. The results so far are then printed.
void install_signal_handler() {
    struct sigaction action{};
    action.sa_handler = [](int signal) { stopped_by = signal; };
    // If the same signal arrives a second time, it kills the process.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

double seconds_since(io::Tick begin) { return io::to_seconds(io::now() - begin); }

void show(ProgressLine& progress, const sim::Total& total, double elapsed_s) {
    progress.show(fmt::format("{}  {} decided  {:.1f}s", counted(total.tally.worlds, "world"),
                              counted(total.tally.decisions, "round"), elapsed_s));
}

/// Prints the log of the first world, and sets `logged` to that world. Returns an exit code.
int print_log(const SimLine& line, std::optional<LoggedWorld>& logged) {
    SimLog log(line.log_rounds.value_or(default_rounds), log_entries_max, false);
    sim::Player player;
    const sim::Outcome& outcome = player.play(line.order.first_seed, line.order.wish, &log);
    SimLog::Narration narration = log.narrate(outcome.draw);
    std::string text = describe(outcome.draw) + "\n\n";
    for (const auto* lines : {&narration.heads, &narration.lines})
        for (const std::string& entry : *lines) text += entry + "\n";
    if (log.left_out() != 0)
        text += fmt::format("... and {} more; --log-rounds A..B selects others\n", log.left_out());
    logged = {outcome.draw, std::move(narration.trace)};
    return print(text + "\n");
}

int code_of(const sim::Total& total) {
    if (total.failure)
        return total.failure->verdict == sim::Verdict::unsafe ? exit_unsafe : exit_no_progress;
    return stopped_by != 0 ? 128 + stopped_by : 0;
}

int simulate(const SimLine& line) {
    std::string why;
    ResultSink json;
    if (!json.open(line.json, why)) {
        print_error(std::string(program_prefix) + "sim: --json " + line.json + ": " + why);
        return exit_machine;
    }
    std::optional<LoggedWorld> logged;
    if (line.log)
        if (const int code = print_log(line, logged); code != 0) return code;

    install_signal_handler();
    const io::Tick begin = io::now();
    ProgressLine progress(line.progress, 1);
    const sim::Total total = play_many(line.order, [&](const sim::Total& so_far) {
        show(progress, so_far, seconds_since(begin));
        return stopped_by == 0 && (line.duration_ns == 0 || io::now() - begin < line.duration_ns);
    });
    const double elapsed_s = seconds_since(begin);
    progress.clear();
    // Times go to standard error, so that the same seeds give byte-identical standard output
    // (S38).
    print_error(std::string(program_prefix) + "sim: " + sim_times(line.order, total, elapsed_s));

    if (!json.write(sim_json(line.order, total, logged), why)) {
        print_error(std::string(program_prefix) + "sim: --json " + line.json + ": " + why);
        return exit_machine;
    }
    std::string text = sim_summary(line.order, total);
    if (total.failure) text += sim_failure(*total.failure, line.order.wish);
    if (line.json != "-")
        if (const int code = print(text); code != 0) return code;
    return code_of(total);
}

}  // namespace

int sim_command(const Invocation& invocation) {
    std::random_device random;
    const std::uint64_t seed = std::uint64_t{random()} << 32 | random();
    return run_line(read_sim_line(invocation.arguments, std::thread::hardware_concurrency(), seed),
                    simulate);
}

}  // namespace paxos::cli
