// Tests of SlotRuns, which stores the states of slots run-length encoded. A map with one state for
// each slot is the reference.
#include "paxos/slot_runs.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace paxos::slot_runs_test {
namespace {

/// The states that the slot runs should have, with one entry for each slot.
struct Twin {
    Slot begin = 0;
    std::map<Slot, int> states;
    [[nodiscard]] Slot end() const { return begin + states.size(); }
};

template <class Runs>
void expect_same(const Runs& runs, const Twin& twin) {
    RC_ASSERT(runs.begin() == twin.begin && runs.end() == twin.end());
    RC_ASSERT(!runs.has(twin.begin - 1) && !runs.has(twin.end()));
    int before = -1;
    for (Slot slot = runs.begin(); slot < runs.end();) {
        const auto [slots, state] = runs.piece(slot, runs.end());
        RC_ASSERT(slots.first == slot && slots.end > slot && slots.end <= runs.end());
        RC_ASSERT(state != before);  // Neighbouring runs differ in state.
        for (; slot < slots.end; ++slot) {
            RC_ASSERT(runs.has(slot) && runs.at(slot) == state && twin.states.at(slot) == state);
            RC_ASSERT(runs.piece(slot, runs.end()).slots.end == slots.end);
        }
        before = state;
    }
}

template <std::size_t places>
void compare_with_twin() {
    SlotRuns<int, places> runs;
    Twin twin;
    const auto draw = [](Slot first, Slot end) { return *rc::gen::inRange<Slot>(first, end); };
    const auto steps = draw(0, 60);
    for (Slot step = 0; step < steps; ++step) {
        const int state = *rc::gen::inRange(0, 3);
        const auto free = places - twin.states.size();
        switch (draw(0, 12)) {
            case 0: {
                const Slot begin = twin.end() + draw(0, 100);
                runs.restart(begin);
                twin = Twin{begin, {}};
                break;
            }
            case 1:
            case 2: {
                const Slot begin = draw(twin.begin, twin.end() + 1);
                runs.drop(begin);
                while (twin.begin < begin) twin.states.erase(twin.begin++);
                break;
            }
            case 3:
            case 4:
            case 5:
                if (free == 0) break;
                for (Slot more = draw(1, free + 1), end = twin.end() + more; more > 0; --more)
                    twin.states[end - more] = state;
                runs.append(twin.end(), state);
                break;
            default:
                if (twin.states.empty()) break;
                const Slot first = draw(twin.begin, twin.end());
                const Slot end = draw(first + 1, twin.end() + 1);
                runs.assign({first, end}, state);
                for (Slot slot = first; slot < end; ++slot) twin.states[slot] = state;
        }
        expect_same(runs, twin);
    }
}

RC_GTEST_PROP(SlotRunsTest, agree_with_a_map_in_a_ring_of_two_slots, ()) { compare_with_twin<2>(); }
RC_GTEST_PROP(SlotRunsTest, agree_with_a_map_in_a_ring_of_eight_slots, ()) {
    compare_with_twin<8>();
}
RC_GTEST_PROP(SlotRunsTest, agree_with_a_map_in_a_ring_of_two_64_bit_words, ()) {
    compare_with_twin<128>();
}
RC_GTEST_PROP(SlotRunsTest, agree_with_a_map_in_a_ring_of_many_64_bit_words, ()) {
    compare_with_twin<512>();
}

TEST(SlotRunsDeathTest, more_slots_than_places_are_an_error) {
    SlotRuns<int, 8> runs;
    runs.append(8, 1);
    EXPECT_DEATH(runs.append(9, 1), "assert failed");
}

TEST(SlotRunsDeathTest, a_slot_outside_the_range_is_an_error) {
    SlotRuns<int, 8> runs;
    runs.append(4, 1);
    EXPECT_DEATH(runs.assign({3, 5}, 2), "assert failed");
    EXPECT_DEATH(static_cast<void>(runs.at(4)), "assert failed");
}

}  // namespace
}  // namespace paxos::slot_runs_test
