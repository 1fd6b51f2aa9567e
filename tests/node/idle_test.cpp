// How a node waits after the launcher has found that the node shares its core.
#include <gtest/gtest.h>

#include "node/turns.h"

namespace paxos::node::idle_test {
namespace {

TEST(Idle, a_spinning_node_yields_after_it_has_lost_its_core) {
    EXPECT_EQ(idle_now(IdleKind::spin, false), IdleKind::spin);
    EXPECT_EQ(idle_now(IdleKind::spin, true), IdleKind::yield);
    for (const IdleKind kind : {IdleKind::yield, IdleKind::block})
        for (const bool has_lost_core : {false, true})
            EXPECT_EQ(idle_now(kind, has_lost_core), kind);
}

}  // namespace
}  // namespace paxos::node::idle_test
