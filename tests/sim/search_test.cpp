// Tests of the exhaustive search of small simulated clusters ("worlds"). The search must be
// complete, find no broken rule, and visit exactly the expected numbers of states and transitions.
//
// A different number means that the behaviour of the protocol or of the search has changed. Find
// out why before you change the number in the test. PAXOS_SEARCH_BIG=1 searches larger worlds too,
// which takes minutes. Sanitizer builds leave out the tests named Slow (scripts/cmake/tests.cmake).
#include "sim/search.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace paxos::sim::search_test {
namespace {

SearchScope scope_of(Variant variant, Slot slots, unsigned ballots) {
    SearchScope scope;
    scope.variant = variant;
    scope.slots = slots;
    scope.ballots = ballots;
    scope.audit_one_in = slots == 1 && ballots <= 3 ? 1 : 16;
    return scope;
}

SearchResult expect_sound(const SearchScope& scope, std::uint64_t states,
                          std::uint64_t transitions) {
    const SearchResult result = search(scope);
    EXPECT_EQ(result.failure, "");
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.states, states);
    EXPECT_EQ(result.transitions, transitions);
    return result;
}

TEST(SearchTest, classic_one_slot_three_ballots) {
    expect_sound(scope_of(Variant::classic, 1, 3), 45357, 370864);
}
TEST(SearchTest, Slow_multi_one_slot_three_ballots) {
    expect_sound(scope_of(Variant::multi, 1, 3), 122887, 1992673);
}
TEST(SearchTest, Slow_multi_two_slots_two_ballots) {
    expect_sound(scope_of(Variant::multi, 2, 2), 1797399, 32305440);
}
TEST(SearchTest, multi_two_nodes_two_slots_three_ballots) {
    SearchScope scope = scope_of(Variant::multi, 2, 3);
    scope.nodes = 2;
    expect_sound(scope, 43280, 512667);
}
/// There are three slots, but the log ring holds only two. When a peer no longer retains slot 0, a
/// node that lags can skip slot 0, but it keeps its promises and votes (S05, S20). The messages of
/// the search have no datagram header, so the search does not cover the last sentence of S16: a
/// candidate steps down if it lacks slots that a peer no longer retains.
TEST(SearchTest, S20_a_log_ring_of_two_slots_in_which_slot_0_is_skipped) {
    const auto expect = [](Variant variant, std::size_t nodes, std::size_t proposers,
                           std::uint64_t states, std::uint64_t transitions, bool can_lag) {
        SearchScope scope = scope_of(variant, 3, 2);
        scope.nodes = nodes;
        scope.proposers = proposers;
        scope.ring_of_two = true;
        const SearchResult result = expect_sound(scope, states, transitions);
        EXPECT_EQ(result.skips != 0, can_lag) << name_of(variant) << ", " << nodes << " nodes";
    };
    expect(Variant::classic, 2, 2, 51074, 379104, true);
    expect(Variant::multi, 2, 2, 1065, 7284, true);
    expect(Variant::classic, 3, 1, 32461, 275252, true);
    expect(Variant::multi, 3, 1, 8149, 69774, true);
}
/// A message about a run of slots is lost or repeated as a whole, whatever the receiver knows about
/// each slot.
TEST(SearchTest, S44_runs_of_two_slots) {
    SearchScope scope = scope_of(Variant::multi, 2, 3);
    scope.nodes = 2;
    scope.runs = true;
    expect_sound(scope, 26486, 339256);
    scope.variant = Variant::classic;
    scope.ballots = 2;
    expect_sound(scope, 6023, 49352);
}
TEST(SearchTest, S44_runs_in_a_log_ring_of_two_slots) {
    SearchScope scope = scope_of(Variant::multi, 3, 2);
    scope.nodes = 2;
    scope.runs = true;
    scope.ring_of_two = true;
    expect_sound(scope, 1063, 7278);
}
/// Half of an even number of nodes is not a quorum (S15).
TEST(SearchTest, S15_two_nodes) {
    for (const Variant variant : {Variant::classic, Variant::multi}) {
        SearchScope scope = scope_of(variant, 1, 3);
        scope.nodes = 2;
        const bool classic = variant == Variant::classic;
        expect_sound(scope, classic ? 858 : 850, classic ? 4218 : 6396);
    }
}

/// Flexible quorums. Of five nodes, two must accept and four must promise. Of four nodes, either
/// two must accept and three must promise, or three must accept and two must promise.
TEST(SearchTest, Slow_S15_flexible_quorums) {
    const auto expect = [](std::size_t nodes, std::size_t proposers, std::size_t accept_quorum,
                           std::uint64_t states, std::uint64_t transitions) {
        SearchScope scope = scope_of(Variant::multi, 1, 2);
        scope.nodes = nodes;
        scope.proposers = proposers;
        scope.accept_quorum = accept_quorum;
        expect_sound(scope, states, transitions);
    };
    expect(5, 1, 2, 1401, 13771);
    expect(4, 2, 2, 198938, 3393759);
    expect(4, 2, 3, 96375, 1681308);
}

/// Nodes keep records. At any point the search may flush records, or crash a node (at most
/// `crashes` times in all). After a crash, the node has only the flushed records (S06, S12, S14,
/// S23).
TEST(SearchTest, S23_a_node_crashes_and_restarts_from_its_records) {
    const auto expect = [](Variant variant, unsigned crashes, std::uint64_t states,
                           std::uint64_t transitions, bool runs = false) {
        SearchScope scope = scope_of(variant, runs ? 2 : 1, 2);
        scope.nodes = 2;
        scope.proposers = runs ? 1 : 2;
        scope.runs = runs;
        scope.durable = true;
        scope.crashes = crashes;
        expect_sound(scope, states, transitions);
    };
    expect(Variant::classic, 0, 1053, 5018);
    expect(Variant::classic, 1, 6631, 36573);
    expect(Variant::multi, 0, 625, 3647);
    expect(Variant::multi, 1, 5269, 30899);
    expect(Variant::classic, 1, 8011, 65930, true);
    expect(Variant::multi, 1, 5866, 55851, true);
}

TEST(SearchTest, Slow_S23_three_nodes_one_of_which_restarts) {
    SearchScope scope = scope_of(Variant::classic, 1, 2);
    scope.proposers = 1;
    scope.durable = true;
    scope.crashes = 1;
    scope.audit_one_in = 16;
    expect_sound(scope, 56646, 562789);
}

/// By default the search drops messages in flight that have no effect, or the same effect as
/// another message. A search that keeps them must find the same number of states, if states that
/// differ only in the messages in flight are counted once.
TEST(SearchTest, Slow_dropping_messages_without_effect_changes_no_result) {
    for (const Variant variant : {Variant::classic, Variant::multi}) {
        SearchScope scope = scope_of(variant, 1, variant == Variant::classic ? 2 : 3);
        scope.nodes = variant == Variant::classic ? 3 : 2;
        const SearchResult with = search(scope);
        scope.forgets = false;
        const SearchResult without = search(scope);
        EXPECT_TRUE(with.complete && without.complete);
        EXPECT_EQ(with.states_without_messages, without.states_without_messages);
        EXPECT_LT(with.states, without.states);
    }
}

TEST(SearchTest, Slow_larger_worlds) {
    if (!std::getenv("PAXOS_SEARCH_BIG"))
        GTEST_SKIP() << "takes minutes; PAXOS_SEARCH_BIG=1 runs it";
    expect_sound(scope_of(Variant::classic, 1, 4), 257912, 2343674);
    expect_sound(scope_of(Variant::multi, 1, 4), 1371779, 27261927);
}

}  // namespace
}  // namespace paxos::sim::search_test
