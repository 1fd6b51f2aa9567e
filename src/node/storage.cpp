// See storage.h.
#include "node/storage.h"

#include <cstring>

#include "node/turns.h"

namespace paxos::node {

Storage::Storage(StorageBoard& board, Slot recorded_max)
    : board_(board),
      recorded_max_(recorded_max),
      earlier_{.batches = board.batches.get(),
               .bytes = board.bytes.get(),
               .checkpoints = board.checkpoints.get()} {}

std::unique_ptr<Storage> Storage::lock(const LogFiles& files, NodeId self, bool waits,
                                       StorageBoard& board, std::string& error) {
    if (waits) store::wait_until_free(store::node_path(files.directory, self), 5000);
    // Before the node's first start in a run, its file has records only of slots below the base.
    // After a restart within the run there is no bound.
    std::unique_ptr<Storage> made(new Storage(board, waits ? ~Slot{0} : files.base));
    const bool is_locked = store::lock_node(files.directory, {files.cluster, self}, made->file_,
                                            error);
    return is_locked ? std::move(made) : nullptr;
}

bool Storage::recover(io::Communicator& communicator, const store::Visitor& visit,
                      std::string& error) {
    touch_pages(&board_, sizeof board_);
    // The launcher chose the base before this process locked the file. Another command may have
    // used the file in between.
    if (!store::begin_incarnation(file_, visit, recorded_max_, error)) return false;
    device_.emplace(communicator);
    journal_.emplace(*device_, file_.superblock, file_.recovered);
    PAXOS_ASSERT(has_space());  // The launcher has checked the size of batches.
    return true;
}

std::optional<Durability> Storage::begin_turn() {
    if (!journal_->take()) [[unlikely]]
        return std::nullopt;  // S26
    return Durability{.up_to = journal_->durable_up_to(), .record_space = journal_->space()};
}

bool Storage::begin_write(Tick now) {
    if (!journal_->is_resting()) return false;
    if (is_writing_) board_.flush.record(now - write_begun_at_);
    // begin_turn() has taken the result of the last write, so this call at most begins a write,
    // and cannot fail.
    static_cast<void>(journal_->turn());
    is_writing_ = !journal_->is_resting();
    write_begun_at_ = now;
    publish();
    return is_writing_;
}

void Storage::publish() {
    const store::Journal::Counters& counters = journal_->counters();
    board_.batches.set(earlier_.batches + counters.batches);
    board_.bytes.set(earlier_.bytes + counters.bytes);
    board_.checkpoints.set(earlier_.checkpoints + counters.checkpoints);
    board_.error.set(static_cast<std::uint64_t>(journal_->error()));
}

std::string Storage::take_error() {
    publish();
    return file_.path + ": cannot be written: " + std::strerror(journal_->error()) +
           "; requests without a durable record were not answered (S26)";
}

}  // namespace paxos::node
