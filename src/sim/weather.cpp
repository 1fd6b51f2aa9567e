#include "sim/weather.h"

#include <algorithm>

#include "sim/names.h"

namespace paxos::sim {

Weather::Weather(const Draw& draw, std::uint64_t seed, Tick now, Report report_to)
    : faults_(draw.faults),
      nodes_(draw.nodes),
      quorum_size_(draw.quorums().larger().size()),
      random_(mix(seed)),
      report_(std::move(report_to)),
      now_(now),
      disk_(draw.disk) {
    at_.fill(never);
    plan(cut, faults_.cut_every_ns);
    plan(clog, faults_.clog_every_ns);
    plan(pause, faults_.pause_every_ns);
    plan(starve, faults_.starve_every_ns);
    plan(crash, faults_.crash_every_ns);
    plan(fall, disk_.restart_every_ns);
    find_next();
}

/// Schedules the next event of `kind`: 1/2 to 3/2 of `mean` from now, or never if `mean` is zero.
void Weather::plan(Kind kind, Tick mean) {
    at_[kind] = mean == 0 ? never : now_ + mean / 2 + random_.below(mean + 1);
}

void Weather::find_next() { next_at_ = *std::min_element(at_.begin(), at_.end()); }

void Weather::change(Tally& tally) {
    now_ = next_at_;
    const auto kind = static_cast<Kind>(std::min_element(at_.begin(), at_.end()) - at_.begin());
    at_[kind] = never;
    switch (kind) {
        case cut: begin_cut(tally); break;
        case restore:
            cut_.fill({});
            at_[flap] = never;
            plan(cut, faults_.cut_every_ns);
            report("all paths are open again");
            break;
        case flap:
            shut_ = !shut_;
            cut_ = shut_ ? shape_ : decltype(cut_){};
            plan(flap, flap_ns_);
            break;
        case clog: {
            const NodeId from = some_node(), to = some_node();
            clogged_until_[from][to] = now_ + random_.below(20'000'000);
            ++tally.clogs;
            report("the path from " + name(from) + " to " + name(to) + " is congested for a while");
            plan(clog, faults_.clog_every_ns);
            break;
        }
        case pause: {
            const NodeId node = some_node();
            paused_until_[node] = now_ + random_.below(faults_.pause_max_ns);
            ++tally.pauses;
            report(name(node) + " pauses for a while");
            plan(pause, faults_.pause_every_ns);
            break;
        }
        case starve: {
            const NodeId node = some_node();
            starved_until_[node] = now_ + random_.below(50'000'000);
            ++tally.starved;
            report(name(node) + " is starved of its core for a while");
            plan(starve, faults_.starve_every_ns);
            break;
        }
        case crash: stop(some_node(), tally); break;
        case fall:
            if (random_.below(8) == 0)
                cut_power(now_, tally);
            else
                end_for_a_while(some_node(), now_, tally);
            plan(fall, disk_.restart_every_ns);
            break;
        case rise: start_nodes(tally); break;
        case kinds: break;
    }
    find_next();
}

void Weather::cut_power(Tick now, Tally& tally) {
    const bool is_all = random_.below(3) == 0;
    for (NodeId node = 0; node < nodes_; ++node)
        if (is_all || random_.below(3) == 0) end_for_a_while(node, now, tally);
}

void Weather::end_for_a_while(NodeId node, Tick now, Tally& tally) {
    if (crashed_.has(node)) return;
    crashed_.add(node);
    crashed_at_[node] = now;
    returns_at_[node] = now + 1 + random_.below(disk_.down_max_ns);
    ++tally.restarts;
    report(name(node) + " dies and restarts later");
    find_rise();
    find_next();
}

void Weather::start_nodes(Tally& tally) {
    (crashed_ - dead_).for_each([&](NodeId node) {
        if (returns_at_[node] > now_) return;
        if (disk_.damaged_one_in != 0 && dead_.count() < faults_.crashes &&
            random_.below(disk_.damaged_one_in) == 0) {
            dead_.add(node);
            damaged_.add(node);
            ++tally.crashes;
            return report("the file of " + name(node) + " is damaged, so it stays dead");
        }
        crashed_.remove(node);
        report(name(node) + " starts again");
    });
    find_rise();
}

void Weather::find_rise() {
    at_[rise] = never;
    (crashed_ - dead_).for_each([&](NodeId node) {
        at_[rise] = std::min(at_[rise], returns_at_[node]);
    });
}

void Weather::stop(NodeId node, Tally& tally) {
    if (!dead_.has(node) && dead_.count() < faults_.crashes) {
        dead_.add(node);
        crashed_.add(node);
        crashed_at_[node] = now_;
        ++tally.crashes;
        report(name(node) + " dies");
    }
    if (dead_.count() < faults_.crashes) plan(crash, faults_.crash_every_ns);
}

void Weather::begin_cut(Tally& tally) {
    draw_shape(tally);
    cut_ = shape_;
    ++tally.cuts;
    plan(restore, 1'000'000 + random_.below(80'000'000));
    if (random_.below(4) == 0) {
        shut_ = true;
        flap_ns_ = 100'000 + random_.below(5'000'000);
        ++tally.flapping_cuts;
        plan(flap, flap_ns_);
    }
}

/// Draws which paths are cut. Five shapes are equally likely: (0) all paths between two sides, (1)
/// all paths between two sides except the paths of one bridge node, (2) all paths of one node, (3)
/// all paths from one side to the other, (4) each directed path with probability 1/3.
void Weather::draw_shape(Tally& tally) {
    shape_.fill({});
    const NodeMask side{random_.next() & NodeMask::first(nodes_).bits()};
    const NodeId one = some_node();
    const std::uint64_t shape = random_.below(5);
    for (NodeId a = 0; a < nodes_; ++a)
        for (NodeId b = 0; b < nodes_; ++b) {
            const bool apart = side.has(a) != side.has(b);
            const bool with_one = a == one || b == one;
            if (shape == 0   ? apart
                : shape == 1 ? apart && !with_one
                : shape == 2 ? with_one
                : shape == 3 ? apart && side.has(a)
                             : random_.below(3) == 0)
                shape_[a].add(b);
        }
    tally.bridge_cuts += shape == 1;
    tally.single_node_cuts += shape == 2;
    tally.one_way_cuts += shape >= 3;
    static constexpr std::array<const char*, 5> words = {
        "two sides no longer hear each other", "two sides are connected only by a bridge",
        "one node is cut off", "one side no longer hears the other", "some paths are cut"};
    report(words[shape]);
}

void Weather::heal(Tick now) {
    now_ = now;
    at_.fill(never);
    disk_.damaged_one_in = 0;
    find_rise();
    find_next();
    cut_.fill({});
    for (auto& row : clogged_until_) row.fill(0);
    paused_until_.fill(0);
    starved_until_.fill(0);
    report("cuts and pauses end; dead nodes stay dead");
}

NodeMask Weather::cut_for_good(Tick now, Tally& tally) {
    now_ = now;
    const NodeMask living = NodeMask::first(nodes_) - dead_;
    NodeId hub = some_node();
    while (!living.has(hub)) hub = some_node();
    NodeMask quorum = NodeMask::of(hub);
    while (quorum.count() < quorum_size_)
        if (const NodeId node = some_node(); living.has(node)) quorum.add(node);
    const std::uint64_t kept_one_in = std::array<std::uint64_t, 4>{1'000'000, 4, 2,
                                                                   10}[random_.below(4)];
    const bool keeps_most = kept_one_in == 10;
    for (NodeId from = 0; from < nodes_; ++from)
        for (NodeId to = 0; to < nodes_; ++to) {
            const bool is_needed = (from == hub && quorum.has(to)) ||
                                   (to == hub && quorum.has(from));
            const bool is_drawn = random_.below(kept_one_in) == 0;
            if (!is_needed && is_drawn == keeps_most) cut_[from].add(to);
        }
    ++tally.permanent_cuts;
    report("paths are cut permanently; " + name(hub) + " and a quorum still hear each other");
    NodeMask reached = NodeMask::of(hub), before;
    while (reached != before) {
        before = reached;
        before.for_each([&](NodeId from) { reached = reached | (living - cut_[from]); });
    }
    return reached;
}

NodeMask Weather::ended(Tick now) const {
    NodeMask ended;
    crashed_.for_each([&](NodeId node) {
        if (now - crashed_at_[node] >= faults_.death_known_ns) ended.add(node);
    });
    return ended;
}

}  // namespace paxos::sim
