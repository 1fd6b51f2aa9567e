// Which core each node gets, on simulated machines and on this machine.
#include "cluster/placement.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "io/cores.h"
#include "support/sanitized.h"
#include "trace/words.h"

namespace paxos::cluster::placement_test {
namespace {

using Cores = std::vector<int>;

node::Plan nodes(std::size_t count, node::IdleKind idle = node::IdleKind::automatic) {
    node::Plan plan;
    plan.nodes = count;
    plan.idle = idle;
    return plan;
}

/// Returns a machine of `count` physical cores, each with `threads` hardware threads. As on most
/// Linux machines, the first threads of all cores have the lowest numbers, and the numbers of the
/// second threads follow.
std::vector<Cpu> machine(int count, int threads = 1) {
    std::vector<Cpu> cpus;
    for (int core = 0; core < count; ++core)
        for (int thread = 0; thread < threads; ++thread)
            cpus.push_back({core + thread * count, core});
    return cpus;
}

Placement placed(const node::Plan& plan, const std::vector<Cpu>& cpus, const Cores& wanted = {}) {
    Placement placement;
    std::string error;
    EXPECT_TRUE(place_on(plan, cpus, wanted, placement, error)) << error;
    EXPECT_EQ(placement.core_of.size(), plan.nodes);
    EXPECT_EQ(placement.idle_of.size(), plan.nodes);
    EXPECT_LE(placement.text.size(), placement_text_max) << placement.text;
    return placement;
}

std::string refused(const node::Plan& plan, const std::vector<Cpu>& cpus, const Cores& wanted) {
    Placement placement;
    std::string error;
    EXPECT_FALSE(place_on(plan, cpus, wanted, placement, error));
    return error;
}

TEST(Placement, with_five_nodes_on_two_cores_the_proposer_has_its_own_core) {
    const Placement placement = placed(nodes(5), machine(2));
    EXPECT_EQ(placement.core_of, (Cores{0, 1, 1, 1, 1}));
    EXPECT_EQ(placement.text, "n0 on 0; n1 n2 n3 n4 share 1 (yield)");
    EXPECT_EQ(placement.idle_of[0], node::IdleKind::spin);
    EXPECT_EQ(placement.idle_of[4], node::IdleKind::yield);
    EXPECT_TRUE(placement.shares_cores);
}

TEST(Placement, enough_cores_give_each_node_its_own) {
    const Placement placement = placed(nodes(3), machine(4));
    EXPECT_EQ(placement.core_of, (Cores{0, 1, 2}));
    EXPECT_EQ(placement.text, "n0 on 0; n1 on 1; n2 on 2 (spin)");
    EXPECT_FALSE(placement.shares_cores);
}

TEST(Placement, one_core_is_shared_by_all) {
    const Placement placement = placed(nodes(3), machine(1));
    EXPECT_EQ(placement.core_of, (Cores{0, 0, 0}));
    EXPECT_EQ(placement.text, "n0 n1 n2 share 0 (yield)");
}

TEST(Placement, one_node_on_one_core_spins) {
    EXPECT_EQ(placed(nodes(1), machine(1)).text, "n0 on 0 (spin)");
}

TEST(Placement, sibling_threads_are_used_after_all_physical_cores) {
    // Four physical cores have two threads each. Threads c and c + 4 are siblings.
    EXPECT_EQ(placed(nodes(4), machine(4, 2)).core_of, (Cores{0, 1, 2, 3}));
    // The sibling of the proposer's thread is taken last.
    EXPECT_EQ(placed(nodes(7), machine(4, 2)).core_of, (Cores{0, 1, 2, 3, 5, 6, 7}));
    EXPECT_EQ(placed(nodes(8), machine(4, 2)).core_of, (Cores{0, 1, 2, 3, 5, 6, 7, 4}));
}

TEST(Placement, nodes_in_excess_of_the_cores_are_spread_evenly) {
    const Placement placement = placed(nodes(8), machine(4));
    EXPECT_EQ(placement.core_of, (Cores{0, 1, 1, 1, 2, 2, 3, 3}));
    EXPECT_EQ(placement.text, "n0 on 0; n1-n7 share 1-3, 2 or 3 each (yield)");
}

TEST(Placement, the_text_distinguishes_shared_cores_from_cores_of_one_node) {
    const Placement placement = placed(nodes(5), machine(4));
    EXPECT_EQ(placement.core_of, (Cores{0, 1, 1, 2, 3}));
    EXPECT_EQ(placement.text, "n0 on 0; n1 n2 share 1 (yield); n3 on 2; n4 on 3");
    EXPECT_EQ(placement.idle_of[3], node::IdleKind::spin);
}

TEST(Placement, many_nodes_are_described_in_one_line) {
    EXPECT_EQ(placed(nodes(63), machine(2)).text, "n0 on 0; n1-n62 share 1 (yield)");
    EXPECT_EQ(placed(nodes(63), machine(16)).text,
              "n0 on 0; n1-n62 share 1-15, 4 or 5 each (yield)");
    EXPECT_EQ(placed(nodes(63), machine(64)).text, "n0-n62 on 0-62, one each (spin)");
}

TEST(Placement, if_scattered_cores_do_not_fit_the_line_their_number_is_printed) {
    std::vector<Cpu> scattered;
    for (int i = 0; i < 40; ++i) scattered.push_back({i * 2, i});
    EXPECT_EQ(placed(nodes(30), scattered).text, "30 nodes on 30 cores, one each (spin)");
    EXPECT_EQ(placed(nodes(63), scattered).text,
              "n0 on 0; 62 nodes share 39 cores, 1 or 2 each (yield where shared)");
}

TEST(Placement, cores_are_taken_in_the_order_of_the_users_list) {
    EXPECT_EQ(placed(nodes(3), machine(4), {3, 1, 2}).core_of, (Cores{3, 1, 2}));
    EXPECT_EQ(placed(nodes(5), machine(4), {3, 1}).core_of, (Cores{3, 1, 1, 1, 1}));
    EXPECT_EQ(placed(nodes(2), machine(4), {3, 1, 0}).core_of, (Cores{3, 1}));
}

TEST(Placement, a_list_with_one_entry_for_each_node_may_repeat_a_core) {
    EXPECT_EQ(placed(nodes(4), machine(4), {1, 0, 0, 1}).core_of, (Cores{1, 0, 0, 1}));
    EXPECT_EQ(placed(nodes(4), machine(4), {1, 0, 0, 1}).text,
              "n0 n3 share 1 (yield); n1 n2 share 0 (yield)");
}

TEST(Placement, a_list_that_repeats_a_core_needs_one_entry_for_each_node) {
    EXPECT_NE(refused(nodes(5), machine(4), {1, 0, 0}).find("lists core 0 twice"),
              std::string::npos);
}

TEST(Placement, an_unavailable_core_is_refused_with_its_number) {
    EXPECT_EQ(refused(nodes(3), machine(2), {0, 7}),
              "--cores 7: this process may use only the cores 0 1 (limited by taskset, the "
              "container's cpuset or the number of cores)");
}

TEST(Placement, a_given_idle_policy_holds_for_every_node) {
    const Placement placement = placed(nodes(5, node::IdleKind::block), machine(2));
    EXPECT_EQ(std::ranges::count(placement.idle_of, node::IdleKind::block), 5);
    EXPECT_EQ(placement.text, "n0 on 0 (block); n1 n2 n3 n4 share 1 (block)");
}

TEST(Placement, as_many_cores_as_possible_are_used_for_any_number_of_nodes) {
    for (std::size_t count = 1; count <= limits::nodes_max; ++count) {
        for (int cores = 1; cores <= 70; cores += test::sanitized ? 9 : 1) {
            for (const int threads : {1, 2}) {
                const std::vector<Cpu> cpus = machine(cores, threads);
                const Placement placement = placed(nodes(count), cpus);
                Cores used = placement.core_of;
                std::ranges::sort(used);
                used.erase(std::ranges::unique(used).begin(), used.end());
                ASSERT_EQ(used.size(), std::min(count, cpus.size()));
                const auto with_proposer = std::ranges::count(placement.core_of,
                                                              placement.core_of[0]);
                ASSERT_EQ(static_cast<std::size_t>(with_proposer), cpus.size() > 1 ? 1 : count);
            }
        }
    }
}

TEST(Placement, ranges_abbreviate_consecutive_numbers) {
    EXPECT_EQ(trace::ranges({}), "");
    EXPECT_EQ(trace::ranges({4}), "4");
    EXPECT_EQ(trace::ranges({4, 5}), "4 5");
    EXPECT_EQ(trace::ranges({0, 1, 2, 4, 6, 7, 8}), "0-2 4 6-8");
    EXPECT_EQ(trace::ranges({1, 2, 3}, "n"), "n1-n3");
}

TEST(Placement, nodes_are_placed_within_the_affinity_mask_of_this_process) {
    std::string error;
    const Cores mine = io::affinity_mask(error);
    ASSERT_FALSE(mine.empty()) << error;
    Placement placement;
    ASSERT_TRUE(place(nodes(5), {}, placement, error)) << error;
    for (const int core : placement.core_of) EXPECT_NE(std::ranges::find(mine, core), mine.end());
    EXPECT_EQ(read_cpus(error).size(), mine.size());
}

}  // namespace
}  // namespace paxos::cluster::placement_test
