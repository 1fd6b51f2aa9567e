// The main loop of a node: turns between Phase::start and Phase::stop, and idling.
//
// 1. After the start barrier: no lock, no allocation, no page fault, no system call but the
//    exchange, the wait of an idle node, and, at the end of a row or of the load, getrusage and a
//    write to the launcher's eventfd.
// 2. What a step did is recorded after the next exchange, so that its messages leave first.
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
#include "node/transport.h"
#include "node/turns.h"
#include "paxos/variants.h"
#include "turn/turn.h"

namespace paxos::node {
namespace {

using Sizes = limits::Standard;

// The index of a peer in the table is the id of the node.
static_assert(std::is_same_v<io::PeerIndex, NodeId> && io::no_peer == no_node);

template <class Protocol>
class Node {
public:
    Node(const Context& context, std::unique_ptr<io::Communicator> communicator,
         std::unique_ptr<LearnedLog> learned_log)
        : context_(context),
          pool_(Outbox<Sizes>::pool_size),
          events_(context.plan->log ? std::make_unique<Event[]>(events_max) : nullptr),
          transport_(std::move(communicator), *context.plan, context.self),
          turn_(options_for(context), context.membership, transport_, io::Clock{}, pool_.data(),
                {events_.get(), events_ ? events_max : 0}),
          books_(context_, turn_.protocol(), std::move(learned_log)) {}

    static void* operator new(std::size_t size) { return allocate_huge_pages(size); }
    static void operator delete(void* node) { free_huge_pages(node); }

    int run() {
        announce(context_, NodeState::ready);
        while (context_.control.phase() == Phase::wait) io::yield();
        announce(context_, NodeState::running);
        books_.begin(readings(), io::now());
        allocation_guard::arm();
        while (context_.control.phase() != Phase::stop && books_.violation() == nullptr)
            idle(turn());
        allocation_guard::disarm();
        transport_.communicator().read_drops();
        books_.finish(readings(), context_.control.ended());
        const bool is_safe = books_.violation() == nullptr;
        announce(context_, is_safe ? NodeState::stopped : NodeState::unsafe);
        return is_safe ? 0 : 5;
    }

private:
    /// Returns the number of receives with data plus the number of sends; 0: nothing to do.
    std::size_t turn() {
        const std::size_t received = turn_.exchange();
        if (turn_.count() != 0) [[likely]]
            books_.record(turn_.output(), turn_.now(), [this] { return readings(); });
        const NodeMask ended = context_.control.ended();
        books_.note_ended(ended);
        turn_.step(ended,
                   [this](Slot next, Tick now) { return books_.load().proposals(next, now); });
        if (turn_.output().violation.kind != ViolationKind::none) [[unlikely]]
            books_.report(turn_.output().violation);
        return received + turn_.output().outbox.sends().size();
    }
    void idle(std::size_t work) {
        if (work != 0) return;
        if (context_.idle == IdleKind::spin)
            return context_.control.has_lost_core() ? io::yield() : void();
        if (context_.idle == IdleKind::yield) return io::yield();
        const bool is_proposing = turn_.protocol().is_proposing();
        transport_.communicator().wait(
            sleep_for(turn_.now(), is_proposing ? books_.load().due_at() : Load::never));
    }
    [[nodiscard]] Readings readings() const {
        return {turn_.protocol().counters(), transport_.communicator().counters(),
                turn_.wire().rejected(), transport_.injected(), turn_.count()};
    }

    static constexpr std::size_t events_max = 8192;
    const Context context_;
    std::vector<std::byte, HugePageAllocator<std::byte>> pool_;
    std::unique_ptr<Event[]> events_;  // Null without --log.
    Transport transport_;
    Turn<Protocol, Sizes, Transport, io::Clock> turn_;
    Bookkeeper<Protocol, Sizes> books_;
};

}  // namespace

int run(const Context& context) {
    const DeathMarker death_marker(context.control.death_mark());
    NodeBoard& board = *context.board;
    touch(board, *context.plan);
    std::string error;
    const bool is_faulty = context.plan->faults.touch_datagrams();
    const std::size_t sends = Sizes::sends_per_step *
                              std::max<std::size_t>(context.plan->nodes - 1, 1);
    io::SendSockets connected;
    const bool is_connected = connected.open(*context.peers, context.self, error);
    const io::Options options{
        .socket = context.socket,
        .peers = context.peers,
        .connected = &connected,
        .kind = context.plan->io,
        .sends_max = is_faulty ? FaultInjector::datagrams_per_turn : sends,
        .receives_max = limits::receives_per_turn,
        .receives_min = context.idle == IdleKind::spin ? 1U : limits::receives_sharing_a_core};
    auto communicator = is_connected ? io::Communicator::open(options, error) : nullptr;
    std::string log_error;
    auto learned_log = LearnedLog::open(context.self, log_error);
    if (error.empty()) error = log_error;
    if (!communicator || !log_error.empty()) {
        std::snprintf(board.error.data(), board.error.size(), "%s", error.c_str());
        announce(context, NodeState::failed);
        return 3;
    }
    describe_start(context, *communicator);
    const auto run_node = [&]<class Protocol>() {
        return std::make_unique<Node<Protocol>>(context, std::move(communicator),
                                                std::move(learned_log))
            ->run();
    };
    return with_variant<Sizes>(context.plan->protocol, run_node);
}

}  // namespace paxos::node
