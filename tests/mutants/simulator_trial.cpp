// One mutant (paxos/mutants.h) on trial before the simulator's worlds: killed means that the oracle
// saw a rule broken, or that a healed world made no progress, with no assert and no alarm of the
// nodes' own in the way. It is no test: scripts/mutants.sh compiles it and all that it needs as one
// unit, with the mutant's switch.
//
//   simulator_trial WORLDS     Exit 5: killed; the world and the rule on stdout. 0: alive.
#include <cstdio>
#include <cstdlib>

#include "sim/player.h"

namespace paxos {
[[noreturn]] void assert_failed(const char*, const char*, int) {
    std::abort();
}  // Nobody calls it: the asserts are off.
}  // namespace paxos

int main(int argc, char** argv) {
    using namespace paxos;
    const std::uint64_t worlds = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
    if (worlds == 0) return 2;
    sim::Player player;
    sim::Wish wish;
    wish.size = sim::Size::tiny;  // A ring of 8 slots: each of its places has many tenants.
    for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
        const sim::Outcome& outcome = player.play(seed, wish);
        if (outcome.verdict == sim::Verdict::good) continue;
        std::printf("seed %llu, %s, nodes %zu: %s\n", static_cast<unsigned long long>(seed),
                    name_of(outcome.draw.protocol).data(), outcome.draw.nodes,
                    outcome.failure.c_str());
        return 5;
    }
}
