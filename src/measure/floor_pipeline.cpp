// See floor_pipeline.h. Measures the pipelined rate with one message for each slot: a slot is
// requested, answered, counted and announced separately from other slots. The code leaves out what
// a protocol needs for correctness and what a run needs for its measurements.
#include "measure/floor_pipeline.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "measure/bare_sender.h"

namespace paxos::measure {
namespace {

constexpr std::size_t cells_per_datagram = BareSender::datagram_size / sizeof(BareCell);
/// The number of cells in one full send. The window is a multiple of this number, because otherwise
/// one of the batches in flight would always be partial.
constexpr std::size_t batch = cells_per_datagram * BareSender::datagrams_per_send;
constexpr std::size_t window = 3 * batch;
constexpr std::size_t ring = 8192;
static_assert(window <= ring);
constexpr std::size_t receives_per_turn = 8;

/// Receives cells and returns their number; 0 if none have arrived.
std::size_t receive_cells(int socket, std::vector<BareCell>& cells) {
    const ssize_t size = recv(socket, cells.data(), cells.size() * sizeof(BareCell), MSG_DONTWAIT);
    return size < 0 ? 0 : static_cast<std::size_t>(size) / sizeof(BareCell);
}

/// Runs in every process but process 0: stores and answers requests, and adds decisions to a
/// digest.
void answer_batches(const BareNode& node) {
    std::vector<BareCell> places(ring), in(1024), out(1024);
    BareSender sender;
    std::uint64_t digest = 0;
    node.outcome->ready.fetch_add(1);
    for (;;) {
        const std::size_t count = receive_cells(node.socket, in);
        if (count == 0) {
            node.idle();
            continue;
        }
        std::size_t answers = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const BareCell& cell = in[i];
            BareCell& place = places[cell.slot % ring];
            if (cell.kind == BareCell::decide) {
                digest = digest * 0x9E3779B97F4A7C15 + cell.value[0] + cell.slot;
                continue;
            }
            if (place.slot == cell.slot && cell.ballot < place.ballot) continue;
            place.slot = cell.slot;
            place.ballot = cell.ballot;
            if (cell.kind == 3) {
                place.accepted = cell.ballot;
                std::copy(std::begin(cell.value), std::end(cell.value), std::begin(place.value));
            }
            BareCell& answer = out[answers++];
            answer = cell;
            ++answer.kind;
            answer.from = static_cast<std::uint32_t>(node.id);
        }
        places[0].from = static_cast<std::uint32_t>(
            digest);  // Stored, so that the compiler must compute the digest.
        if (answers > 0)
            sender.send(node, node.peers->front(), out.data(), answers * sizeof(BareCell));
    }
}

/// Runs in process 0: keeps a window of slots in flight and counts decisions.
class Pipeline {
public:
    Pipeline(const BareNode& node, std::uint32_t first_kind)
        : node_(node), first_kind_(first_kind) {}

    [[nodiscard]] std::uint64_t decided() const { return decided_; }
    void abandon_window() { lowest_ = next_; }

    bool turn() {
        open_slots();
        return take_answers();
    }

private:
    struct Place {
        std::uint64_t slot;
        std::uint32_t expected;  ///< The kind of answer that the slot waits for; 0 if decided.
        std::uint32_t answers;
    };

    void open_slots() {
        const std::size_t in_flight = static_cast<std::size_t>(next_ - lowest_);
        const std::size_t room = std::min(batch - filled_, window - in_flight);
        for (std::size_t i = 0; i < room; ++i) {
            const std::uint64_t slot = next_++;
            BareCell& cell = out_[filled_++];
            cell = {};
            cell.kind = first_kind_;
            cell.slot = slot;
            cell.ballot = 7;
            cell.value[0] = slot;
            places_[slot % ring] = {.slot = slot, .expected = first_kind_ + 1, .answers = 0};
        }
        flush();
    }

    bool take_answers() {
        bool some = false;
        for (std::size_t i = 0; i < receives_per_turn; ++i) {
            const std::size_t count = receive_cells(node_.socket, in_);
            if (count == 0) {
                node_.idle();
                break;
            }
            some = true;
            for (std::size_t j = 0; j < count; ++j) take(in_[j]);
            while (lowest_ < next_ && places_[lowest_ % ring].expected == 0) ++lowest_;
        }
        return some;
    }

    void take(const BareCell& answer) {
        Place& place = places_[answer.slot % ring];
        if (answer.kind != place.expected || answer.slot != place.slot ||
            ++place.answers < node_.peers->size() / 2)
            return;
        BareCell& cell = out_[filled_++];
        cell = answer;
        if (answer.kind == 2) {
            cell.kind = 3;
            place.expected = 4;
            place.answers = 0;
        } else {
            cell.kind = BareCell::decide;
            place.expected = 0;
            ++decided_;
        }
        if (filled_ == batch) flush();
    }

    void flush() {
        if (filled_ == 0) return;
        for (std::size_t peer = 1; peer < node_.peers->size(); ++peer)
            sender_.send(node_, (*node_.peers)[peer], out_.data(), filled_ * sizeof(BareCell));
        filled_ = 0;
    }

    const BareNode& node_;
    const std::uint32_t first_kind_;
    std::uint64_t next_ = 0, lowest_ = 0, decided_ = 0;
    std::size_t filled_ = 0;
    BareSender sender_;
    std::vector<Place> places_{ring};
    std::vector<BareCell> out_{1024}, in_{1024};
};

}  // namespace

BarePlan pipelined(const FloorPlan& plan, std::function<void(const BareNode&)> answer,
                   std::function<void(const BareNode&)> measure) {
    using namespace slicing;
    BarePlan bare;
    bare.core_of = plan.core_of;
    bare.machine_of = plan.machine_of;
    bare.coalesce = true;
    bare.time_limit_ns = start_time_ns + 2 * (warmup_time_ns + slices * slice_time_ns);
    bare.answer = std::move(answer);
    bare.measure = std::move(measure);
    return bare;
}

BarePlan pipelined(const FloorPlan& plan) {
    const std::uint32_t first_kind = plan.phases == 2 ? 1 : 3;
    return pipelined(plan, answer_batches, [first_kind](const BareNode& node) {
        Pipeline pipeline(node, first_kind);
        measure_rate(node, pipeline);
    });
}

}  // namespace paxos::measure
