// Runs one mutant in worlds (simulated clusters) of the simulator. Assertions are off, and the
// nodes' own reports of violations are ignored. The mutant is killed if the oracle finds a broken
// rule, or if a world makes no progress after its faults have ended. Not a test: scripts/mutants.sh
// compiles this file and its dependencies as one unit, with the mutant's patch applied.
//
//   simulator_trial WORLDS
//
// Exit 5: the mutant is killed; stdout has the world and the rule. Exit 0: the mutant survives.
#include <cstdio>
#include <cstdlib>

#include "sim/player.h"

namespace paxos {
[[noreturn]] void assert_failed(const char*, const char*, int) {
    std::abort();
}  // Never called, because assertions are off.
}  // namespace paxos

int main(int argc, char** argv) {
    using namespace paxos;
    const std::uint64_t worlds = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
    if (worlds == 0) return 2;
    sim::Player player;
    sim::Wish wish;
    wish.size = sim::Size::tiny;  // The ring has 8 slots, so each place is reused many times.
    for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
        const sim::Outcome& outcome = player.play(seed, wish);
        if (outcome.verdict == sim::Verdict::good) continue;
        std::printf("seed %llu, %s, nodes %zu: %s\n", static_cast<unsigned long long>(seed),
                    name_of(outcome.draw.protocol).data(), outcome.draw.nodes,
                    outcome.failure.c_str());
        return 5;
    }
}
