// What the launcher returns to its caller: the log during a run, and the result at the end of the
// run.
#include <cerrno>
#include <map>

#include "cluster/launcher.h"
#include "io/clock.h"
#include "io/probe.h"
#include "measure/text.h"

namespace paxos::cluster {
namespace {

/// Records are printed in order of time. A node may be suspended between reading its clock and
/// writing its record, so each record is printed only after this delay. By then, earlier records
/// have arrived.
constexpr Tick log_delay_ns = 100'000'000;
/// Used instead of log_delay_ns with several hosts, because records of other hosts arrive only ten
/// times a second.
constexpr Tick log_delay_between_hosts_ns = 500'000'000;

}  // namespace

void Launcher::pass_on_log(bool is_end) {
    if (!narrator_) return;
    const Tick now = io::now();
    std::uint64_t lost = 0;
    for (std::size_t i = 0; i < plan_.nodes; ++i) {
        trace::Ring& ring = board_.get().nodes[i].trace;
        // Takes at most as many records as the ring can hold, so that a node that keeps filling its
        // ring does not block the launcher.
        trace::Record record;
        for (std::size_t taken = 0; taken < trace::Ring::capacity && ring.pop(record); ++taken)
            narrator_->add(static_cast<NodeId>(i), record);
        lost += ring.lost();
    }
    if (remotes_ != nullptr) lost += remotes_->trace_lost();
    narrator_->advance(now - (remotes_ == nullptr ? log_delay_ns : log_delay_between_hosts_ns));
    if (is_end) narrator_->finish(lost);
}

/// A text that lists the errors with which the kernel refused sends, and their remedies. Leaves out
/// ECONNREFUSED. Empty if there was no other error.
std::string Launcher::refusals_text() const {
    std::map<int, std::uint64_t> refused;
    for (std::size_t node = 0; node < plan_.nodes; ++node) {
        const node::NodeBoard& board = board_.get().nodes[node];
        for (std::size_t i = 0; i < board.refused_errno.size(); ++i)
            refused[static_cast<int>(board.refused_errno[i].get())] += board.refused_datagrams[i]
                                                                           .get();
    }
    std::string text;
    for (const auto& [error, datagrams] : refused)
        if (error != 0 && error != ECONNREFUSED)
            text += "; the kernel refused " + measure::counted(datagrams, "datagram") + ": " +
                    measure::errno_text(error) + io::send_remedy(error);
    return text;
}

measure::RunResult Launcher::result() {
    if (record_.has_started && record_.outcome != Outcome::complete)
        record_.reason += refusals_text();
    pass_on_log(true);
    NodeMask killed;
    for (std::size_t i = 0; i < children_.count(); ++i) {
        const Ending& ending = children_.ending(i);
        if (ending.signal != 0 && !ending.by_launcher) killed.add(static_cast<NodeId>(i));
        record_.endings.push_back(ending);
        record_.pids.push_back(children_.pid(i));
    }
    if (remotes_ != nullptr && remotes_->are_launched() && children_.count() == local_nodes_)
        for (std::size_t i = local_nodes_; i < plan_.nodes; ++i) {
            record_.endings.push_back(remotes_->ending(static_cast<NodeId>(i)));
            record_.pids.push_back(remotes_->pid(static_cast<NodeId>(i)));
        }
    // A node may also be killed after watch() has ended, while the nodes stop.
    if (record_.has_started) series_.note_ended(killed, ended_at_);
    if (remotes_ == nullptr)
        series_.finish(board_.get(), ended_at_, record_.outcome == Outcome::complete);
    while (const int signal = signals_.take()) record_.signal = signal;
    record_.restarts = restarts_.results();
    record_.ended_incarnations = restarts_.take_ended_incarnations();
    return gather(board_.get(), record_);
}

}  // namespace paxos::cluster
