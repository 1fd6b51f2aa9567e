// A node's turn. Data moves one way: bytes, arrivals, step, outbox, bytes.
//
// 1. A turn is one exchange: it sends the output of the last turn and receives what has arrived.
//    The clock is read once, after the exchange, so a receipt is never stamped before its send.
// 2. After the start barrier: no lock, no allocation, no page fault, no system call but the
//    exchange and, on a shared core, the yield.
// 3. What a step learned is digested after the next exchange, so that answers leave first.
#include "node/node.h"

#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "io/clock.h"
#include "io/cores.h"
#include "node/allocation_guard.h"
#include "node/audit.h"
#include "node/checkpointer.h"
#include "node/digester.h"
#include "node/evidence_recorder.h"
#include "node/learned_log.h"
#include "node/load.h"
#include "node/recorder.h"
#include "node/send_order.h"
#include "node/turns.h"
#include "paxos/plants.h"
#include "paxos/variants.h"

namespace paxos::node {
namespace {

using Sizes = limits::Standard;

// A peer's index is its node's id.
static_assert(std::is_same_v<io::PeerIndex, NodeId> && io::no_peer == no_node);

template <class Protocol>
class Node {
public:
    Node(const Context& context, std::unique_ptr<io::Communicator> communicator,
         std::unique_ptr<LearnedLog> learned_log)
        : context_(context),
          plan_(*context.plan),
          board_(*context.board),
          communicator_(std::move(communicator)),
          wire_(context.membership),
          order_(plan_.nodes),
          unreached_(plan_.faults.unreached_by(context.self, plan_.nodes)),
          pool_(new(std::align_val_t{64}) std::byte[Outbox<Sizes>::pool_size]{}),
          protocol_(options_for(context)),
          output_(pool_.get(), event_space()),
          load_(plan_, context.self),
          current_row_(load_.row()),
          digester_(board_.digests, board_.checkpoints.own),
          checkpointer_(board_.checkpoints),
          evidence_(board_.evidence, plan_.slot_end()),
          recorder_(board_),
          learned_log_(std::move(learned_log)) {
        if (plan_.faults.touch_datagrams())
            injector_ = std::make_unique<FaultInjector>(plan_.faults,
                                                        mix(plan_.seed + context.self));
        kill_at_ = kill_slot(plan_, context.self);
        is_listing_ = plan_.slot_end() - plan_.warmup <= board_.listed.size();
    }

    int run() {
        announce(context_, NodeState::ready);
        while (context_.control.phase() == Phase::wait) io::yield();
        announce(context_, NodeState::running);
        recorder_.begin_row(readings());
        recorder_.restart_wait(io::now());
        allocation_guard::arm();
        while (context_.control.phase() != Phase::stop && violation_ == nullptr) idle(turn());
        allocation_guard::disarm();
        communicator_->read_drops();
        recorder_.publish(readings());
        if (load_.row() != rows_max) recorder_.end_row(readings(), board_.rows[load_.row()]);
        note_ended();
        checkpointer_.publish_retained(protocol_.retained_from(), digester_.total().end, places());
        announce(context_, violation_ ? NodeState::unsafe : NodeState::stopped);
        return violation_ ? 5 : 0;
    }

private:
    /// Returns the number of full receives and waiting sends; 0: there was nothing to do.
    std::size_t turn() {
        const std::size_t received = communicator_->exchange();
        keep_books();
        note_ended();
        wire_.end(ended_);
        now_ = io::now();
        protocol_.step({.now = now_,
                        .arrivals = unframe(),
                        .proposals = load_.proposals(protocol_.next_slot(), now_),
                        .ended = ended_},
                       output_);
        send();
        ++turns_;
        stepped_ = true;
        if (output_.violation.kind != ViolationKind::none) [[unlikely]]
            report(output_.violation);
        return received + output_.outbox.sends().size();
    }

    std::span<const Arrival> unframe() {
        std::size_t count = 0;
        for (const io::Received& received : communicator_->received())
            count += wire_.unframe({received.bytes, received.size}, received.segment_size,
                                   received.from, std::span{arrivals_}.subspan(count));
        for (std::size_t i = 0; i < count; ++i) order_.hear(arrivals_[i].from);
        return {arrivals_.data(), count};
    }

    void send() {
        const std::span<const Send> sends = output_.outbox.sends();
        if (!sends.empty())
            wire_.frame(sends,
                        {protocol_.learned(), protocol_.retained_from(), protocol_.contacts()});
        if (injector_) [[unlikely]]
            return send_through_injector(sends);
        for (const Send& send : sends)
            order_.for_each(send.to, [&](NodeId to) { queue(to, send.bytes, send.size()); });
    }
    void send_through_injector(std::span<const Send> sends) {
        injector_->take(sends, now_);
        for (const FaultInjector::Batch& batch : injector_->due(now_))
            queue(batch.to, batch.bytes, batch.size);
    }
    /// The one place that sends. Drops what is for an ended node (S41) or a path cut by --faults.
    void queue(NodeId to, const std::byte* bytes, std::size_t size) {
        if ((ended_ | unreached_).has(to)) [[unlikely]] {
            if (!ended_.has(to))
                lost_to_cuts_ += (size + limits::datagram_size - 1) / limits::datagram_size;
            return;
        }
        communicator_->queue(to, bytes, size, limits::datagram_size);
    }

    void keep_books() {
        if (!stepped_) return;
        stepped_ = false;
        if (output_.proposed.size() != 0) note_proposed();
        for (std::size_t i = 0; i < output_.quorum_count; ++i) note_quorum(output_.quorums[i]);
        if (output_.decisions.size() != 0 || output_.skipped.size() != 0) note_decisions();
        while (load_.on_learned(protocol_.learned(), now_, protocol_.next_slot())) turn_the_row();
        if (output_.event_count != 0) [[unlikely]]
            trace();
        if (now_ < publish_at_) return;
        publish_at_ = now_ + publish_every_ns;
        recorder_.publish(readings());
        board_.proposing.set(protocol_.is_proposing());
        const Contacts contacts = protocol_.contacts();
        board_.heard.set(contacts.heard.bits());
        board_.leader.set(contacts.leader);
        // Repeated while the load is over: another node may have taken over since.
        if (load_.is_over() && protocol_.is_proposing()) board_.plan_end.publish(load_.begin());
    }
    void note_proposed() {
        load_.on_proposed(output_.proposed, now_);
        if (load_.row() == rows_max) return;
        RowBoard& row = board_.rows[load_.row()];
        if (row.first_proposal_at.get() == 0) row.first_proposal_at.set(now_);
    }
    void note_quorum(SlotRange run) {
        if (load_.row() == rows_max) return;
        // A lone node decides in the step that proposes, so the clock is read a second time.
        load_.on_quorum(run, plan_.nodes == 1 ? io::now() : now_, board_.rows[load_.row()]);
    }
    void note_decisions() {
        if (output_.skipped.size() != 0) {
            board_.skipped.add(output_.skipped.size());
            if (board_.skipped_end.get() == 0) board_.skipped_first.set(output_.skipped.first);
            board_.skipped_end.set(output_.skipped.end);
            digester_.complete(output_.skipped.end);
            if (digester_.total().end >= checkpointer_.next())
                checkpointer_.reach(digester_.total());
        }
        const SlotRange learned = output_.decisions;
        for (Slot slot = learned.first; slot < learned.end;) {
            const Slot end = std::min(
                {learned.end, digester_.interval_end(slot), checkpointer_.next()});
            const std::span<const LogSlot> places = learned_in(slot, end);
            const Audit audited = audit(places, slot, load_.values());
            if (!audited.is_proposed) [[unlikely]]
                report_foreign(slot, places);
            if (audited.no_ops != 0) [[unlikely]]
                count_no_ops(slot, places);
            digester_.add(slot, audited.digest, places.size());
            evidence_.add(places, slot);
            slot += places.size();
            if (slot == checkpointer_.next()) [[unlikely]]
                checkpointer_.reach(digester_.total());
        }
        digester_.complete(learned.end);
        evidence_.complete(learned.end);
        if (is_listing_) [[unlikely]]
            list(learned);
        if (learned_log_) [[unlikely]]
            log(learned);
        if (load_.row() != rows_max)
            recorder_.on_progress(learned.first, now_, board_.rows[load_.row()]);
        board_.learned.publish(learned.end);
        if (learned.end >= kill_at_) [[unlikely]]
            std::raise(SIGKILL);
        if (learned.end == plan_.slot_end()) announce(context_, NodeState::complete);
    }
    /// Slots of the warm-up are not rounds, so their no-ops are not counted.
    void count_no_ops(Slot first, std::span<const LogSlot> places) {
        for (std::size_t i = 0; i < places.size(); ++i)
            if (first + i >= plan_.warmup && places[i].value.is_no_op()) board_.no_ops.add(1);
    }
    /// The first contiguous part of [first, end) in the log. A planted fault is such a part.
    std::span<const LogSlot> learned_in(Slot first, Slot end) {
        const std::span<const LogSlot> places = protocol_.places_of(first, end);
        if (!(plants::flip || plants::swap || plants::abort) || context_.self != 1) return places;
        if (first < planted_slot)
            return places.first(std::min(places.size(), planted_slot - first));
        if (first > planted_slot + plants::swap) return places;
        PAXOS_ASSERT(!plants::abort);
        planted_ = places.front();
        if constexpr (plants::swap) planted_.value = protocol_.value_of(first ^ 1);
        if constexpr (plants::flip) planted_.value.words[2] ^= 1;
        return {&planted_, 1};
    }
    [[nodiscard]] auto places() {
        return [this](Slot first, Slot end) { return learned_in(first, end); };
    }
    /// REQUIRES: the digest is up to date, so the log still retains all that was digested.
    void note_ended() {
        ended_ = context_.control.ended();
        const auto end_of = [&](NodeId node) { return context_.control.log_end_of(node); };
        if (!checkpointer_.has_seen(ended_)) [[unlikely]]
            checkpointer_.note_ended(ended_, end_of, digester_.total(), protocol_.retained_from(),
                                     places());
    }
    void list(SlotRange learned) {
        for (Slot slot = std::max(learned.first, plan_.warmup); slot < learned.end; ++slot) {
            const std::uint64_t count = board_.listed_count.get();
            if (count == board_.listed.size()) return;
            board_.listed[count] = ListedDecision{slot, protocol_.ballot_of(slot),
                                                  learned_in(slot, slot + 1).front().value};
            board_.listed_count.publish(count + 1);
        }
    }
    void log(SlotRange learned) {
        for (Slot slot = learned.first; slot < learned.end; ++slot)
            learned_log_->add(slot, protocol_.ballot_of(slot),
                              learned_in(slot, slot + 1).front().value);
    }
    void turn_the_row() {
        if (current_row_ != rows_max) {
            recorder_.end_row(readings(), board_.rows[current_row_]);
            board_.rows[current_row_].learned_at.set(now_);
        }
        current_row_ = load_.row();
        recorder_.begin_row(readings());
        recorder_.restart_wait(now_);
    }

    void idle(std::size_t work) {
        if (work != 0) return;
        if (context_.idle == IdleKind::spin)
            return context_.control.has_lost_core() ? io::yield() : void();
        if (context_.idle == IdleKind::yield) return io::yield();
        communicator_->wait(
            sleep_for(now_, protocol_.is_proposing() ? load_.due_at() : Load::never));
    }

    void trace() {
        for (std::size_t i = 0; i < output_.event_count; ++i) {
            const Slot slot = output_.events[i].message.slot;
            if (slot < plan_.warmup + plan_.log_first || slot - plan_.warmup >= plan_.log_end)
                continue;
            // A full ring counts what it loses.
            static_cast<void>(board_.trace.push({now_, output_.events[i]}));
        }
    }
    void report(const Violation& violation) {
        if (violation_ != nullptr) return;  // The first one is the cause.
        describe(violation, std::span{board_.error});
        violation_ = board_.error.data();
    }
    /// Reports the first of the slots from `slot` on that holds a value which was not proposed.
    void report_foreign(Slot slot, std::span<const LogSlot> places) {
        while (may_be_decided(places.front().value, slot, load_.values())) {
            places = places.subspan(1);
            PAXOS_ASSERT(!places.empty());
            ++slot;
        }
        Violation foreign;
        foreign.slot = slot;
        foreign.value_there = places.front().value;
        report(foreign);
    }

    [[nodiscard]] Readings readings() const {
        FaultInjector::Counters injected = injector_ ? injector_->counters()
                                                     : FaultInjector::Counters{};
        injected.lost += lost_to_cuts_;
        return {protocol_.counters(), communicator_->counters(), wire_.rejected(), injected,
                turns_};
    }
    std::span<Event> event_space() {
        if (!plan_.log) return {};
        events_ = std::make_unique<Event[]>(events_max);
        return {events_.get(), events_max};
    }

    static constexpr Slot planted_slot = 2;  // And its neighbour, where two are swapped.
    static constexpr std::size_t events_max = 8192;
    static constexpr Tick publish_every_ns = 5'000'000;
    static constexpr std::size_t arrivals_max = limits::receives_per_turn *
                                                (65536 / limits::cache_line_size + 1);

    struct Unaligned {
        void operator()(std::byte* bytes) const {
            ::operator delete[](bytes, std::align_val_t{64});
        }
    };

    const Context context_;
    const Plan& plan_;
    NodeBoard& board_;
    std::unique_ptr<io::Communicator> communicator_;
    wire::Wire wire_;
    SendOrder order_;
    const NodeMask unreached_;  // Paths cut by --faults.
    std::unique_ptr<std::byte[], Unaligned> pool_;
    Protocol protocol_;
    std::unique_ptr<Event[]> events_;
    Output<Sizes> output_;
    Load load_;
    std::size_t current_row_;  // The one that `recorder_` counts for; rows_max: none.
    Digester digester_;
    Checkpointer checkpointer_;
    EvidenceRecorder evidence_;
    Recorder recorder_;
    std::unique_ptr<LearnedLog> learned_log_;  // Null unless a test asks for it.
    std::unique_ptr<FaultInjector> injector_;
    std::array<Arrival, arrivals_max> arrivals_{};
    std::uint64_t lost_to_cuts_ = 0;  // Datagrams not sent over cut paths.
    NodeMask ended_;                  // As marked on the board at the start of this turn.
    Tick now_ = 0;
    Tick publish_at_ = 0;
    Slot kill_at_ = ~Slot{0};
    LogSlot planted_{};
    bool is_listing_ = false;  // Few enough slots are measured that each is shown.
    std::uint64_t turns_ = 0;
    bool stepped_ = false;
    const char* violation_ = nullptr;
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
    auto communicator = io::Communicator::open(
        {.socket = context.socket,
         .peers = context.peers,
         .kind = context.plan->io,
         .sends_max = is_faulty ? FaultInjector::datagrams_per_turn : sends,
         .receives_max = limits::receives_per_turn,
         .receives_min = context.idle == IdleKind::spin ? 1U : limits::receives_sharing_a_core},
        error);
    std::string log_error;
    auto learned_log = LearnedLog::open(context.self, log_error);
    if (error.empty()) error = log_error;
    if (!communicator || !log_error.empty()) {
        std::snprintf(board.error.data(), board.error.size(), "%s", error.c_str());
        announce(context, NodeState::failed);
        return 3;
    }
    describe_start(context, *communicator);
    const auto turns = [&]<class Protocol>() {
        return std::make_unique<Node<Protocol>>(context, std::move(communicator),
                                                std::move(learned_log))
            ->run();
    };
    return with_variant<Sizes>(context.plan->protocol, turns);
}

}  // namespace paxos::node
