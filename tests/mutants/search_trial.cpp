// Runs one mutant against the exhaustive search, with assertions off. The mutant is killed if the
// oracle finds a broken rule. Not a test: scripts/mutants.sh compiles this file and its
// dependencies as one unit, with the mutant's patch applied.
//
// Exit 5: the mutant is killed; stdout has the world, the rule and the history. Exit 0: the mutant
// survives.
#include <cstdio>
#include <cstdlib>

#include "sim/search.h"

namespace paxos {
[[noreturn]] void assert_failed(const char*, const char*, int) {
    std::abort();
}  // Never called, because assertions are off.
}  // namespace paxos

int main() {
    using namespace paxos;
    struct World {
        Variant variant;
        std::size_t nodes;
        Slot slots;
        unsigned ballots;
        bool ring_of_two = false;
        bool runs = false;
        std::size_t accept_quorum = 0;
        bool durable = false;
    };
    constexpr World worlds[] = {
        // Cheap worlds come first.
        {Variant::classic, 2, 1, 3},
        {Variant::multi, 2, 1, 3},
        {Variant::multi, 2, 3, 2, true},
        {Variant::classic, 2, 2, 2, false, true},
        {Variant::classic, 2, 1, 2, false, false, 0, true},
        {Variant::multi, 2, 1, 2, false, false, 0, true},
        {Variant::multi, 2, 2, 3, false, true},
        {Variant::classic, 3, 1, 3},
        {Variant::multi, 3, 1, 3},
        {Variant::multi, 3, 2, 2},
        {Variant::multi, 3, 1, 2, false, false, 2},
    };
    for (const World& world : worlds) {
        sim::SearchScope scope;
        scope.variant = world.variant;
        scope.nodes = world.nodes;
        scope.slots = world.slots;
        scope.ballots = world.ballots;
        scope.ring_of_two = world.ring_of_two;
        scope.accept_quorum = world.accept_quorum;
        scope.runs = world.runs;
        scope.durable = world.durable;
        scope.crashes = world.durable ? 1 : 0;
        scope.audit_one_in = 0;
        // With a mutant, a world may have infinitely many states. Without a mutant, only the world
        // of three nodes and two slots reaches this bound.
        scope.states_max = 250'000;
        const sim::SearchResult result = sim::search(scope);
        if (result.failure.empty()) continue;
        std::printf("%s, nodes %zu, slots %llu, ballots %u, %llu states: %s\n",
                    name_of(world.variant).data(), world.nodes,
                    static_cast<unsigned long long>(world.slots), world.ballots,
                    static_cast<unsigned long long>(result.states), result.failure.c_str());
        return 5;
    }
}
