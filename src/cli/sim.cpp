// See sim.h.
#include "cli/sim.h"

#include <fmt/format.h>

#include <csignal>
#include <random>
#include <thread>

#include "cli/exit_codes.h"
#include "cli/result_sink.h"
#include "cli/settings.h"
#include "cli/sim_line.h"
#include "cli/sim_report.h"
#include "cli/sim_story.h"
#include "cli/tell.h"
#include "cli/terminal.h"
#include "io/clock.h"

namespace paxos::cli {
namespace {

constexpr SlotRange usual_rounds{0, 10};
constexpr std::size_t happenings_told_max = 2000;

volatile std::sig_atomic_t stopped_by = 0;

/// SIGINT and SIGTERM end it with what there is, as they end a run.
void obey_signals() {
    struct sigaction action{};
    action.sa_handler = [](int signal) { stopped_by = signal; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // The second one does not wait.
    for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

double seconds_since(io::Tick begin) {
    return static_cast<double>(io::now() - begin) / static_cast<double>(io::ns_per_second);
}

void show(ProgressLine& progress, const sim::Total& total, double elapsed_s) {
    progress.say(fmt::format("{} worlds  {} rounds decided  {:.1f}s", total.tally.worlds,
                             total.tally.decisions, elapsed_s));
}

/// The story of the one world, on standard output.
int tell_story(const SimLine& line) {
    SimStory story(line.log_rounds.value_or(usual_rounds), happenings_told_max, false);
    sim::Player player;
    const sim::Outcome& outcome = player.play(line.order.first_seed, line.order.wish, &story);
    std::string text = describe(outcome.draw) + "\n\n";
    for (const std::string& told : story.tell(outcome.draw, true)) text += told + "\n";
    if (story.left_out() != 0)
        text += fmt::format("... and {} more; --log-rounds A..B tells of others\n",
                            story.left_out());
    return tell(text + "\n");
}

int code_of(const sim::Total& total) {
    if (total.failure)
        return total.failure->verdict == sim::Verdict::unsafe ? exit_unsafe : exit_no_progress;
    return stopped_by != 0 ? 128 + stopped_by : 0;
}

int run(const SimLine& line) {
    std::string why;
    ResultSink json;
    if (!json.open(line.json, why)) {
        complain(std::string(program_prefix) + "sim: --json " + line.json + ": " + why);
        return exit_usage;
    }
    if (line.log)
        if (const int code = tell_story(line); code != 0) return code;

    obey_signals();
    const io::Tick begin = io::now();
    ProgressLine progress(line.progress, 1);
    const sim::Total total = play_many(line.order, [&](const sim::Total& so_far) {
        show(progress, so_far, seconds_since(begin));
        return stopped_by == 0 && (line.duration_ns == 0 || io::now() - begin < line.duration_ns);
    });
    const double elapsed_s = seconds_since(begin);
    progress.clear();
    // Times go to standard error, so that given seeds give byte-identical standard output (S38).
    complain(std::string(program_prefix) + "sim: " + sim_times(line.order, total, elapsed_s));

    if (!json.write(sim_json(line.order, total), why)) {
        complain(std::string(program_prefix) + "sim: --json " + line.json + ": " + why);
        return exit_machine;
    }
    std::string text = sim_summary(line.order, total);
    if (total.failure) text += sim_failure(*total.failure, line.order.wish);
    if (line.json != "-")
        if (const int code = tell(text); code != 0) return code;
    return code_of(total);
}

}  // namespace

int sim_command(const std::vector<std::string>& arguments) {
    std::random_device chance;
    const std::uint64_t seed = std::uint64_t{chance()} << 32 | chance();
    const SimLine line = read_sim_line(arguments, std::thread::hardware_concurrency(), seed);
    if (!line.error.empty()) {
        complain(line.error);
        return exit_usage;
    }
    return line.help ? tell(sim_help()) : run(line);
}

}  // namespace paxos::cli
