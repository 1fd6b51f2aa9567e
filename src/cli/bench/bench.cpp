// See bench.h.
//
// 1. Results go to standard output, everything else to standard error. With `--json -`,
//    `--series -` or `--trace -` the summary goes to standard error.
// 2. The first run that fails is the last one, because another run would most likely fail for the
//    same reason. The program exits with the exit code of the failed run.
// 3. Signals stay blocked and are read from a descriptor. cluster::run and the measurement of the
//    floor stop when a signal is pending, and the descriptor is checked between runs.
#include "cli/bench/bench.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/bench/describe.h"
#include "cli/bench/hosts.h"
#include "cli/bench/options.h"
#include "cli/bench/schedule.h"
#include "cli/exit_codes.h"
#include "cli/print.h"
#include "cli/result_sink.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "cli/version.h"
#include "cluster/cluster.h"
#include "cluster/log_files.h"
#include "cluster/outpost.h"
#include "cluster/placement_text.h"
#include "cluster/remotes.h"
#include "cluster/signals.h"
#include "control/secret.h"
#include "io/clock.h"
#include "language/language.h"
#include "measure/disk_floor.h"
#include "measure/floor.h"
#include "measure/result_file.h"
#include "measure/series_file.h"
#include "measure/steal.h"
#include "measure/summary.h"
#include "measure/text.h"
#include "measure/trace_file.h"
#include "paxos/variants.h"

namespace paxos::cli {
namespace {

class Bench {
public:
    Bench(const Options& options, const std::string& executable)
        : options_(options),
          schedule_(options),
          executable_(executable),
          language_(*Language::find(lang_names[static_cast<std::size_t>(options.lang)],
                                    is_utf8_locale())),
          // A progress line would interrupt the log.
          progress_(options.plan.log && options.progress == When::automatic ? When::never
                                                                            : options.progress,
                    options.repetitions) {}

    int run() {
        std::string why;
        for (const std::string& warning : options_.warnings) print_error(warning);
        if (!options_.key.empty()) {
            secret_ = control::read_key_file(options_.key, why);
            if (!secret_)
                return refuse("--key " + sanitized(options_.key) + ": " + why, exit_machine);
        }
        if (!signals_.hold(why)) return refuse(why, exit_machine);
        std::optional<control::Bootstrap> start = learn_start(options_, secret_, why);
        if (!start) return refuse(why, exit_machine);
        if (start->size > 1 && start->size != options_.plan.nodes)
            return refuse(std::to_string(start->size) + " processes were started for " +
                              std::to_string(options_.plan.nodes) +
                              " nodes, but each process starts one node; leave out --nodes",
                          exit_usage);
        if (start->size > 1 && (!options_.series.empty() || options_.plan.explain))
            return refuse(std::string(options_.plan.explain ? "--explain" : "--series") +
                              " needs all nodes on one host",
                          exit_usage);
        if (start->rank != 0) return serve(*start);
        for (Output* output : {&json_, &series_, &trace_})
            if (!output->sink.open(output->path, why))
                return refuse(output->label() + why, exit_machine);
        if (start->size > 1) {
            if (const int exit_code = join_hosts(*start); exit_code != 0) return exit_code;
        } else {
            if (!cluster::place(options_.plan, options_.cores, placement_, why))
                return refuse(why, exit_machine);
            // The network is checked before the floor is measured. If a port is in use, another run
            // is probably using it, and measuring the floor would disturb that run.
            if (!cluster::check_network(options_.plan, why)) return refuse(why, exit_machine);
        }
        if (const int exit_code = open_files(); exit_code != 0) return exit_code;
        describe(options_, report_);
        describe_placement();
        schedule_.begin(io::now());
        const std::optional<measure::CpuTime> before = measure::read_cpu_time();
        if (is_too_short_for_floor())
            note(language_.both("the floor was not measured: --duration is too short"));
        else if (!options_.plan.log && !options_.no_floor)
            measure_floor();
        announce();
        if (options_.objective)
            search_knee(*options_.objective);
        else
            run_repetitions();
        report_.environment.steal = measure::stolen_share(before, measure::read_cpu_time());
        return finish();
    }

private:
    void clear_and_print_error(const std::string& text) {
        progress_.clear();
        print_error(text);
    }
    int refuse(const std::string& text, int exit_code) {
        clear_and_print_error(std::string(program_prefix) + text);
        return exit_code;
    }

    /// Makes or checks the files of durable nodes. Returns the exit code.
    int open_files() {
        if (options_.durable.empty() && !remotes_) return 0;
        doing_ = "opening the files of " + measure::counted(options_.plan.nodes, "node");
        progress_.show(doing_);
        node::LogFiles files;
        cluster::FilesFault fault;
        if (remotes_)
            static_cast<void>(
                remotes_->open_files(options_.durable, options_.plan, files, signals_.fd(), fault));
        else
            fault = cluster::open_log_files(options_.durable, options_.plan, files);
        if (!fault.text.empty())
            return refuse_or_interrupted("--durable: " + printable(fault.text),
                                         fault.is_contradicted ? exit_usage : exit_machine);
        if (options_.durable.empty()) return 0;
        files_ = files;
        report_.durable = options_.durable;
        if (remotes_) report_.hosts = remotes_->hosts();
        if (const std::string warning = tmpfs_warning(report_); !warning.empty())
            clear_and_print_error(std::string(program_prefix) + warning);
        return 0;
    }

    /// In rank 0: waits until the launchers of the other nodes have connected, and checks that all
    /// nodes hear each other. Returns the exit code.
    int join_hosts(control::Bootstrap& start) {
        std::string why;
        std::optional<Joined> joined = join(start, signals_.fd(),
                                            shown_wait(progress_, options_.progress, doing_), why);
        if (!joined) return refuse_or_interrupted(why);
        doing_ = "checking that all nodes hear each other";
        if (!joined->refused.empty()) report_.notes.emplace_back(joined->refused);
        remotes_.emplace(std::move(joined->channels), start.secret, udp_port_of(start));
        if (!remotes_->check(options_.plan, options_.cores, signals_.fd(), placement_, why))
            return refuse_or_interrupted(why);
        secret_ = start.secret;
        report_.hosts = remotes_->hosts();
        if (remotes_->datagram_size() != limits::datagram_size)
            note(language_.both(
                "datagrams have at most {0} bytes, not {1}, to fit the smallest MTU between the "
                "hosts",
                remotes_->datagram_size(), std::size_t{limits::datagram_size}));
        if (options_.plan.log)
            note(language_.both(
                "times of different hosts are accurate to +- {0}",
                measure::time_text(static_cast<double>(remotes_->clock_error_ns()))));
        return 0;
    }

    /// In other ranks: starts a node for each run that rank 0 orders. Returns the exit code.
    int serve(control::Bootstrap& start) {
        std::string why;
        std::optional<Joined> joined = join(start, signals_.fd(),
                                            shown_wait(progress_, options_.progress, doing_), why);
        if (!joined) return refuse_or_interrupted(why);
        progress_.clear();
        const cluster::OutpostEnd end = cluster::serve(
            std::move(joined->channels.front()), static_cast<NodeId>(start.rank),
            udp_port_of(start), start.secret, options_.cores, options_.durable);
        if (!end.reason.empty())
            return refuse("n" + std::to_string(start.rank) + ": " + end.reason, end.exit_code);
        return end.exit_code;
    }

    int refuse_or_interrupted(const std::string& why, int exit_code = exit_machine) {
        const int signal = signals_.take();
        if (signal == 0) return refuse(why, exit_code);
        return refuse(std::string("stopped by SIG") + ::sigabbrev_np(signal) + " while " + doing_,
                      128 + signal);
    }

    /// The descriptor to which the summary is written.
    [[nodiscard]] int summary_fd() const {
        return json_.path == "-" || series_.path == "-" || trace_.path == "-" ? STDERR_FILENO
                                                                              : STDOUT_FILENO;
    }

    void describe_placement() {
        report_.placement = placement_.text;
        if (!remotes_) report_.placement.local = cluster::describe(placement_, language_);
        report_.cores_used = static_cast<int>(cluster::cores_used(placement_));
    }

    /// Whether measuring the floor could take more than half of the time of --duration.
    [[nodiscard]] bool is_too_short_for_floor() const {
        return options_.duration_ns != 0 && options_.duration_ns < 2 * measure::floor_ns_max &&
               !options_.no_floor;
    }

    void note(Bilingual text) { report_.notes.push_back(std::move(text)); }

    void measure_floor() {
        progress_.show("measuring the floor");
        const node::Plan& plan = options_.plan;
        const measure::FloorPlan floor{.nodes = plan.nodes,
                                       .phases = traits_of(plan.protocol).phases,
                                       .core_of = placement_.core_of,
                                       .machine_of = placement_.machine_of,
                                       .runs = plan.runs};
        std::string problem;
        report_.floor = remotes_ ? remotes_->measure_floor(floor, plan.port, signals_.fd(), problem)
                                 : measure::measure_floor(floor, signals_.fd(), problem);
        if (!problem.empty()) note(language_.both("the floor was not measured: {0}", problem));
        if (options_.durable.empty() || signals_.is_pending()) return;
        problem.clear();
        report_.floor.flush_ns_p50 = remotes_ ? remotes_->measure_disk_floor(options_.durable,
                                                                             signals_.fd(), problem)
                                              : measure::measure_disk_floor(options_.durable,
                                                                            plan.nodes, problem);
        if (!problem.empty())
            note(language_.both("the disk's floor was not measured: {0}", problem));
    }

    [[nodiscard]] node::Plan plan_of_run() const {
        node::Plan plan = options_.plan;
        if (remotes_) plan.datagram_size = remotes_->datagram_size();
        return plan;
    }

    void run_repetitions() {
        for (unsigned repetition = 0; repetition < options_.repetitions; ++repetition) {
            node::Plan plan = plan_of_run();
            if (options_.duration_ns != 0) plan.duration_ns = schedule_.row_ns_from(io::now());
            if (!run_once(plan, repetition)) return;
        }
    }

    /// Makes the runs of the search for the knee (the highest rate that meets the objective).
    void search_knee(const measure::Objective& objective) {
        measure::KneeSearch search(measure::knee_rate_min, measure::knee_rate_first,
                                   node::rate_max);
        for (unsigned run = 0; const auto rate = search.next(); ++run) {
            node::Plan plan = plan_of_run();
            plan.rows[0].rate = *rate;
            plan.duration_ns = measure::knee_run_ns(objective, *rate);
            if (!run_once(plan, run)) break;
            search.note(*rate, objective.is_met(report_.runs.back().rows.front()));
        }
        report_.knee = search.knee();
        report_.knee->objective = objective;
        report_.repetitions = static_cast<int>(report_.runs.size());
    }

    /// Runs the cluster once. Returns whether another run may follow.
    bool run_once(const node::Plan& plan, unsigned repetition) {
        if (const int signal = signals_.take(); signal != 0) {
            exit_code_ = 128 + signal;
            return false;
        }
        if (const std::string missing = remotes_ ? remotes_->missing() : std::string();
            !missing.empty()) {
            note(language_.both("only {0} of {1} runs: {2}", repetition, options_.repetitions,
                                missing));
            if (report_.runs.empty())
                exit_code_ = refuse(missing, exit_machine);
            else if (options_.objective)
                exit_code_ = exit_no_progress;  // The search has not ended.
            return false;
        }
        cluster::Callbacks callbacks;
        callbacks.language = language_;
        callbacks.columns = columns_of(summary_fd());
        callbacks.progress = [&](const cluster::Progress& progress) {
            schedule_.note_share(io::now(), share_of(plan, progress.learned));
            announce();
            progress_.show(repetition, progress, schedule_.left_s(io::now()));
        };
        if (plan.log)
            callbacks.log_line = [&](const std::string& line) { print_summary(line + "\n"); };
        callbacks.warning = [&](const std::string& text) {
            clear_and_print_error(std::string(program_prefix) + text);
        };
        schedule_.begin_run(io::now());
        report_.runs.push_back(cluster::run(plan, placement_, static_cast<int>(repetition),
                                            callbacks, secret_ ? &*secret_ : nullptr,
                                            remotes_ ? &*remotes_ : nullptr,
                                            files_ ? &*files_ : nullptr));
        schedule_.end_run(io::now());
        exit_code_ = report_.runs.back().exit_code;
        return exit_code_ == 0;
    }

    /// Announces once that the command takes long (Schedule::announce()).
    void announce() {
        if (options_.progress == When::never) return;
        const std::string text = schedule_.announce(io::now());
        if (!text.empty()) clear_and_print_error(std::string(program_prefix) + text);
    }

    int finish() {
        remotes_.reset();  // Dismisses the other launchers before the outcome is printed.
        progress_.clear();
        const bool failed = !report_.runs.empty() && report_.runs.back().exit_code != 0;
        if (failed && !report_.runs.back().failure.empty())
            print_error(std::string(program_prefix) + report_.runs.back().failure);
        // If the first run never started, there are no figures, and no result file is written.
        if (exit_code_ == exit_machine && report_.runs.size() <= 1) return exit_code_;
        if (failed && exit_code_ < 128)
            note(language_.both("to reproduce: --seed {0}", options_.plan.seed));

        const measure::SummaryStyle style{.color = wants_color(options_.color, summary_fd()),
                                          .utf8 = is_utf8_locale(),
                                          .is_whole = isatty(summary_fd()) != 1,
                                          .columns = columns_of(summary_fd()),
                                          .language = language_};
        if (options_.plan.log) print_summary("\n");
        print_summary(options_.quiet ? measure::summary_line(report_, style)
                                     : measure::summary_of(report_, style));
        if (!json_.path.empty()) write(json_, measure::result_file(report_, executable_));
        if (!series_.path.empty()) write(series_, measure::series_file(report_));
        if (!trace_.path.empty()) write(trace_, measure::trace_file(report_));
        return exit_code_ == 0 && output_failed_ ? exit_machine : exit_code_;
    }

    /// Writes an output file. A run that was stopped by a signal does not replace an existing file.
    void write(Output& output, const std::string& text) {
        std::string why = "not replaced, because the run was stopped";
        const bool is_kept = exit_code_ > 128 && output.sink.would_replace();
        if (!is_kept && output.sink.write(text, why)) return;
        print_error(std::string(program_prefix) + output.label() + why);
        output_failed_ = output_failed_ || !is_kept;
    }

    void print_summary(const std::string& text) {
        if (output_failed_ || write_all(summary_fd(), text)) return;
        print_error(std::string(program_prefix) +
                    "the output cannot be written: " + std::strerror(errno));
        output_failed_ = true;
    }

    const Options& options_;
    Schedule schedule_;
    const std::string& executable_;
    const Language language_;
    ProgressLine progress_;
    Output json_{"json", options_.json, {}}, series_{"series", options_.series, {}},
        trace_{"trace", options_.trace, {}};
    cluster::Signals signals_;
    cluster::Placement placement_;
    std::optional<control::Secret> secret_;    // None if neither --key nor the cluster gives one.
    std::optional<cluster::Remotes> remotes_;  // None if this process starts all nodes itself.
    std::optional<node::LogFiles> files_;      // None if the nodes keep everything in memory.
    measure::Report report_;
    std::string doing_;  // What the program does before the first run, such as "waiting for n1".
    int exit_code_ = 0;
    bool output_failed_ = false;
};

int run_inputs(const ProcessInputs& inputs, const std::string& program) {
    const Parsed parsed = parse(inputs);
    switch (parsed.request) {
        case Parsed::Request::run: return Bench(parsed.options, program).run();
        case Parsed::Request::help: return print(parsed.text);
        case Parsed::Request::version: return print(version_text());
        case Parsed::Request::version_json: return print(measure::build_as_json(build_info()));
        case Parsed::Request::none: break;
    }
    print_error(parsed.text);
    return parsed.exit_code;
}

}  // namespace

int bench_command(const Invocation& invocation) {
    return run_inputs(read_process_inputs(invocation), invocation.program);
}

int knee_command(const Invocation& invocation) {
    ProcessInputs inputs = read_process_inputs(invocation);
    inputs.is_for_knee = true;
    return run_inputs(inputs, invocation.program);
}

}  // namespace paxos::cli
