// The breadth-first search that search.h describes. A world here is one state of the cluster.
//
// A letter is a message in flight to one node. The search drops two kinds of letters. A useless
// letter has no effect at its node. A duplicate has the same effect as another letter to the same
// node, which the search keeps. Worlds that differ only in dropped letters count as one.
//
// A letter that is useless or a duplicate in the present state of its node may have an effect of
// its own in a later state. The search therefore checks its drops at the end
// (SearchNode::missed()). For each dropped letter, the check visits every state that the node can
// reach from the state in which the letter was dropped. In all these states a letter that was
// dropped as useless must have no effect. A letter that was dropped as a duplicate must have the
// same effect as the letter that was kept.
//
// If a letter fails the check, the search starts again and keeps this letter. If all letters pass,
// the search is exhaustive: a useless letter never has an effect, and every step that a duplicate
// causes is also caused by the letter that was kept.
#include "sim/search.h"

#include <algorithm>
#include <optional>

#include "sim/search_nodes.h"
#include "sim/search_text.h"

namespace paxos::sim {
namespace {

/// A world: the state of each node, the number of ballots begun, the number of crashes, the record
/// of the oracle, and the letters in flight.
struct WorldState {
    std::array<StateId, SearchOracle::nodes_max> nodes{};
    std::uint16_t begun = 0;
    std::uint16_t crashed = 0;
    SearchOracle oracle;
    Bag bag;
};
static_assert(sizeof(SearchOracle) % 4 == 0 && std::has_unique_object_representations_v<WorldState>,
              "worlds are compared by their bytes");

/// 128-bit fingerprints of all worlds reached, in a table with open addressing.
class Met {
public:
    /// Returns false if `world` was already in the table.
    bool add(const WorldState& world) {
        if (2 * count_ >= table_.size()) grow();
        const bool is_new = put(fingerprint(&world, sizeof world));
        count_ += is_new;
        return is_new;
    }
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    bool put(const Fingerprint& print) {
        std::size_t at = print.low & (table_.size() - 1);
        for (; table_[at] != Fingerprint{}; at = (at + 1) & (table_.size() - 1))
            if (table_[at] == print) return false;
        table_[at] = print;
        return true;
    }
    void grow() {
        std::vector<Fingerprint> old(table_.size() * 4);
        old.swap(table_);
        for (const Fingerprint& print : old)
            if (print != Fingerprint{}) put(print);
    }

    std::uint64_t count_ = 0;
    std::vector<Fingerprint> table_ = std::vector<Fingerprint>(std::size_t{1} << 16);
};

/// How a world was first reached.
struct Origin {
    std::uint32_t parent;
    NodeId node;
    Choice choice;
};

template <class Protocol, class Limits>
class Search {
public:
    Search(const SearchScope& scope, bool whole_log) : scope_(scope) {
        rules_ = {scope.nodes,
                  scope.slots,
                  whole_log,
                  scope.slots <= Limits::window_max,
                  {},
                  scope.proposers,
                  scope.accept_quorum != 0 ? scope.accept_quorum : scope.nodes / 2 + 1,
                  scope.durable};
        for (Slot slot = 0; slot < scope.slots; ++slot)
            for (NodeId node = 0; node < scope.proposers; ++node)
                rules_.proposable.push_back(value_of(node, slot));
        for (NodeId node = 0; node < scope.nodes; ++node)
            nodes_.push_back(std::make_unique<Node>(node, scope, rules_, letters_, numbers_));
    }

    SearchResult run() {
        for (;;) {
            ++result_.attempts;
            const bool ended = run_once();
            result_.states = met_->count();
            result_.states_without_messages = without_messages_->count();
            result_.messages = letters_.size();
            result_.node_states = 0;
            for (const auto& node : nodes_) result_.node_states += node->size();
            if (!ended || !result_.failure.empty()) return result_;
            const Bag kept = kept_, alone = alone_;
            for (const auto& node : nodes_) {
                const auto missed = node->missed();
                missed.has_effect.for_each([&](MessageId letter) { kept_.add(letter); });
                missed.differs.for_each([&](MessageId letter) { alone_.add(letter); });
            }
            if (kept == kept_ && alone == alone_) break;
        }
        for (const auto& node : nodes_)
            if (!node->audit())
                result_.failure = "two merged states react differently to the same choice";
        result_.complete = result_.failure.empty();
        return result_;
    }

private:
    using Node = SearchNode<Protocol, Limits>;

    static Value value_of(NodeId node, Slot slot) {
        Value value{};
        value.words[0] = slot;
        value.words[1] = 0x100 + node;
        return value;
    }

    /// False if the search stopped at scope_.states_max or at Letters::max.
    bool run_once() {
        for (const auto& node : nodes_) node->forget_nothing();
        met_.emplace();
        without_messages_.emplace();
        origins_.clear();
        result_.transitions = result_.skips = result_.depth = 0;
        std::vector<WorldState> level(1), next;
        met_->add(level.front());
        without_messages_->add(level.front());
        origins_.push_back({});
        std::uint32_t index = 0;
        for (; !level.empty(); ++result_.depth, level.swap(next), next.clear()) {
            for (const WorldState& world : level) {
                if (met_->count() > scope_.states_max || letters_.size() > Letters::max)
                    return false;
                expand(world, index++, next);
                if (!result_.failure.empty()) return true;
            }
        }
        return true;
    }

    void expand(const WorldState& world, std::uint32_t index, std::vector<WorldState>& next) {
        world.bag.for_each([&](MessageId id) {
            go(world, index, letters_.at(id).to,
               {Choice::Kind::take, static_cast<std::uint16_t>(id)}, next);
        });
        if (scope_.slots > 1) take_pairs(world, index, next);
        for (NodeId id = 0; id < scope_.nodes; ++id) {
            if (world.begun < scope_.ballots && nodes_[id]->may_take_over(world.nodes[id]))
                go(world, index, id, {Choice::Kind::take_over}, next);
            if (nodes_[id]->may_ask_again(world.nodes[id]))
                go(world, index, id, {Choice::Kind::ask_again}, next);
            skip(world, index, id, next);
            if (nodes_[id]->may_flush(world.nodes[id]))
                go(world, index, id, {Choice::Kind::flush}, next);
            if (world.crashed < scope_.crashes) go(world, index, id, {Choice::Kind::crash}, next);
        }
    }
    /// Lets node `id` skip to the slot `to`, which is the highest retained_from of all nodes. Does
    /// nothing if the node has learned all slots below `to`.
    void skip(const WorldState& world, std::uint32_t index, NodeId id,
              std::vector<WorldState>& next) {
        Slot to = 0;
        for (NodeId peer = 0; peer < scope_.nodes; ++peer)
            to = std::max(to, nodes_[peer]->at(world.nodes[peer]).retained_from());
        if (nodes_[id]->may_skip(world.nodes[id], to))
            go(world, index, id, {Choice::Kind::skip, static_cast<std::uint16_t>(to)}, next);
    }
    /// Delivers two ACCEPTEDs for neighbouring slots in one step. A proposer sends a DECIDE that
    /// covers both slots only if it receives both ACCEPTEDs in one step.
    void take_pairs(const WorldState& world, std::uint32_t index, std::vector<WorldState>& next) {
        world.bag.for_each([&](MessageId second) {
            const Letter& high = letters_.at(second);
            if (high.message().kind != MessageKind::accepted || high.message().slot == 0) return;
            world.bag.for_each([&](MessageId first) {
                const Letter& low = letters_.at(first);
                if (low.message().kind == MessageKind::accepted && low.to == high.to &&
                    low.message().slot + 1 == high.message().slot)
                    go(world, index, low.to,
                       {Choice::Kind::take_two, static_cast<std::uint16_t>(first),
                        static_cast<std::uint16_t>(second)},
                       next);
            });
        });
    }

    void go(const WorldState& from, std::uint32_t index, NodeId id, Choice choice,
            std::vector<WorldState>& next) {
        if (!result_.failure.empty()) return;
        const Effect& effect = nodes_[id]->effect(from.nodes[id], choice);
        if (effect.does_nothing(from.nodes[id])) return;
        ++result_.transitions;
        result_.skips += choice.kind == Choice::Kind::skip;
        WorldState world = from;
        world.nodes[id] = effect.to;
        world.begun = static_cast<std::uint16_t>(world.begun + effect.began);
        world.crashed = static_cast<std::uint16_t>(world.crashed + effect.crashed);
        const char* broken = nullptr;
        for (const Action& action : effect.actions) {
            broken = world.oracle.record(id, action, rules_, numbers_);
            if (broken) break;
        }
        for (const MessageId letter : effect.sent)
            if (letter < Letters::max) world.bag.add(letter);
        if (!broken && scope_.forgets) tidy(world);
        if (!broken && !met_->add(world)) return;
        origins_.push_back({index, id, choice});
        if (broken) {
            result_.failure = describe(broken);
            return;
        }
        next.push_back(world);
        world.bag = Bag{};
        without_messages_->add(world);
    }
    void tidy(WorldState& world) {
        // The classes (SearchNode::class_of()) found so far, each with the one letter that is kept.
        std::array<std::pair<MessageId, MessageId>, Letters::max> first;
        std::size_t classes = 0;
        world.bag.for_each([&](MessageId letter) {
            const NodeId to = letters_.at(letter).to;
            const MessageId of = nodes_[to]->class_of(world.nodes[to], letter);
            MessageId kept = of;
            if (of == no_effect ? kept_.has(letter) : alone_.has(letter)) return;
            if (of != no_effect) {
                const auto end = first.begin() + static_cast<std::ptrdiff_t>(classes);
                const auto it = std::find_if(first.begin(), end,
                                             [&](const auto& known) { return known.first == of; });
                if (it == end) {
                    first[classes++] = {of, letter};
                    return;
                }
                kept = it->second;
            }
            nodes_[to]->forget(world.nodes[to], letter, kept);
            world.bag.remove(letter);
        });
    }

    /// The shortest history to the world reached last.
    [[nodiscard]] std::string describe(const char* broken) {
        std::vector<std::uint32_t> way;
        for (auto at = static_cast<std::uint32_t>(origins_.size() - 1); at != 0;
             at = origins_[at].parent)
            way.push_back(at);
        std::reverse(way.begin(), way.end());
        std::string text = broken;
        std::array<StateId, SearchOracle::nodes_max> stands{};
        for (const std::uint32_t step : way) {
            const auto [parent, node, choice] = origins_[step];
            text += "\n  n" + std::to_string(node);
            if (choice.kind == Choice::Kind::take_over) text += " takes over";
            if (choice.kind == Choice::Kind::ask_again) text += " retransmits";
            if (choice.kind == Choice::Kind::skip) text += " skips";
            if (choice.kind == Choice::Kind::flush) text += " flushes";
            if (choice.kind == Choice::Kind::crash) text += " crashes and restarts";
            if (choice.kind == Choice::Kind::take || choice.kind == Choice::Kind::take_two)
                text += " < " + to_text(letters_.at(choice.first).message());
            if (choice.kind == Choice::Kind::take_two)
                text += " and " + to_text(letters_.at(choice.second).message());
            const Effect& effect = nodes_[node]->effect(stands[node], choice);
            stands[node] = effect.to;
            for (const Action& action : effect.actions) text += "\n       " + to_text(action);
        }
        return text;
    }

    SearchScope scope_;
    SearchRules rules_;
    Letters letters_;
    Numbers numbers_;
    std::vector<std::unique_ptr<Node>> nodes_;
    // Letters that an earlier attempt dropped wrongly. This attempt keeps them. A letter of `kept_`
    // was dropped as useless, a letter of `alone_` as a duplicate (see the top of this file).
    Bag kept_, alone_;
    std::optional<Met> met_;
    std::optional<Met> without_messages_;  // The worlds reached, ignoring the letters in flight.
    std::vector<Origin> origins_;
    SearchResult result_;
};

template <class Sizes>
SearchResult search_with(const SearchScope& scope) {
    return with_variant<Sizes>(scope.variant, [&]<class Protocol>() {
        constexpr bool whole_log = Protocol::scope == PromiseScope::whole_log;
        return Search<Protocol, Sizes>(scope, whole_log).run();
    });
}

}  // namespace

SearchResult search(const SearchScope& scope) {
    PAXOS_ASSERT(scope.nodes <= SearchOracle::nodes_max && scope.slots <= SearchOracle::slots_max);
    PAXOS_ASSERT(scope.proposers >= 1 && scope.proposers <= scope.nodes && scope.ballots <= 4);
    return scope.ring_of_two ? search_with<limits::Pair>(scope) : search_with<limits::Tiny>(scope);
}

}  // namespace paxos::sim
