// Nodes that run in the process of a test, with real sockets and files. The test can read in which
// order a node began writes, saw writes end, and sent answers.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "io/clock.h"
#include "io/send_sockets.h"
#include "node/storage.h"
#include "node/transport.h"
#include "paxos/random.h"
#include "paxos/value_source.h"
#include "paxos/variants.h"
#include "wire/datagram.h"

namespace paxos::node {

/// What one incarnation of a node wrote and answered.
struct Recording {
    struct Write {
        std::uint64_t offset;
        std::vector<std::byte> bytes;
        bool has_ended = false;
        std::size_t answered = 0;  ///< Number of answers that left before this write ended.
    };
    /// What the file held after recovery, before the first of `writes`.
    std::vector<std::byte> before;
    std::vector<Write> writes;
    /// Each PROMISE and ACCEPTED, and each DECIDE whose quorum contains this node, because such a
    /// DECIDE also states that this node accepted the value.
    std::vector<std::vector<Message>> answers;
    std::uint64_t incarnations = 0;  ///< One bit for each incarnation that sent a datagram.

    [[nodiscard]] std::size_t answered_before_the_end_of(const Write& write) const {
        return write.has_ended ? write.answered : answers.size();
    }
};

/// Passes everything to another communicator, and records writes and answers. Holds back the
/// results of some writes for some turns, so that no node always has the fastest disk.
class RecordingCommunicator final : public io::Communicator {
public:
    RecordingCommunicator(std::unique_ptr<io::Communicator> real, NodeId self, Recording& recording)
        : real_(std::move(real)), self_(self), recording_(recording), random_(self) {}

    void queue(io::PeerIndex to, const std::byte* bytes, std::size_t size,
               std::size_t segment_size) override {
        for (std::size_t at = 0; at < size; at += segment_size)
            record({bytes + at, std::min(segment_size, size - at)});
        real_->queue(to, bytes, size, segment_size);
    }
    void begin_write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        recording_.writes.push_back({offset, {bytes.begin(), bytes.end()}});
        real_->begin_write(offset, bytes);
        held_back_ = random_.below(3) == 0 ? random_.below(200) : 0;
    }
    [[nodiscard]] std::optional<std::int64_t> write_result() override {
        if (held_back_ != 0) return --held_back_, std::nullopt;
        const std::optional<std::int64_t> result = real_->write_result();
        if (result) {
            recording_.writes.back().has_ended = true;
            recording_.writes.back().answered = recording_.answers.size();
        }
        return result;
    }
    std::size_t exchange() override { return real_->exchange(); }
    void send_only() override { real_->send_only(); }
    [[nodiscard]] std::span<const io::Received> received() const override {
        return real_->received();
    }
    void wait(std::uint64_t timeout_ns) override { real_->wait(timeout_ns); }
    [[nodiscard]] const io::Counters& counters() const override { return real_->counters(); }
    void read_drops() override { real_->read_drops(); }
    [[nodiscard]] const std::string& description() const override { return real_->description(); }
    [[nodiscard]] io::IoKind kind() const override { return real_->kind(); }

private:
    void record(std::span<const std::byte> datagram) {
        wire::Header header;
        std::memcpy(&header, datagram.data(), sizeof header);
        recording_.incarnations |= std::uint64_t{1} << (header.sequence >> 16 & 63);
        if (header.message_count == 0) return;
        std::vector<Message> cells(header.message_count);
        std::memcpy(cells.data(), datagram.data() + sizeof header, cells.size() * sizeof(Message));
        for_each_message(cells, [&](std::span<const Message> message) {
            const Message& first = message.front();
            if (first.kind == MessageKind::promise || first.kind == MessageKind::accepted ||
                (first.kind == MessageKind::decide && first.quorum().has(self_)))
                recording_.answers.emplace_back(message.begin(), message.end());
        });
    }

    std::unique_ptr<io::Communicator> real_;
    const NodeId self_;
    Recording& recording_;
    Random random_;
    std::uint64_t held_back_ = 0;  // Number of turns for which a result is still held back.
};

/// One incarnation of a durable node. Makes the same turns as src/node/node.cpp, without the
/// bookkeeping.
template <class Protocol>
class RecordedNode {
public:
    using Sizes = limits::Standard;

    /// Recovers the file, and copies its first `before_size` bytes to `recording.before`.
    RecordedNode(const LogFiles& files, const Plan& plan, NodeId self, int socket,
                 const io::PeerTable& peers, std::size_t before_size, Recording& recording)
        : pool_(Outbox<Sizes>::pool_size / sizeof(Line)) {
        std::string error;
        storage_ = Storage::lock(files, self, true, board_, error);
        EXPECT_NE(storage_, nullptr) << error;
        if (!storage_ || !connected_.open(peers, self, error)) return;
        auto communicator = io::Communicator::open({.socket = socket,
                                                    .peers = &peers,
                                                    .connected = &connected_,
                                                    .file = storage_->file(),
                                                    .kind = plan.io,
                                                    .sends_max = 2 * Sizes::sends_per_step,
                                                    .receives_max = limits::receives_per_turn},
                                                   error);
        EXPECT_NE(communicator, nullptr) << error;
        if (!communicator) return;
        transport_ = std::make_unique<Transport>(
            std::make_unique<RecordingCommunicator>(std::move(communicator), self, recording), plan,
            self);
        const Incarnation incarnation = storage_->incarnation();
        turn_ = std::make_unique<NodeTurn>(
            Options{.self = self,
                    .nodes = plan.nodes,
                    .seed = plan.seed,
                    .incarnation = incarnation,
                    .timing = {}},
            wire::Membership{
                .self = self, .nodes = plan.nodes, .run = 0x7061786f73, .incarnation = incarnation},
            *transport_, io::Clock{}, reinterpret_cast<std::byte*>(pool_.data()),
            std::span<Event>{});
        const bool is_recovered = storage_->recover(
            transport_->communicator(),
            [this](std::span<const Message> records) { turn_->restore(records); }, error);
        EXPECT_TRUE(is_recovered) << error;
        store::FileImage image;
        recording.before.resize(before_size);
        EXPECT_EQ(image.open(store::node_path(files.directory, self)), 0);
        EXPECT_EQ(image.read(0, recording.before), 0);
        is_ready_ = is_recovered;
    }
    [[nodiscard]] bool is_ready() const { return is_ready_; }

    /// Makes a turn. `offer(next slot)` returns the proposals.
    template <class Offer>
    void turn(Offer&& offer) {
        if (turn_->protocol().has_room() && storage_->has_space())
            turn_->exchange();
        else
            turn_->send_only();
        const std::optional<Durability> durability = storage_->begin_turn();
        ASSERT_TRUE(durability);
        turn_->step({}, [&](Slot next, Tick) { return offer(next); }, *durability);
        ASSERT_EQ(turn_->output().violation.kind, ViolationKind::none);
        storage_->end_turn(turn_->protocol(), turn_->output().records, turn_->now());
    }
    /// Waits until everything is durable, and shuts down cleanly.
    [[nodiscard]] bool close() {
        return storage_->close([this] { transport_->send_only(); });
    }
    [[nodiscard]] Slot learned() const { return turn_->protocol().learned(); }

private:
    using NodeTurn = Turn<Protocol, Sizes, Transport, io::Clock>;
    struct alignas(limits::cache_line_size) Line {
        std::array<std::byte, limits::cache_line_size> bytes;
    };

    StorageBoard board_;
    std::vector<Line> pool_;
    io::SendSockets connected_;
    std::unique_ptr<Storage> storage_;
    std::unique_ptr<Transport> transport_;
    std::unique_ptr<NodeTurn> turn_;
    bool is_ready_ = false;
};

}  // namespace paxos::node
