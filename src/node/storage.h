// The storage of a durable node, as its turns use it: the file, its journal, and the device that
// writes through the node's communicator. A memory-only node has none.
//
//   exchange            submits the write that the last turn began, fetches the result of a write
//   begin_turn()        takes that result; returns what is durable and where to write records
//   step                releases the answers whose records are durable, writes new records
//   end_turn()          adds the records to the next batch, begins a write if none is in progress
//
// 1. A turn never waits for the disk. A node without space for the records of a whole step does not
//    receive: see has_space().
// 2. A failed write is final (S26). The node takes no step after it.
// 3. Nothing is allocated after recover(), except by take_error().
#pragma once

#include <optional>
#include <string>

#include "io/communicator.h"
#include "node/board.h"
#include "node/node.h"
#include "paxos/checkpoint.h"
#include "store/directory.h"
#include "store/journal.h"
#include "turn/turn.h"

namespace paxos::node {

/// Writes through the exchanges of a communicator.
class CommunicatorDevice final : public store::Device {
public:
    /// `communicator` has opened the file and outlives the device.
    explicit CommunicatorDevice(io::Communicator& communicator) : communicator_(communicator) {}
    void begin_write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        communicator_.begin_write(offset, bytes);
    }
    [[nodiscard]] std::optional<std::int64_t> result() override {
        return communicator_.write_result();
    }

private:
    io::Communicator& communicator_;
};

class Storage {
public:
    using Sizes = limits::Standard;

    /// Locks the file of node `self`. If `waits`, first waits until no other process holds the
    /// lock, at most for 5 s. If the result is null, `error` says why.
    [[nodiscard]] static std::unique_ptr<Storage> lock(const LogFiles& files, NodeId self,
                                                       bool waits, StorageBoard& board,
                                                       std::string& error);
    [[nodiscard]] int file() const { return file_.fd.get(); }
    /// The number of this incarnation of the node, from 1.
    [[nodiscard]] Incarnation incarnation() const { return file_.superblock.incarnation; }
    /// Passes the file's records to `visit` and begins this incarnation, which writes through
    /// `communicator`. `communicator` outlives this object. If false, `error` says why.
    [[nodiscard]] bool recover(io::Communicator& communicator, const store::Visitor& visit,
                               std::string& error);

    /// Whether the records of a whole step fit. If not, the node does not receive.
    [[nodiscard]] bool has_space() {
        return journal_->space().size() >= Records<Sizes>::step_bytes_max;
    }
    /// Takes the result of a write, if one has ended. Returns what is durable and where the next
    /// step writes its records. None if a write failed; see take_error().
    [[nodiscard]] std::optional<Durability> begin_turn();
    /// Call after the step at `now`, which wrote `records`. Returns whether it began a write, which
    /// the next exchange submits.
    template <class Protocol>
    bool end_turn(const Protocol& protocol, const Records<Sizes>& records, Tick now);
    /// Waits until everything is durable, then marks the file as cleanly shut down. False if a
    /// write failed. `exchange()` makes an exchange.
    template <class Exchange>
    [[nodiscard]] bool close(Exchange&& exchange);
    /// Publishes the error of the write that failed, and returns its text.
    [[nodiscard]] std::string take_error();

private:
    Storage(StorageBoard& board, Slot recorded_max);
    /// Begins a write if none is in progress and there is something to write.
    bool begin_write(Tick now);
    void publish();
    template <class Exchange>
    [[nodiscard]] bool drain(Exchange&& exchange);

    StorageBoard& board_;
    const Slot recorded_max_;                 // recover() refuses records of this slot or above.
    const store::Journal::Counters earlier_;  // The counters of earlier incarnations in this run.
    store::NodeFile file_;
    std::optional<CommunicatorDevice> device_;
    std::optional<store::Journal> journal_;
    bool is_writing_ = false;
    Tick write_begun_at_ = 0;
};

template <class Protocol>
bool Storage::end_turn(const Protocol& protocol, const Records<Sizes>& records, Tick now) {
    static_assert(checkpoint_bytes_max<Sizes> <= Records<Sizes>::step_bytes_max);
    if (!records.bytes().empty()) journal_->commit(records.bytes().size(), records.sequence());
    journal_->note_learned(protocol.learned());
    const bool has_begun = begin_write(now);
    // If space allows, the file keeps the records of the slots that peers may request, so that a
    // restart restores these slots.
    journal_->write_due_checkpoint(
        checkpoint_bytes_max<Sizes>, protocol.retained_from(),
        [&](std::span<std::byte> space) { return protocol.checkpoint(space); });
    return has_begun;
}

template <class Exchange>
bool Storage::close(Exchange&& exchange) {
    if (!drain(exchange)) return false;
    publish();
    journal_->close();
    return drain(exchange);
}

template <class Exchange>
bool Storage::drain(Exchange&& exchange) {
    while (journal_->turn() && !journal_->is_idle()) exchange();
    return journal_->error() == 0;
}

}  // namespace paxos::node
