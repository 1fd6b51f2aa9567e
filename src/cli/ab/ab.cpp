// See ab.h.
//
// 1. Both builds are identified (with --version) before either is measured.
// 2. Legs (single runs of a build) run one after the other. If a leg fails, the comparison ends
//    with the exit code of that leg and without a verdict.
// 3. A block (four legs, in the order ABBA or BAAB) counts only if all its legs have succeeded. On
//    a signal the current block is dropped, and the result of the complete blocks is printed.
#include "cli/ab/ab.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "cli/ab/ab_line.h"
#include "cli/ab/contestant.h"
#include "cli/exit_codes.h"
#include "cli/print.h"
#include "cli/run_line.h"
#include "cli/terminal.h"
#include "compare/sequential.h"
#include "compare/wording.h"
#include "io/clock.h"
#include "paxos/random.h"

namespace paxos::cli {
namespace {

/// The time limit of a leg. A leg usually takes a tenth of a second.
constexpr io::Tick leg_ns_max = 60 * io::ns_per_second;
/// The time limit of --version.
constexpr io::Tick version_ns_max = 10 * io::ns_per_second;

class Ab {
public:
    explicit Ab(const AbLine& line)
        : line_(line), begin_(io::now()), random_(std::random_device{}()), output_(line.output) {
        in_turn_.is_self = line.is_self;
        in_turn_.detect = line.detect;
        in_turn_.options = line.options;
    }

    int run() {
        if (const int code = output_.open(); code != 0) return code;
        std::string why;
        if (!signals_.hold(why)) return refuse({exit_machine, why});
        for (const std::string& path : {line_.base, line_.fresh})
            if (LegError error = identify(path, limit(version_ns_max), signals_);
                error.exit_code != 0)
                return refuse(error);
        const LegError error = run_blocks();
        progress_.clear();
        if (error.exit_code > 128) return finish_stopped(error.exit_code - 128);
        return error.exit_code != 0 ? refuse(error) : output_.write(comparison_);
    }

private:
    int refuse(const LegError& error) {
        progress_.clear();
        print_error(std::string(program_prefix) + error.text);
        return error.exit_code;
    }

    [[nodiscard]] io::Tick limit(io::Tick most) const {
        return std::min<io::Tick>(most, line_.time_ns_max);
    }
    [[nodiscard]] double elapsed_s() const { return io::to_seconds(io::now() - begin_); }

    /// Runs blocks until all figures of Comparison::primary are settled, the time is up, the last
    /// planned analysis has been made, or an error occurs. Returns the error.
    LegError run_blocks() {
        while (in_turn_.ended_by.empty()) {
            const io::Tick block_begin = io::now();
            if (LegError error = run_block(); error.exit_code != 0) return error;
            const io::Tick end = io::now();
            // If the remaining time is too short for another block, the block that was just run is
            // the last one.
            if (end + (end - block_begin) > begin_ + line_.time_ns_max) in_turn_.ended_by = "time";
            if (LegError error = analyse_if_due(); error.exit_code != 0) return error;
        }
        return {};
    }

    LegError run_block() {
        const auto order = random_.below(2) == 0 ? compare::Order::old_first
                                                 : compare::Order::new_first;
        std::vector<compare::Result> old_legs, new_legs;
        for (std::size_t leg = 0; leg < compare::legs_a_block; ++leg) {
            const bool is_new = compare::is_new_leg(order, leg);
            show_progress(leg);
            compare::Result result;
            LegError error = run_leg(is_new ? line_.fresh : line_.base, line_.options,
                                     limit(leg_ns_max), signals_, result);
            if (error.exit_code == 0) error = check_settings(result);
            if (error.exit_code != 0) return error;
            (is_new ? new_legs : old_legs).push_back(std::move(result));
        }
        std::move(old_legs.begin(), old_legs.end(), std::back_inserter(base_));
        std::move(new_legs.begin(), new_legs.end(), std::back_inserter(fresh_));
        in_turn_.blocks.push_back(order);
        return {};
    }

    /// Refuses builds with different defaults, because they would run different configurations.
    LegError check_settings(const compare::Result& leg) {
        if (first_.path.empty()) first_ = leg;
        const compare::Differences found = compare::differences_of(first_, leg, {});
        if (found.settings.empty()) return {};
        const compare::Differences settings{.settings = found.settings, .machine = {}};
        return {exit_usage, "ab: " + first_.path + " and " + leg.path +
                                " have different defaults: " +
                                compare::difference_texts(settings, false).front() +
                                " (set it for both builds, after --)"};
    }

    LegError analyse_if_due() {
        const std::size_t blocks = in_turn_.blocks.size();
        const bool is_last = !in_turn_.ended_by.empty();
        if (!is_last && !compare::is_analysis_due(blocks)) return {};
        if (LegError error = analyse(); error.exit_code != 0) return error;
        if (comparison_.is_decided())
            in_turn_.ended_by = "decided";
        else if (blocks >= compare::blocks_max() && !is_last)
            in_turn_.ended_by = "analyses";
        comparison_.in_turn = in_turn_;
        return {};
    }

    LegError analyse() {
        std::string why;
        in_turn_.elapsed_s = elapsed_s();
        if (compare::compare_in_turn(base_, fresh_, line_.terms, in_turn_, comparison_, why))
            return {};
        return {exit_machine, why};
    }

    void show_progress(std::size_t leg) {
        if (!progress_.is_on()) return;
        std::string text = fmt::format("block {}, run {} of 4  {:.0f}s", in_turn_.blocks.size() + 1,
                                       leg + 1, elapsed_s());
        for (const compare::Figure& figure : comparison_.primary)
            text += "  " + compare::figure_text(figure) + " " +
                    compare::percent_text(figure.change.estimate);
        progress_.show(text);
    }

    /// Prints an analysis of the complete blocks. The analysis was not planned (sequential.h), so
    /// its verdict has no effect on the exit code.
    int finish_stopped(int signal) {
        in_turn_.ended_by = strsignal(signal);
        if (in_turn_.blocks.empty())
            print_error(std::string(program_prefix) +
                        "ab: stopped before the first block was complete");
        else if (LegError error = analyse(); error.exit_code == 0)
            output_.write_stopped(comparison_);
        return 128 + signal;
    }

    const AbLine& line_;
    const io::Tick begin_;
    Random random_;
    ComparisonOutput output_;
    cluster::Signals signals_;
    ProgressLine progress_{When::automatic, 0};
    compare::Side base_, fresh_;  ///< Legs of complete blocks.
    compare::Result first_;       ///< The first leg of the whole comparison.
    compare::InTurn in_turn_;
    compare::Comparison comparison_;  ///< The result of the last analysis.
};

}  // namespace

int ab_command(const Invocation& invocation) {
    return run_line(read_ab_line(invocation.arguments),
                    [](const AbLine& read) { return Ab(read).run(); });
}

}  // namespace paxos::cli
