// The main loop of a node: turns between Phase::start and Phase::stop, and idling.
//
// 1. After the start barrier a node takes no lock, allocates nothing and takes no page fault. Its
//    only system calls are the exchange, the wait of an idle node, and, at the end of a row or of
//    the load, getrusage and a write to the launcher's eventfd. With --explain it also calls
//    getrusage in every turn.
// 2. The bookkeeping of a step is done after the next exchange, so that the step's messages leave
//    first.
// 3. A node is durable if it has `storage_`. Durable and memory-only nodes run the same steps.
// 4. A later incarnation of a node clears the node's death mark only when the node's records are
//    restored, its incarnation number is durable, and its socket and board are ready (S23, S41).
#include "node/node.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "base/huge_pages.h"
#include "io/clock.h"
#include "io/cores.h"
#include "node/allocation_guard.h"
#include "node/bookkeeper.h"
#include "node/storage.h"
#include "node/transport.h"
#include "node/turns.h"
#include "paxos/variants.h"
#include "turn/turn.h"

namespace paxos::node {
namespace {

using Sizes = limits::Standard;

// A peer's index in the table is its node id.
static_assert(std::is_same_v<io::PeerIndex, NodeId> && io::no_peer == no_node);

template <class Protocol>
class Node {
public:
    Node(const Context& context, std::unique_ptr<io::Communicator> communicator,
         std::unique_ptr<LearnedLog> learned_log, std::unique_ptr<Storage> storage)
        : context_(context),
          storage_(std::move(storage)),
          pool_(Outbox<Sizes>::pool_size),
          history_(storage_ ? limits::history_slots : 0),
          events_(context.plan->log ? std::make_unique<Event[]>(events_max) : nullptr),
          transport_(std::move(communicator), *context.plan, context.self),
          turn_(options_for(context, history_), context.membership, transport_, io::Clock{},
                pool_.data(), {events_.get(), events_ ? events_max : 0}),
          books_(context_, turn_.protocol(), std::move(learned_log)) {}

    static void* operator new(std::size_t size) { return allocate_huge_pages(size); }
    static void operator delete(void* node) { free_huge_pages(node); }

    /// Restores the records that earlier incarnations of a durable node wrote. On failure returns
    /// false and sets `error`.
    [[nodiscard]] bool restore(std::string& error) {
        if (!storage_) return true;
        // Touches the whole object, because it contains the memory for answers that wait for
        // durable records. Memory-only nodes never use that memory.
        touch_pages(this, sizeof *this);
        return storage_->recover(
            transport_.communicator(),
            [this](std::span<const Message> records) { turn_.restore(records); }, error);
    }
    int run() {
        announce(context_, NodeState::ready);
        while (context_.control.phase() == Phase::wait) io::yield();
        announce(context_, NodeState::running);
        books_.begin(readings(), io::now());
        const DeathMarker death_marker(context_.control.death_mark());
        books_.note_ready();
        allocation_guard::arm();
        while (context_.control.phase() != Phase::stop && books_.violation() == nullptr &&
               !storage_failed_)
            idle(turn());
        allocation_guard::disarm();
        if (storage_ && books_.violation() == nullptr && !storage_failed_)
            storage_failed_ = !storage_->close([this] {
                transport_.send_only();
                io::yield();
            });
        transport_.communicator().read_drops();
        books_.finish(readings(), context_.control.ended());
        return end();
    }

private:
    /// Announces how the node ended. Returns the exit code.
    int end() {
        if (books_.violation() != nullptr) {
            announce(context_, NodeState::unsafe);
            return 5;
        }
        if (storage_failed_) {
            fail(context_, NodeState::storage_failed, storage_->take_error());
            return 3;
        }
        announce(context_, NodeState::stopped);
        return 0;
    }
    /// Returns the total number of sends, receives with data and new writes of this turn. 0 means
    /// that there was nothing to do.
    std::size_t turn() {
        const std::size_t received = exchange();
        if (turn_.count() != 0) [[likely]]
            books_.record(turn_.output(), turn_.now(), [this] { return readings(); });
        const NodeMask ended = context_.control.ended();
        books_.note_ended(ended);
        if (storage_failed_) [[unlikely]]
            return 1;
        turn_.step(
            ended, [this](Slot next, Tick now) { return books_.load().proposals(next, now); },
            durability_);
        if (turn_.output().violation.kind != ViolationKind::none) [[unlikely]]
            books_.report(turn_.output().violation);
        bool has_begun_write = false;
        if (storage_)
            has_begun_write = storage_->end_turn(turn_.protocol(), turn_.output().records,
                                                 turn_.now());
        return received + turn_.output().outbox.sends().size() + (has_begun_write ? 1 : 0);
    }
    std::size_t exchange() {
        if (!storage_) return turn_.exchange();
        std::size_t received = 0;
        if (turn_.protocol().has_room() && storage_->has_space()) [[likely]]
            received = turn_.exchange();
        else
            turn_.send_only();
        const std::optional<Durability> durability = storage_->begin_turn();
        storage_failed_ = !durability;
        if (durability) durability_ = *durability;
        return received;
    }
    void idle(std::size_t work) {
        if (work != 0) return;
        const IdleKind kind = idle_now(context_.idle, context_.control.has_lost_core());
        if (kind == IdleKind::spin) return;
        if (kind == IdleKind::yield) return io::yield();
        const bool is_proposing = turn_.protocol().is_proposing();
        transport_.communicator().wait(
            sleep_for(turn_.now(), is_proposing ? books_.load().due_at() : Load::never));
    }
    [[nodiscard]] Readings readings() const {
        return {turn_.protocol().counters(), transport_.communicator().counters(),
                turn_.wire().rejected(), transport_.injected(), turn_.count()};
    }

    // Enough for a step that learns a whole ring of slots, each with an event, and sends answers.
    static constexpr std::size_t events_max = 2 * Sizes::ring_slots;
    const Context context_;
    const std::unique_ptr<Storage> storage_;  // Null in memory-only mode.
    Durability durability_;
    bool storage_failed_ = false;
    std::vector<std::byte, HugePageAllocator<std::byte>> pool_;
    std::vector<Decision, HugePageAllocator<Decision>> history_;  // Empty in memory-only mode.
    std::unique_ptr<Event[]> events_;                             // Null without --log.
    Transport transport_;
    Turn<Protocol, Sizes, Transport, io::Clock> turn_;
    Bookkeeper<Protocol, Sizes> books_;
};

}  // namespace

int run(const Context& for_node) {
    Context context = for_node;
    NodeBoard& board = *context.board;
    touch(board, *context.plan);
    const auto refuse = [&](const std::string& error) {
        fail(context, NodeState::failed, error);
        return 3;
    };
    std::string error;
    std::unique_ptr<Storage> storage;
    if (context.files != nullptr) {
        storage = Storage::lock(*context.files, context.self, context.is_later_incarnation,
                                board.storage, error);
        if (!storage) return refuse(error);
        context.membership.incarnation = storage->incarnation();
    }
    const bool is_faulty = context.plan->faults.touch_datagrams();
    // With many nodes and large values, a step may have more sends than one system call takes.
    const std::size_t sends = std::min<std::size_t>(
        Sizes::sends_per_step * std::max<std::size_t>(context.plan->nodes - 1, 1),
        io::sends_max_max);
    io::SendSockets connected;
    if (!connected.open(*context.peers, context.self, error)) return refuse(error);
    auto communicator = io::Communicator::open(
        {.socket = context.socket,
         .peers = context.peers,
         .connected = &connected,
         .file = storage ? storage->file() : -1,
         .kind = context.plan->io,
         .sends_max = is_faulty ? FaultInjector::datagrams_per_turn : sends,
         .receives_max = limits::receives_per_turn,
         .receives_min = context.idle == IdleKind::spin ? 1U : limits::receives_sharing_a_core},
        error);
    if (!communicator) return refuse(error);
    auto learned_log = LearnedLog::open(context.self, context.is_later_incarnation, error);
    if (!error.empty()) return refuse(error);
    describe_start(context, *communicator);
    const auto run_node = [&]<class Protocol>() {
        const auto node = std::make_unique<Node<Protocol>>(
            context, std::move(communicator), std::move(learned_log), std::move(storage));
        return node->restore(error) ? node->run() : refuse(error);
    };
    return with_variant<Sizes>(context.plan->protocol, run_node);
}

}  // namespace paxos::node
