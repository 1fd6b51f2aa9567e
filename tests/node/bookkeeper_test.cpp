// While a node learns its log, it counts the rounds that hold a no-op.
#include "node/bookkeeper.h"

#include <gtest/gtest.h>

#include "support/subject.h"

namespace paxos::node::bookkeeper_test {
namespace {

using test::decide;
using Learner = test::Subject<Classic, limits::Standard>;
using Books = Bookkeeper<Replica<limits::Standard, Classic>, limits::Standard>;

/// Node 0 of three. It learns what the other nodes decide, and records what it learned.
class BookkeeperTest : public testing::Test {
protected:
    BookkeeperTest() {
        plan_.nodes = 3;
        plan_.warmup = 2;
        plan_.row_count = 1;
        plan_.rows[0].rounds = 1000;
        context_.plan = &plan_;
        context_.board = board_.get();
        learner_ = std::make_unique<Learner>(options_for(context_, {}));
        books_ = std::make_unique<Books>(context_, learner_->node(), nullptr);
        books_->begin(readings(), learner_->now());
    }
    /// Receives a DECIDE of `value` in `slot`, at the ballot of node 1 with the counter `counter`.
    void learn(Slot slot, const Value& value, std::uint64_t counter = 1) {
        learner_->step({decide(1, Ballot{counter, 1}, slot, test::nodes({1, 2}), value)});
        books_->record(learner_->output(), learner_->now(), [this] { return readings(); });
    }
    void learn_proposed(Slot slot) { learn(slot, value_source(plan_).value_of(1, slot)); }

    [[nodiscard]] Readings readings() const {
        return {learner_->node().counters(), io_, rejected_, {}, 0};
    }

    Plan plan_;
    Context context_;
    const std::unique_ptr<NodeBoard> board_ = std::make_unique<NodeBoard>();
    const io::Counters io_{};
    const std::array<std::uint64_t, wire::rejections> rejected_{};
    std::unique_ptr<Learner> learner_;
    std::unique_ptr<Books> books_;
};

TEST_F(BookkeeperTest, counts_each_round_that_holds_a_no_op_once) {
    const Value no_op{};
    learn_proposed(0);
    learn(1, no_op);  // Slots 0 and 1 are the warm-up, not rounds.
    EXPECT_EQ(board_->no_ops.get(), 0U);
    learn_proposed(2);
    learn(4, no_op);  // Slot 3 is not yet learned, so slot 4 counts later.
    EXPECT_EQ(board_->no_ops.get(), 0U);
    learn(3, no_op);
    EXPECT_EQ(board_->learned.get(), 5U);
    EXPECT_EQ(board_->no_ops.get(), 2U);
    // A new leader fills the same gap again.
    learn(3, no_op, 2);
    learn(4, no_op, 2);
    learn_proposed(5);
    EXPECT_EQ(board_->learned.get(), 6U);
    EXPECT_EQ(board_->no_ops.get(), 2U);
    EXPECT_EQ(books_->violation(), nullptr) << books_->violation();
}

}  // namespace
}  // namespace paxos::node::bookkeeper_test
