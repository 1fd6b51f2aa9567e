// A simulated cluster (src/sim/world.h) that a test drives by hand. A broken rule fails the test,
// at the latest when the world is destroyed.
#pragma once

#include <gtest/gtest.h>

#include "sim/world.h"

namespace paxos::test {

using namespace sim;

template <template <class> class Variant, class Limits>
class World : public sim::World<Replica<Limits, Variant>> {
public:
    explicit World(const Setup& setup)
        : sim::World<Replica<Limits, Variant>>(setup), seed_(setup.seed) {}
    ~World() { report(); }

    /// Reports a broken rule to the test, once.
    void report() {
        if (reported_ || this->failure().empty()) return;
        reported_ = true;
        ADD_FAILURE() << this->failure() << " (seed " << seed_ << ", at " << this->now() << " ns)";
    }

private:
    std::uint64_t seed_;
    bool reported_ = false;
};

}  // namespace paxos::test
