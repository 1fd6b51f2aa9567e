// See ab.h.
//
// 1. Both builds are asked what they are before either is run.
// 2. Legs are run one after the other. A leg that fails ends the comparison: with its exit code,
//    and without a verdict.
// 3. A block counts when all four legs of it have ended well. What a signal cuts off is dropped,
//    and what was known before it is told.
#include "cli/ab.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "cli/ab_line.h"
#include "cli/contestant.h"
#include "cli/exit_codes.h"
#include "cli/settings.h"
#include "cli/tell.h"
#include "cli/terminal.h"
#include "compare/sequential.h"
#include "compare/wording.h"
#include "io/clock.h"
#include "paxos/random.h"

namespace paxos::cli {
namespace {

/// A leg takes a tenth of a second. What takes a minute hangs, or is no run for a comparison.
constexpr io::Tick leg_ns_max = 60 * io::ns_per_second;
/// To print one's version.
constexpr io::Tick version_ns_max = 10 * io::ns_per_second;

class Ab {
public:
    explicit Ab(const AbLine& line)
        : line_(line), begin_(io::now()), lot_(std::random_device{}()), output_(line.output) {
        in_turn_.is_self = line.is_self;
        in_turn_.detect = line.detect;
        in_turn_.options = line.options;
    }

    int run() {
        if (const int code = output_.open(); code != 0) return code;
        std::string why;
        if (!signals_.hold(why)) return refuse({exit_machine, why});
        for (const std::string& path : {line_.base, line_.fresh})
            if (NoAnswer answer = identify(path, limit(version_ns_max), signals_);
                answer.exit_code != 0)
                return refuse(answer);
        const NoAnswer answer = run_blocks();
        progress_.clear();
        if (answer.exit_code > 128) return finish_stopped(answer.exit_code - 128);
        return answer.exit_code != 0 ? refuse(answer) : output_.write(comparison_);
    }

private:
    int refuse(const NoAnswer& answer) {
        progress_.clear();
        complain(std::string(program_prefix) + answer.text);
        return answer.exit_code;
    }

    [[nodiscard]] io::Tick limit(io::Tick most) const {
        return std::min<io::Tick>(most, line_.time_ns_max);
    }
    [[nodiscard]] double elapsed_s() const {
        return static_cast<double>(io::now() - begin_) / static_cast<double>(io::ns_per_second);
    }

    /// Until all is decided, the time is up, or the last look is taken.
    NoAnswer run_blocks() {
        while (in_turn_.ended_by.empty()) {
            const io::Tick block_begin = io::now();
            if (NoAnswer answer = run_block(); answer.exit_code != 0) return answer;
            const io::Tick end = io::now();
            // A block that would outlast the time is not begun.
            if (end + (end - block_begin) > begin_ + line_.time_ns_max) in_turn_.ended_by = "time";
            if (NoAnswer answer = look(); answer.exit_code != 0) return answer;
        }
        return {};
    }

    NoAnswer run_block() {
        const auto order = lot_.below(2) == 0 ? compare::Order::old_first
                                              : compare::Order::new_first;
        std::vector<compare::Result> old_legs, new_legs;
        for (std::size_t leg = 0; leg < compare::legs_a_block; ++leg) {
            const bool is_new = compare::is_new_leg(order, leg);
            show_progress(leg);
            compare::Result result;
            NoAnswer answer = run_leg(is_new ? line_.fresh : line_.base, line_.options,
                                      limit(leg_ns_max), signals_, result);
            if (answer.exit_code == 0) answer = check_alike(result);
            if (answer.exit_code != 0) return answer;
            (is_new ? new_legs : old_legs).push_back(std::move(result));
        }
        std::move(old_legs.begin(), old_legs.end(), std::back_inserter(base_));
        std::move(new_legs.begin(), new_legs.end(), std::back_inserter(fresh_));
        in_turn_.blocks.push_back(order);
        return {};
    }

    /// Builds of which one has other defaults than the other would be compared in what was not
    /// asked.
    NoAnswer check_alike(const compare::Result& leg) {
        if (first_.path.empty()) first_ = leg;
        const compare::Differences found = compare::differences_of(first_, leg, {});
        if (found.settings.empty()) return {};
        const compare::Differences settings{.settings = found.settings, .machine = {}};
        return {exit_usage, "ab: " + first_.path + " and " + leg.path + " do not run the same: " +
                                compare::difference_texts(settings, false).front() +
                                " (say behind -- what both are to run)"};
    }

    NoAnswer look() {
        const std::size_t blocks = in_turn_.blocks.size();
        const bool is_last = !in_turn_.ended_by.empty();
        if (!is_last && !compare::is_look(blocks)) return {};
        if (NoAnswer answer = judge(); answer.exit_code != 0) return answer;
        if (comparison_.is_decided())
            in_turn_.ended_by = "decided";
        else if (blocks >= compare::blocks_max() && !is_last)
            in_turn_.ended_by = "looks";
        comparison_.in_turn = in_turn_;
        return {};
    }

    NoAnswer judge() {
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
        for (const compare::Figure& figure : comparison_.judged)
            text += "  " + compare::figure_text(figure) + " " +
                    compare::percent_text(figure.change.estimate);
        progress_.say(text);
    }

    /// This look is not one of those that were planned, and nothing follows from it.
    int finish_stopped(int signal) {
        in_turn_.ended_by = strsignal(signal);
        if (in_turn_.blocks.empty())
            complain(std::string(program_prefix) +
                     "ab: stopped before the first block was complete");
        else if (NoAnswer answer = judge(); answer.exit_code == 0)
            output_.write_stopped(comparison_);
        return 128 + signal;
    }

    const AbLine& line_;
    const io::Tick begin_;
    Random lot_;
    ComparisonOutput output_;
    cluster::Signals signals_;
    ProgressLine progress_{When::automatic, 0};
    compare::Side base_, fresh_;  ///< Legs of complete blocks.
    compare::Result first_;       ///< The first leg of all.
    compare::InTurn in_turn_;
    compare::Comparison comparison_;  ///< As of the last look.
};

}  // namespace

int ab_command(const std::vector<std::string>& arguments) {
    const AbLine line = read_ab_line(arguments);
    if (!line.error.empty()) {
        complain(line.error);
        return exit_usage;
    }
    return line.help ? tell(ab_help()) : Ab(line).run();
}

}  // namespace paxos::cli
