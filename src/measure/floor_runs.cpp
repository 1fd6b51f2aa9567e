// See floor_runs.h. One message covers a run of slots, but each slot is still stored, counted and
// added to a digest separately, as a simple implementation of Paxos with such messages would do.
#include "measure/floor_runs.h"

#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "measure/bare_runs.h"
#include "measure/floor_pipeline.h"

namespace paxos::measure {
namespace {

/// The number of slots in one full send of requests to accept. The window is a multiple of this
/// number. Otherwise part of the window could stay unused, because only whole batches are opened.
constexpr std::size_t batch = values_per_datagram * BareSender::datagrams_per_send;
constexpr std::size_t window = 3 * batch;
constexpr std::size_t ring = 8192;  ///< Larger rings do not fit in the L2 cache and are slower.
static_assert(window <= ring && window <= RunWriter::slots_max);
constexpr std::size_t receive_size = 65536;
constexpr std::size_t receives_per_turn = 8;
/// When the unsent messages have at least this many bytes, they are sent before more answers are
/// received.
constexpr std::size_t flush_size = 40'000;

/// Receives one batch and calls `visit` for its messages. False: none has arrived.
template <class Visit>
bool receive(int socket, std::vector<std::byte>& bytes, Visit&& visit) {
    const ssize_t size = recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size <= 0) return false;
    for_each_run_cell(std::span(bytes).first(static_cast<std::size_t>(size)), visit);
    return true;
}

void send(BareSender& sender, const BareNode& node, std::size_t to,
          std::span<const std::byte> bytes) {
    constexpr std::size_t most = BareSender::datagram_size * BareSender::datagrams_per_send;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(most, bytes.size())))
        sender.send(node, (*node.peers)[to], bytes.data(), std::min(most, bytes.size()));
}

/// Runs in every process but process 0: stores and answers requests, and adds decisions to a
/// digest.
class Answerer {
public:
    explicit Answerer(const BareNode& node) : node_(node) {}

    [[noreturn]] void run() {
        node_.outcome->ready.fetch_add(1);
        for (;;) {
            const bool some = receive(node_.socket, in_, [this](const RunCell& cell, auto values) {
                take(cell, values.data());
            });
            if (!some) {
                node_.idle();
                continue;
            }
            places_[0].spare = digest_;  // Stored, so that the compiler must compute the digest.
            send(sender_, node_, 0, out_.bytes());
            out_.clear();
        }
    }

private:
    struct Place {
        std::uint64_t slot, promised, accepted, spare;
        BareValue value;
    };

    void take(const RunCell& cell, const std::byte* values) {
        const std::uint64_t end = cell.slot + cell.count;
        if (cell.kind == RunCell::decide) {
            for (std::uint64_t slot = cell.slot; slot < end; ++slot)
                digest_ += (places_[slot % ring].value[0] ^ slot) * 0x9E3779B97F4A7C15;
            return;
        }
        for (std::uint64_t slot = cell.slot; slot < end; ++slot) {
            Place& place = places_[slot % ring];
            if (place.slot == slot && cell.ballot < place.promised) continue;
            place.slot = slot;
            place.promised = cell.ballot;
            place.accepted = 0;
            if (cell.kind != RunCell::accept) continue;
            place.accepted = cell.ballot;
            std::memcpy(&place.value, values + (slot - cell.slot) * sizeof place.value,
                        sizeof place.value);
        }
        out_.add(cell.kind + 1, static_cast<std::uint32_t>(node_.id), cell.slot, cell.count);
    }

    const BareNode& node_;
    std::vector<Place> places_ = std::vector<Place>(ring);
    std::vector<std::byte> in_ = std::vector<std::byte>(receive_size);
    RunWriter out_;
    BareSender sender_;
    std::uint64_t digest_ = 0;
};

/// Runs in process 0: keeps a window of slots in flight and counts decisions.
class RunPipeline {
public:
    RunPipeline(const BareNode& node, std::uint32_t first_kind)
        : node_(node), first_kind_(static_cast<std::uint8_t>(first_kind)) {}

    [[nodiscard]] std::uint64_t decided() const { return decided_; }
    void abandon_window() { lowest_ = next_; }

    bool turn() {
        open_batch();
        bool some = false;
        for (std::size_t i = 0; i < receives_per_turn; ++i) {
            if (!receive(node_.socket, in_, [this](const RunCell& cell, auto) { take(cell); })) {
                node_.idle();
                break;
            }
            some = true;
            while (lowest_ < next_ && places_[lowest_ % ring].expected == 0) ++lowest_;
            if (out_.bytes().size() >= flush_size) flush();
        }
        flush();
        return some;
    }

private:
    struct Place {
        std::uint8_t expected;  ///< The kind of answer that the slot waits for; 0 if decided.
        std::uint8_t answers;
    };

    /// Opens a whole batch of slots, or none if the window has no space for a whole batch.
    void open_batch() {
        if (next_ - lowest_ + batch > window) return;
        for (std::uint64_t slot = next_; slot < next_ + batch; ++slot)
            places_[slot % ring] = {.expected = static_cast<std::uint8_t>(first_kind_ + 1),
                                    .answers = 0};
        request(first_kind_, next_, batch);
        next_ += batch;
        flush();
    }

    void take(const RunCell& answer) {
        if (answer.slot < lowest_ || answer.slot + answer.count > next_) return take_late(answer);
        const bool is_promise = answer.kind == 2;
        const std::uint32_t next_kind = is_promise ? RunCell::accept : RunCell::decide;
        const std::size_t majority = node_.peers->size() / 2;
        std::uint64_t complete = 0;  // Slots immediately below `slot` that this answer completed.
        const std::uint64_t end = answer.slot + answer.count;
        for (std::uint64_t slot = answer.slot; slot < end; ++slot) {
            Place& place = places_[slot % ring];
            if (answer.kind != place.expected || ++place.answers < majority) {
                request(next_kind, slot - complete, complete);
                complete = 0;
                continue;
            }
            ++complete;
            place = {.expected = static_cast<std::uint8_t>(is_promise ? 4 : 0), .answers = 0};
        }
        request(next_kind, end - complete, complete);
    }

    /// Takes the part of an answer that lies in the window, and ignores the rest.
    void take_late(const RunCell& answer) {
        RunCell rest = answer;
        rest.slot = std::max(answer.slot, lowest_);
        const std::uint64_t end = std::min(answer.slot + answer.count, next_);
        if (rest.slot >= end) return;
        rest.count = end - rest.slot;
        take(rest);
    }

    void request(std::uint32_t kind, std::uint64_t first, std::uint64_t count) {
        if (count == 0) return;
        if (kind == RunCell::decide) decided_ += count;
        if (kind == RunCell::accept)
            out_.add_accept(first, count);
        else
            out_.add(kind, 0, first, count);
    }

    void flush() {
        for (std::size_t peer = 1; peer < node_.peers->size(); ++peer)
            send(sender_, node_, peer, out_.bytes());
        out_.clear();
    }

    const BareNode& node_;
    const std::uint8_t first_kind_;
    std::uint64_t next_ = 0, lowest_ = 0, decided_ = 0;
    std::vector<Place> places_ = std::vector<Place>(ring);
    std::vector<std::byte> in_ = std::vector<std::byte>(receive_size);
    RunWriter out_;
    BareSender sender_;
};

}  // namespace

BarePlan pipelined_in_runs(const FloorPlan& plan) {
    const std::uint32_t first_kind = plan.phases == 2 ? 1 : RunCell::accept;
    return pipelined(
        plan, [](const BareNode& node) { Answerer(node).run(); },
        [first_kind](const BareNode& node) {
            RunPipeline pipeline(node, first_kind);
            measure_rate(node, pipeline);
        });
}

}  // namespace paxos::measure
