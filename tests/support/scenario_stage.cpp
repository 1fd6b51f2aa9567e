// The commands of scenarios (see scenario_stage.h), performed on a simulated cluster.
#include "support/scenario_stage.h"

#include <functional>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "sim/world.h"
#include "support/scenario_narrator.h"
#include "support/scenario_values.h"
#include "trace/words.h"

namespace paxos::test {
namespace {

using sim::Filter;
using sim::Packet;

struct Scene {
    Variant variant = default_variant;
    sim::Setup setup{.target = 0};
};

Variant take_variant(ScenarioWords& words) {
    for (std::size_t i = 0; i < variant_names.size(); ++i)
        if (words.take(std::string(variant_names[i]))) return static_cast<Variant>(i);
    words.fail("no such protocol");
}

/// Reads the set-up commands, which come first. Returns their number.
std::size_t set_scene(std::vector<ScenarioWords>& commands, Scene& scene) {
    std::size_t count = 0;
    for (; count < commands.size(); ++count) {
        ScenarioWords& words = commands[count];
        if (words.take("protocol"))
            scene.variant = take_variant(words);
        else if (words.take("nodes"))
            scene.setup.nodes = words.number("nodes", 1, limits::nodes_max);
        else if (words.take("proposers"))
            scene.setup.proposers = words.number("proposers", 1, scene.setup.nodes);
        else if (words.take("window"))
            scene.setup.window = static_cast<std::uint32_t>(
                words.number("window", 1, limits::Tiny::window_max));
        else if (words.take("thrifty"))
            scene.setup.thrifty = true;
        else if (words.take("runs"))
            scene.setup.runs = true;
        else if (words.take("counter"))
            scene.setup.first_counter = words.number("counter", 1, limits::ballot_counter_max);
        else
            break;
        words.expect_end();
    }
    return count;
}

template <class Protocol>
class Stage {
public:
    explicit Stage(const Scene& scene)
        : world_(scene.setup),
          targets_(scene.setup.nodes),
          narrator_(scene.setup.nodes, World::whole_log,
                    [this](const Value& value) { return values_.text_of(value); }) {}

    void perform(ScenarioWords& words) {
        if (words.take("note")) return narrator_.print_line("== " + words.text().substr(5));
        const bool quiet = words.take("quietly");
        narrator_.set_quiet(quiet);
        const std::string name = words.word("command");
        const auto command = commands().find(name);
        if (command == commands().end()) words.fail("unknown command '" + name + "'");
        (this->*command->second)(words);
        words.expect_end();
        narrator_.set_quiet(false);
        if (quiet) print_progress();
        if (!world_.failure().empty()) words.fail("a rule is broken: " + world_.failure());
    }
    [[nodiscard]] const std::string& trace() const { return narrator_.trace(); }

private:
    using World = sim::World<Protocol>;
    using Command = void (Stage::*)(ScenarioWords&);
    struct Cut {
        NodeMask from, to;
    };

    static const std::map<std::string, Command>& commands() {
        static const std::map<std::string, Command> all = {
            {"step", &Stage::on_step},       {"propose", &Stage::on_propose},
            {"crash", &Stage::on_crash},     {"pause", &Stage::on_pause},
            {"resume", &Stage::on_resume},   {"deliver", &Stage::on_deliver},
            {"settle", &Stage::on_settle},   {"together", &Stage::on_together},
            {"drop", &Stage::on_drop},       {"double", &Stage::on_double},
            {"reverse", &Stage::on_reverse}, {"hold", &Stage::on_hold},
            {"release", &Stage::on_release}, {"cut", &Stage::on_cut},
            {"heal", &Stage::on_heal},       {"advance", &Stage::on_advance},
            {"run", &Stage::on_run},         {"expect", &Stage::on_expect},
        };
        return all;
    }

    // ---- nodes ----
    NodeId running(ScenarioWords& words) {
        const NodeId node = words.node(world_.size());
        if (!world_.runs(node)) words.fail("n" + std::to_string(node) + " does not run");
        return node;
    }
    void step(NodeId node, const ScenarioNarrator::Cause& cause,
              std::span<const Packet> arrived = {}) {
        world_.step(node, arrived);
        narrator_.print_step(node, world_.now() - begin_, cause, arrived, world_.events());
    }
    void on_step(ScenarioWords& words) { step(running(words), {"step", {}}); }
    void on_propose(ScenarioWords& words) {
        const NodeId node = running(words);
        const SlotRange slots = words.slots();
        if (slots.first < targets_[node])
            words.fail(fmt::format("n{} already proposes up to slot {}", node, targets_[node] - 1));
        const bool named = !words.empty();
        std::string names = " ";
        for (Slot slot = slots.first; slot < slots.end; ++slot) {
            if (!named) continue;
            const std::string name = words.word("name for slot " + std::to_string(slot));
            if (!values_.name(node, slot, name))
                words.fail("'" + name + "' is the name of another value");
            names += name + " ";
        }
        targets_[node] = slots.end;
        world_.set_target(node, slots.end);
        if (slots.size() == 1)
            return step(
                node, {fmt::format("is to propose{}in slot {}", names, slots.first), slots.first});
        step(node,
             {fmt::format("is to propose{}in slots {} to {}", names, slots.first, slots.end - 1),
              {}});
    }
    void on_crash(ScenarioWords& words) {
        const NodeId node = running(words);
        world_.crash(node);
        narrator_.print_line(fmt::format("n{} dies", node));
    }
    void on_pause(ScenarioWords& words) {
        const NodeId node = running(words);
        world_.pause(node);
        narrator_.print_line(fmt::format("n{} is stopped", node));
    }
    void on_resume(ScenarioWords& words) {
        const NodeId node = words.node(world_.size());
        if (world_.runs(node) || world_.is_crashed(node))
            words.fail(fmt::format("n{} is not paused", node));
        world_.resume(node);
        narrator_.print_line(fmt::format("n{} wakes", node));
    }

    // ---- the network ----
    Filter passes() {
        world_.drop({[this](const Packet& packet) {
            if (world_.is_crashed(packet.to)) return true;
            for (const Cut& cut : cuts_)
                if (cut.from.has(packet.from) && cut.to.has(packet.to)) return true;
            return false;
        }});
        return {[this](const Packet& packet) { return world_.runs(packet.to); }};
    }
    std::size_t deliver(const Filter& filter) {
        const std::vector<Packet> taken = world_.take(passes() && filter);
        for (const Packet& packet : taken) step(packet.to, {"header", {}}, {&packet, 1});
        return taken.size();
    }
    void on_deliver(ScenarioWords& words) {
        if (deliver(words.filter(world_.size())) == 0) words.fail("no such packet is in flight");
    }
    void on_settle(ScenarioWords& words) {
        const Filter filter = words.filter(world_.size());
        if (deliver(filter) == 0) words.fail("no such packet is in flight");
        for (int i = 0; deliver(filter) != 0; ++i)
            if (i == 1000)
                words.fail("packets are still in flight after 1000 rounds of deliveries");
    }
    void on_together(ScenarioWords& words) {
        const std::vector<Packet> taken = world_.take(passes() && words.filter(world_.size()));
        if (taken.empty()) words.fail("no such packet is in flight");
        for (NodeId node = 0; node < world_.size(); ++node) {
            std::vector<Packet> arrived;
            for (const Packet& packet : taken)
                if (packet.to == node) arrived.push_back(packet);
            if (arrived.size() > World::arrivals_max)
                words.fail("more packets than a node receives in one step");
            if (!arrived.empty()) step(node, {"headers", {}}, arrived);
        }
    }
    std::vector<Packet> take(ScenarioWords& words) {
        std::vector<Packet> taken = world_.take(words.filter(world_.size()));
        if (taken.empty()) words.fail("no such packet is in flight");
        return taken;
    }
    void put(const std::vector<Packet>& packets) {
        for (const Packet& packet : packets) world_.put(packet);
    }
    void on_drop(ScenarioWords& words) { narrator_.print_lost(take(words)); }
    void on_double(ScenarioWords& words) {
        const std::vector<Packet> taken = take(words);
        put(taken);
        put(taken);
    }
    void on_reverse(ScenarioWords& words) {
        const std::vector<Packet> taken = take(words);
        put({taken.rbegin(), taken.rend()});
    }
    void on_hold(ScenarioWords& words) {
        const std::vector<Packet> taken = take(words);
        held_.insert(held_.end(), taken.begin(), taken.end());
    }
    void on_release(ScenarioWords& words) {
        if (held_.empty()) words.fail("nothing is held");
        put(held_);
        held_.clear();
    }
    void on_cut(ScenarioWords& words) {
        const NodeMask from = words.nodes(world_.size());
        const bool one_way = words.take("->");
        if (!one_way) words.expect("|");
        const NodeMask to = words.nodes(world_.size());
        if (!(from & to).empty()) words.fail("a node is on both sides");
        cuts_.push_back({from, to});
        if (!one_way) cuts_.push_back({to, from});
        narrator_.print_line(fmt::format("nothing passes {} {} {}", one_way ? "from" : "between",
                                         trace::names_of(from),
                                         (one_way ? "to " : "and ") + trace::names_of(to)));
    }
    void on_heal(ScenarioWords& words) {
        if (cuts_.empty()) words.fail("nothing is cut");
        cuts_.clear();
        narrator_.print_line("everything passes again");
    }

    // ---- time ----
    void advance(Tick time) {
        world_.move_clock(time);
        for (NodeId node = 0; node < world_.size(); ++node)
            if (world_.runs(node)) step(node, {"clock", {}});
    }
    void on_advance(ScenarioWords& words) { advance(words.time()); }
    void on_run(ScenarioWords& words) {
        constexpr Tick quantum = 100'000;
        for (const Tick end = world_.now() + words.time(); world_.now() < end;) {
            advance(std::min(quantum, end - world_.now()));
            deliver(sim::any());
        }
    }
    void print_progress() {
        std::string learned;
        for (NodeId node = 0; node < world_.size(); ++node) {
            const Slot end = world_.at(node).learned();
            learned += end == 0 ? fmt::format(", n{} none", node)
                                : fmt::format(", n{} all below {}", node, end);
        }
        if (learned == progress_) return;
        progress_ = learned;
        narrator_.print_line("... slots learned so far: " + learned.substr(2));
    }

    // ---- what must hold ----
    void on_expect(ScenarioWords& words) {
        const std::string what = words.word("what to expect");
        if (what == "learned") return expect_learned(words);
        if (what == "unlearned") {
            const NodeId node = words.node(world_.size());
            const Slot slot = words.slots().first;
            if (slot < world_.at(node).learned())
                words.fail(fmt::format("n{} has learned slot {}", node, slot));
        } else if (what == "decided" || what == "undecided") {
            const std::optional<Value> chosen = world_.chosen(words.slots().first);
            const std::string is = chosen ? values_.text_of(*chosen) : "nothing";
            const std::string wanted = what == "decided" ? words.word("name of a value")
                                                         : "nothing";
            if (is != wanted) words.fail(is + " is decided");
        } else if (what == "proposing" || what == "passive") {
            const NodeId node = words.node(world_.size());
            const bool proposes = world_.at(node).is_proposing();
            if (proposes != (what == "proposing"))
                words.fail(fmt::format("n{} {}", node, proposes ? "proposes" : "does not propose"));
        } else {
            words.fail("unknown expectation '" + what + "'");
        }
    }
    void expect_learned(ScenarioWords& words) {
        const NodeId node = words.node(world_.size());
        const Slot learned = world_.at(node).learned();
        if (words.take("below")) {
            if (learned != words.number("slot", 0, 1000))
                words.fail(fmt::format("n{} has learned the slots below {}", node, learned));
            return;
        }
        const Slot slot = words.slots().first;
        const std::string wanted = words.word("name of a value");
        if (slot >= learned || slot < world_.at(node).retained_from())
            words.fail(
                fmt::format("n{} has not learned slot {}, or no longer retains it", node, slot));
        const std::string is = values_.text_of(world_.at(node).value_of(slot));
        if (is != wanted) words.fail(fmt::format("n{} learned {} in slot {}", node, is, slot));
    }

    World world_;
    std::vector<Slot> targets_;
    const Tick begin_ = world_.now();
    ScenarioValues values_;
    ScenarioNarrator narrator_;
    std::string progress_;  // The progress that was printed last.
    std::vector<Packet> held_;
    std::vector<Cut> cuts_;
};

template <class Protocol>
std::string play_on(const Scene& scene, std::span<ScenarioWords> commands) {
    Stage<Protocol> stage(scene);
    for (ScenarioWords& words : commands) {
        try {
            stage.perform(words);
        } catch (const ScenarioError& error) {
            const std::string& trace = stage.trace();
            throw ScenarioError(std::string(error.what()) + "\nwhat happened before:\n" +
                                trace.substr(trace.size() > 2000 ? trace.size() - 2000 : 0));
        }
    }
    return stage.trace();
}

}  // namespace

std::string play(const ScenarioText& scenario) {
    std::vector<ScenarioWords> commands = scenario.commands;
    Scene scene;
    const std::size_t count = set_scene(commands, scene);
    const std::span<ScenarioWords> acts = std::span(commands).subspan(count);
    return with_variant<limits::Tiny>(
        scene.variant, [&]<class Protocol>() { return play_on<Protocol>(scene, acts); });
}

}  // namespace paxos::test
