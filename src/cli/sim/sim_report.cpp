// See sim_report.h.
#include "cli/sim/sim_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/sim/sim_log.h"
#include "cli/version.h"
#include "measure/result_json.h"
#include "measure/text.h"

namespace paxos::cli {
namespace {

constexpr std::size_t events_kept_max = 200;
constexpr std::size_t lines_shown_max = 40;

std::uint64_t forgeries(const sim::Tally& tally) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < sim::damage_kinds; ++i)
        if (is_forgery(static_cast<sim::Damage>(i))) sum += tally.damaged[i];
    return sum;
}

std::uint64_t count_of(const sim::Tally& tally, sim::Damage damage) {
    return tally.damaged[static_cast<std::size_t>(damage)];
}

std::string line(std::string_view label, const std::string& text) {
    return fmt::format("{:<10}{}\n", label, text);
}

std::string verdict(const sim::Total& total) {
    if (!total.failure)
        return line("SAFE", "every step of every node kept every rule that the oracle checks");
    const std::string seed = fmt::format("the world of seed {}", total.failure->draw.seed);
    return total.failure->verdict == sim::Verdict::unsafe
               ? line("UNSAFE", "in " + seed)
               : line("STUCK", seed + " makes no progress");
}

std::string healed(const sim::Total& total) {
    if (total.live == 0) return "no world was required to recover in time";
    const sim::Outcome& slowest = total.slowest;
    return fmt::format("{} in time; closest to its limit: {:.0f}ms of {:.0f}ms (seed {})",
                       counted(total.live, "world"), static_cast<double>(slowest.heal_ns) / 1e6,
                       static_cast<double>(slowest.allowed_ns) / 1e6, slowest.draw.seed);
}

/// Plays the failed world again, and returns the last lines of its log.
std::string last_before(const sim::Outcome& outcome, const sim::Wish& wish) {
    SimLog log({0, outcome.draw.target + outcome.draw.act_three_slots + 1}, events_kept_max, true);
    sim::Player player;
    static_cast<void>(player.play(outcome.draw.seed, wish, &log));
    const std::vector<std::string> lines = log.narrate(outcome.draw).lines;
    std::string text;
    for (std::size_t i = lines.size() - std::min(lines.size(), lines_shown_max); i < lines.size();
         ++i)
        text += lines[i] + "\n";
    return text;
}

}  // namespace

std::string sim_summary(const sim::Order& order, const sim::Total& total) {
    const sim::Tally& tally = total.tally;
    const sim::Ledger& ledger = tally.datagrams;
    const measure::Build build = build_info();
    std::string text = fmt::format("paxos_fast {} ({}{}, {})   sim, {} from seed {}\n\n",
                                   build.version, build.commit, build.dirty ? " dirty" : "",
                                   build.compiler, counted(tally.worlds, "world"),
                                   order.first_seed);
    text += line("decided", counted(tally.decisions, "round"));
    text += line("messages",
                 fmt::format("{} in {}; {}", tally.messages, counted(ledger.accepted, "datagram"),
                             counted(tally.turns, "turn")));
    text += line("lost", fmt::format("{} by chance, {} on cut paths, {} at full sockets",
                                     ledger.lost, ledger.cut_off, ledger.overflowed));
    text += line("late", fmt::format("{} delayed, {} overtaken, {} doubled", tally.delayed,
                                     tally.overtaken, ledger.duplicated));
    text += line(
        "damaged",
        fmt::format("{} corrupted, {} cut short, {} empty, {} overlong, {} forged",
                    count_of(tally, sim::Damage::corrupted),
                    count_of(tally, sim::Damage::truncated), count_of(tally, sim::Damage::emptied),
                    count_of(tally, sim::Damage::overlong), forgeries(tally)));
    text += line("paths", fmt::format("{}: {} one-way, {} bridged, {} single-node; {} flapped; {}",
                                      counted(tally.cuts, "cut"), tally.one_way_cuts,
                                      tally.bridge_cuts, tally.single_node_cuts,
                                      tally.flapping_cuts, counted(tally.clogs, "clog")));
    text += line("nodes",
                 fmt::format("{} paused, {} starved, {} died; {} with high ballots", tally.pauses,
                             tally.starved, tally.crashes, counted(tally.late_counters, "world")));
    const sim::DiskTally& disks = tally.disks;
    text += line("disks", fmt::format("{}; flushes: {} slow, {} failed, {} torn, {} lost; {} full",
                                      counted(tally.restarts, "restart"), disks.slow, disks.failed,
                                      disks.torn + disks.short_write, disks.lost, disks.full));
    text += line("protocol",
                 fmt::format("{} sent again, {} preempted, {} taken over, {} rounds skipped",
                             tally.resent, tally.preemptions, tally.takeovers, tally.skipped));
    text += line("healed", healed(total));
    text += verdict(total);
    return text + line("hash", fmt::format("{:016x}", total.hash));
}

std::string replay_line(std::uint64_t seed, const sim::Wish& wish) {
    std::string text = fmt::format("paxos_fast sim --seed {}", seed);
    if (wish.protocol) text += fmt::format(" --protocol {}", name_of(*wish.protocol));
    if (wish.size)
        text += fmt::format(" --size {}", sim::size_names[static_cast<std::size_t>(*wish.size)]);
    return text;
}

std::string sim_failure(const sim::Outcome& outcome, const sim::Wish& wish) {
    std::string text = "\n" + outcome.failure + "\n\n" + describe(outcome.draw) +
                       "\n\nlast events before the failure:\n" + last_before(outcome, wish);
    return text + "\nreplay: " + replay_line(outcome.draw.seed, wish) + " --log\n";
}

std::string sim_times(const sim::Order& order, const sim::Total& total, double elapsed_s) {
    const double rate = static_cast<double>(total.tally.decisions) / elapsed_s;
    return fmt::format("{} in {:.1f}s: {:.0f}/s, {:.0f}/s per job ({})",
                       counted(total.tally.decisions, "round"), elapsed_s, rate, rate / order.jobs,
                       counted(order.jobs, "job"));
}

std::string sim_json(const sim::Order& order, const sim::Total& total,
                     const std::optional<LoggedWorld>& logged) {
    const sim::Tally& tally = total.tally;
    const sim::Ledger& ledger = tally.datagrams;
    const sim::DiskTally& disks = tally.disks;
    nlohmann::ordered_json damaged;
    for (std::size_t i = 0; i < sim::damage_kinds; ++i)
        damaged[std::string(sim::damage_names[i])] = tally.damaged[i];
    nlohmann::ordered_json json{
        {"worlds", tally.worlds},
        {"first_seed", order.first_seed},
        {"decisions", tally.decisions},
        {"messages", tally.messages},
        {"turns", tally.turns},
        {"datagrams",
         {{"sent", ledger.sent},
          {"duplicated", ledger.duplicated},
          {"forged", ledger.forged},
          {"accepted", ledger.accepted},
          {"rejected", ledger.rejected},
          {"lost", ledger.lost},
          {"cut_off", ledger.cut_off},
          {"overflowed", ledger.overflowed},
          {"for_the_dead", ledger.for_the_dead},
          {"under_way", ledger.under_way},
          {"delayed", tally.delayed},
          {"overtaken", tally.overtaken}}},
        {"damaged", damaged},
        {"cuts",
         {{"all", tally.cuts},
          {"one_way", tally.one_way_cuts},
          {"bridged", tally.bridge_cuts},
          {"one_alone", tally.single_node_cuts},
          {"flapping", tally.flapping_cuts}}},
        {"clogs", tally.clogs},
        {"pauses", tally.pauses},
        {"starved", tally.starved},
        {"crashes", tally.crashes},
        {"restarts", tally.restarts},
        {"disks",
         {{"flushes", disks.flushes},
          {"slow", disks.slow},
          {"failed", disks.failed},
          {"short", disks.short_write},
          {"torn", disks.torn},
          {"lost", disks.lost},
          {"written", disks.written},
          {"unflushed", disks.unflushed},
          {"torn_starts", disks.torn_starts},
          {"torn_tails", disks.torn_tails},
          {"rotten", disks.rotten},
          {"misdirected", disks.misdirected},
          {"full", disks.full},
          {"checkpoints", disks.checkpoints},
          {"torn_checkpoints", disks.torn_checkpoints}}},
        {"from_history", tally.from_history},
        {"late_counters", tally.late_counters},
        {"resent", tally.resent},
        {"copies", tally.copies},
        {"preemptions", tally.preemptions},
        {"takeovers", tally.takeovers},
        {"skipped", tally.skipped},
        {"no_ops", tally.no_ops},
        {"live_worlds", total.live},
        {"hash", fmt::format("{:016x}", total.hash)},
        {"verdict", !total.failure                                   ? "SAFE"
                    : total.failure->verdict == sim::Verdict::unsafe ? "UNSAFE"
                                                                     : "STUCK"}};
    if (total.failure)
        json["failure"] = {{"seed", total.failure->draw.seed},
                           {"what", total.failure->failure},
                           {"replay", replay_line(total.failure->draw.seed, order.wish)}};
    if (logged)
        json["log"] = {{"replay", replay_line(logged->draw.seed, order.wish)},
                       {"protocol", name_of(logged->draw.protocol)},
                       {"nodes", logged->draw.nodes},
                       {"trace", measure::json_of(logged->trace)}};
    return json.dump(2) + "\n";
}

}  // namespace paxos::cli
