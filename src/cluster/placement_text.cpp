// Describes a placement. Lists the cores one by one if the text is then short enough. Otherwise
// summarizes all cores.
#include "cluster/placement_text.h"

#include <algorithm>

#include "cluster/placement.h"
#include "trace/words.h"

namespace paxos::cluster {
namespace {

using trace::names_of;
using trace::ranges;

/// The nodes of one core.
struct Group {
    int core = 0;
    NodeMask nodes;
    node::IdleKind idle = node::IdleKind::spin;

    [[nodiscard]] bool is_shared() const { return nodes.count() > 1; }
};

std::vector<Group> groups_of(const Placement& placement) {
    std::vector<Group> groups;
    for (std::size_t node = 0; node < placement.core_of.size(); ++node) {
        auto group = std::ranges::find(groups, placement.core_of[node], &Group::core);
        if (group == groups.end())
            group = groups.insert(
                groups.end(), Group{placement.core_of[node], NodeMask{}, placement.idle_of[node]});
        group->nodes.add(static_cast<NodeId>(node));
    }
    return groups;
}

std::string core_by_core(const std::vector<Group>& groups, bool any_shared,
                         const Language& language) {
    std::string text;
    for (const Group& group : groups) {
        const std::string nodes = names_of(group.nodes);
        text += (text.empty() ? "" : "; ") +
                (group.is_shared() ? language.text("{0} share {1}", nodes, group.core)
                                   : language.text("{0} on {1}", nodes, group.core));
        const bool is_last = &group == &groups.back();
        // A node that is alone on its core spins by default. For such nodes the text has "(spin)"
        // only once, after the last core, and only if no core is shared.
        if (group.is_shared() || group.idle != node::IdleKind::spin || (is_last && !any_shared))
            text += std::string(" (") + name_of(group.idle) + ")";
    }
    return text;
}

/// Describes the groups from `first` on in one text. Names their nodes and cores if `with_cores` is
/// true. Otherwise counts them: "60 nodes share 15 cores, 4 each (yield)".
std::string all_together(const std::vector<Group>& groups, std::size_t first, bool with_cores,
                         const Language& language) {
    NodeMask nodes;
    std::vector<int> cores;
    std::size_t fewest = ~std::size_t{0}, most = 0;
    for (std::size_t i = first; i < groups.size(); ++i) {
        nodes = nodes | groups[i].nodes;
        cores.push_back(groups[i].core);
        fewest = std::min(fewest, groups[i].nodes.count());
        most = std::max(most, groups[i].nodes.count());
    }
    const std::string who = with_cores ? names_of(nodes)
                                       : language.text("{0} nodes", nodes.count());
    const std::string where = with_cores ? ranges(cores) : language.text("{0} cores", cores.size());
    std::string each = std::to_string(fewest);
    if (most == 1)
        each = language.text("one");
    else if (most == fewest + 1)
        each = language.text("{0} or {1}", fewest, most);
    else if (most != fewest)
        each = language.text("{0} to {1}", fewest, most);
    const auto busiest = std::ranges::max_element(
        groups, {}, [](const Group& group) { return group.nodes.count(); });
    const bool differs = groups.back().idle != busiest->idle;
    const std::string idle = differs ? language.text("{0} where shared", name_of(busiest->idle))
                                     : name_of(busiest->idle);
    return most > 1 ? language.text("{0} share {1}, {2} each ({3})", who, where, each, idle)
                    : language.text("{0} on {1}, {2} each ({3})", who, where, each, idle);
}

}  // namespace

std::string describe(const Placement& placement, const Language& language) {
    const std::vector<Group> groups = groups_of(placement);
    if (groups.empty()) return "";
    const bool any_shared = std::ranges::any_of(groups, &Group::is_shared);
    const bool first_apart = any_shared && !groups.front().is_shared() && groups.size() > 1;

    std::string text = core_by_core(groups, any_shared, language);
    if (text.size() <= placement_text_max) return text;
    const std::string apart = first_apart ? language.text("n0 on {0}; ", groups.front().core) : "";
    text = apart + all_together(groups, first_apart ? 1 : 0, true, language);
    if (text.size() <= placement_text_max) return text;
    return apart + all_together(groups, first_apart ? 1 : 0, false, language);
}

const char* name_of(node::IdleKind idle) {
    switch (idle) {
        case node::IdleKind::automatic: return "auto";
        case node::IdleKind::spin: return "spin";
        case node::IdleKind::yield: return "yield";
        case node::IdleKind::block: return "block";
    }
    return "?";
}

}  // namespace paxos::cluster
