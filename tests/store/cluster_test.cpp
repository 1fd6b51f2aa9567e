// Clusters of nodes with journals. At any turn, the power of one node or of all nodes may fail. A
// node that lost power restarts from its file, in which any sectors of the write in progress may be
// missing (S29).
#include <array>
#include <map>
#include <random>

#include "paxos/value_source.h"
#include "paxos/variants.h"
#include "support/store_files.h"

namespace paxos::store::cluster_test {
namespace {

using Limits = limits::Tiny;
constexpr std::size_t node_count = 3;
constexpr std::size_t datagrams_per_turn = limits::receives_per_turn * Limits::datagrams_per_send;

Owner owner_of(NodeId node, Variant protocol) {
    Owner owner = some_owner();
    owner.cluster.nodes = node_count;
    owner.cluster.protocol = protocol;
    owner.node = node;
    return owner;
}

Geometry tiny_geometry() {
    const std::uint32_t batch = Geometry::for_steps(Records<Limits>::step_bytes_max).batch_size;
    return {.file_size = ring_begin + std::uint64_t{18} * batch, .batch_size = batch};
}

/// A file that loses random sectors of the write in progress when the power fails.
class UnsafeFile : public MemoryFile {
public:
    explicit UnsafeFile(const Owner& owner) : MemoryFile(new_file(owner, tiny_geometry())) {}
    void begin_write(std::uint64_t offset, std::span<const std::byte> what) override {
        const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(offset);
        before_.assign(first, first + static_cast<std::ptrdiff_t>(what.size()));
        offset_ = offset;
        writes.clear();
        MemoryFile::begin_write(offset, what);
    }
    void cut_power(std::mt19937_64& random) {
        for (std::size_t at = 0; is_writing && at < before_.size(); at += sector_size)
            if (random() % 2 == 0)
                std::copy_n(before_.begin() + static_cast<std::ptrdiff_t>(at), sector_size,
                            bytes.begin() + static_cast<std::ptrdiff_t>(offset_ + at));
        is_writing = is_slow = false;
    }

private:
    std::vector<std::byte> before_;
    std::uint64_t offset_ = 0;
};

struct Datagram {
    Arrival header;
    std::vector<Message> cells;
};

/// One incarnation of a node, from its start until it loses power.
template <class Protocol>
class Node {
public:
    Node(UnsafeFile& file, const Owner& owner)
        : file_(file),
          process_(file, owner),
          pool_(make_buffer(Outbox<Limits>::pool_size)),
          protocol_(
              std::make_unique<Protocol>(Options{.self = owner.node,
                                                 .nodes = node_count,
                                                 .proposers = 2,
                                                 .seed = 7,
                                                 .incarnation = process_.superblock.incarnation,
                                                 .timing = {}})),
          output_(std::make_unique<Output<Limits>>(pool_.get())) {
        EXPECT_TRUE(is_usable(process_.recovered.verdict)) << process_.recovered.reason;
        protocol_->restore(process_.found);
    }

    /// Makes a turn: takes datagrams of `inbox` if there is space for their records, steps, and
    /// begins a write if none is in progress.
    void turn(Tick now, std::vector<Datagram>& inbox, const Proposals& proposals) {
        Journal& journal = *process_.journal;
        const std::span<std::byte> space = journal.space();
        std::vector<Datagram> taken;
        if (space.size() >= Records<Limits>::step_bytes_max && protocol_->has_room()) {
            const std::size_t count = std::min(inbox.size(), datagrams_per_turn);
            const auto end = inbox.begin() + static_cast<std::ptrdiff_t>(count);
            taken.assign(std::move_iterator(inbox.begin()), std::move_iterator(end));
            inbox.erase(inbox.begin(), end);
        }
        std::vector<Arrival> arrivals;
        for (const Datagram& one : taken) {
            arrivals.push_back(one.header);
            arrivals.back().messages = one.cells;
        }
        protocol_->step({.now = now,
                         .arrivals = arrivals,
                         .proposals = proposals,
                         .durable_up_to = journal.durable_up_to(),
                         .record_space = space},
                        *output_);
        const auto& records = output_->records;
        if (!records.bytes().empty()) journal.commit(records.bytes().size(), records.sequence());
        journal.note_learned(protocol_->learned());
        if (journal.wants_checkpoint()) {
            journal.commit_checkpoint(protocol_->checkpoint(journal.checkpoint_space()));
            journal.release(protocol_->retained_from());
        }
        EXPECT_TRUE(journal.turn());
        EXPECT_EQ(output_->violation.kind, ViolationKind::none);
    }
    /// Calls `take(to, datagram)` for each datagram of the last turn.
    template <class Take>
    void sent(NodeId self, Take&& take) const {
        for (const Send& send : output_->outbox.sends())
            for (std::size_t i = 0; i < send.datagram_count(); ++i) {
                const std::span<const Message> cells = send.messages(i);
                const Datagram datagram{{.from = self,
                                         .learned = protocol_->learned(),
                                         .retained_from = protocol_->retained_from(),
                                         .messages = {},
                                         .contacts = protocol_->contacts(),
                                         .incarnation = process_.superblock.incarnation},
                                        {cells.begin(), cells.end()}};
                send.to.for_each([&](NodeId to) { take(to, datagram); });
            }
    }
    [[nodiscard]] const Protocol& protocol() const { return *protocol_; }
    [[nodiscard]] const Output<Limits>& output() const { return *output_; }
    [[nodiscard]] const Journal& journal() const { return *process_.journal; }
    void set_slow(bool is_slow) { file_.is_slow = is_slow; }

private:
    UnsafeFile& file_;
    Process process_;
    Buffer pool_;
    std::unique_ptr<Protocol> protocol_;
    std::unique_ptr<Output<Limits>> output_;
};

template <class Protocol>
class Cluster {
public:
    Cluster(Variant protocol, std::uint64_t seed) : protocol_(protocol), random_(seed) {
        for (NodeId node = 0; node < node_count; ++node)
            files_.emplace_back(owner_of(node, protocol));
        for (NodeId node = 0; node < node_count; ++node) start(node);
    }

    /// Makes `turns` turns, each of a random node. On average, power fails in one of `cut_one_in`
    /// turns. If `cut_one_in` is 0, power never fails.
    void run(std::size_t turns, unsigned cut_one_in, Slot end) {
        for (; turns != 0 && !::testing::Test::HasFailure(); --turns) {
            now_ += 7'000;  // ns
            if (cut_one_in != 0 && random_() % cut_one_in == 0) cut_power();
            turn(static_cast<NodeId>(random_() % node_count), end);
        }
    }
    [[nodiscard]] bool all_have_learned(Slot end) const {
        return std::all_of(nodes_.begin(), nodes_.end(),
                           [&](const auto& node) { return node->protocol().learned() >= end; });
    }
    [[nodiscard]] Slot learned_max() const {
        Slot most = 0;
        for (const auto& node : nodes_) most = std::max(most, node->protocol().learned());
        return most;
    }
    [[nodiscard]] std::size_t cuts() const { return cuts_; }
    [[nodiscard]] std::uint64_t checkpoints() const { return checkpoints_; }

private:
    using OneNode = Node<Protocol>;

    void start(NodeId node) {
        nodes_[node] = std::make_unique<OneNode>(files_[node], owner_of(node, protocol_));
        inboxes_[node].clear();
        compare(node,
                {nodes_[node]->protocol().retained_from(), nodes_[node]->protocol().learned()});
    }
    void cut_power() {
        ++cuts_;
        const bool is_all = random_() % 4 == 0;
        const auto one = static_cast<NodeId>(random_() % node_count);
        for (NodeId node = 0; node < node_count; ++node) {
            if (!is_all && node != one) continue;
            checkpoints_ += nodes_[node]->journal().counters().checkpoints;
            nodes_[node].reset();
            files_[node].cut_power(random_);
        }
        for (NodeId node = 0; node < node_count; ++node)
            if (!nodes_[node]) start(node);
    }
    void turn(NodeId self, Slot end) {
        OneNode& node = *nodes_[self];
        node.set_slow(random_() % 4 != 0);
        const Slot next = node.protocol().next_slot();
        for (Slot slot = next; slot < next + values_.size(); ++slot)
            values_[slot % values_.size()] = source_.value_of(self, slot);
        node.turn(now_, inboxes_[self],
                  {.end = std::min(end, next + values_.size()),
                   .values = values_.data(),
                   .mask = values_.size() - 1,
                   .window = Limits::window_max});
        compare(self, node.output().decisions);
        node.sent(self, [&](NodeId to, const Datagram& datagram) {
            if (random_() % 20 != 0) inboxes_[to].push_back(datagram);
        });
    }
    /// Expects that a decision is the same on all nodes, and that no restart changes it (S18).
    void compare(NodeId node, SlotRange learned) {
        for (Slot slot = learned.first; slot < learned.end; ++slot) {
            const Value& value = nodes_[node]->protocol().value_of(slot);
            EXPECT_EQ(decided_.emplace(slot, value).first->second, value)
                << "slot " << slot << " on n" << int{node} << " after " << cuts_ << " cuts";
        }
    }

    Variant protocol_;
    std::mt19937_64 random_;
    std::deque<UnsafeFile> files_;
    std::array<std::unique_ptr<OneNode>, node_count> nodes_;
    std::array<std::vector<Datagram>, node_count> inboxes_;
    std::array<Value, 8> values_{};
    ValueSource source_{1, node_count};
    std::map<Slot, Value> decided_;
    Tick now_ = 1'000'000;
    std::size_t cuts_ = 0;
    std::uint64_t checkpoints_ = 0;
};

template <template <class> class VariantOf>
void expect_durable(Variant protocol) {
    std::uint64_t checkpoints = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        Cluster<Replica<Limits, VariantOf>> cluster(protocol, seed);
        cluster.run(20'000, 400, limits::slot_max);
        const Slot end = cluster.learned_max() + 100;
        for (int i = 0; i < 200 && !cluster.all_have_learned(end); ++i) cluster.run(3'000, 0, end);
        EXPECT_TRUE(cluster.all_have_learned(end)) << "seed " << seed << ", slots " << end;
        EXPECT_GT(cluster.cuts(), 20U);
        checkpoints += cluster.checkpoints();
        EXPECT_GT(end, 200U) << "seed " << seed;
        if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(checkpoints, 8U);
}

TEST(StoreCluster, S06_S18_S23_no_decision_changes_when_nodes_restart_from_their_files) {
    expect_durable<Classic>(Variant::classic);
    expect_durable<Multi>(Variant::multi);
}

}  // namespace
}  // namespace paxos::store::cluster_test
