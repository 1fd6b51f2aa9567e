// Each slot is requested, answered, counted and announced separately. What a protocol needs for
// correctness and a run needs for its measurement is left out.
#include "measure/floor_pipeline.h"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace paxos::measure {
namespace {

constexpr std::size_t cells_per_datagram = 22;
constexpr std::size_t datagrams_per_send = 44;
/// A batch is one full send. A window is a multiple of it: otherwise partial batches circulate
/// (io-facts 18).
constexpr std::size_t batch = cells_per_datagram * datagrams_per_send;
constexpr std::size_t window = 3 * batch;
constexpr std::size_t ring = 8192;
static_assert(window <= ring);
constexpr std::size_t receives_per_turn = 8;

constexpr std::uint64_t ms = 1'000'000;
constexpr std::size_t slices =
    5;  ///< The rate is their median, so that one disturbance does not count.
constexpr std::uint64_t slice_time_ns = 28 * ms;
constexpr std::uint64_t warmup_time_ns = 10 * ms;
constexpr std::uint64_t stall_time_ns = 20 * ms;  ///< After this, what is in flight counts as lost.
constexpr std::uint64_t start_time_ns = 1000 * ms;

/// Sends cells in datagrams of 22, all in one call if the kernel supports UDP_SEGMENT.
class CellSender {
public:
    void send(const BareNode& node, const sockaddr_in& to, const BareCell* cells,
              std::size_t count) {
        if (segments_ && count > cells_per_datagram && try_send(node, to, cells, count, true))
            return;
        while (count > 0) {
            const std::size_t some = std::min(count, cells_per_datagram);
            if (!try_send(node, to, cells, some, false)) return;  // Lost; detected as a stall.
            cells += some;
            count -= some;
        }
    }

private:
    bool try_send(const BareNode& node, const sockaddr_in& to, const BareCell* cells,
                  std::size_t count, bool cut) {
        iovec bytes{const_cast<BareCell*>(cells), count * sizeof(BareCell)};
        msghdr header{};
        header.msg_iov = &bytes;
        header.msg_iovlen = 1;
        header.msg_name = const_cast<sockaddr_in*>(&to);
        header.msg_namelen = sizeof to;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
        if (cut) {
            header.msg_control = control.data();
            header.msg_controllen = control.size();
            cmsghdr* const message = CMSG_FIRSTHDR(&header);
            message->cmsg_level = IPPROTO_UDP;
            message->cmsg_type = UDP_SEGMENT;
            message->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
            const std::uint16_t size = cells_per_datagram * sizeof(BareCell);
            std::memcpy(CMSG_DATA(message), &size, sizeof size);
        }
        if (sendmsg(node.socket, &header, 0) >= 0) return true;
        // No segmentation (UDP_SEGMENT) on this kernel or device, or the MTU is too small: send
        // singly.
        if (cut && (errno == EIO || errno == EINVAL || errno == EMSGSIZE || errno == EOPNOTSUPP)) {
            segments_ = false;
            return false;
        }
        node.note_refused(errno);
        return cut;
    }

    bool segments_ = true;
};

/// Receives cells; returns their number, 0: none have arrived.
std::size_t receive_cells(int socket, std::vector<BareCell>& cells) {
    const ssize_t size = recv(socket, cells.data(), cells.size() * sizeof(BareCell), MSG_DONTWAIT);
    return size < 0 ? 0 : static_cast<std::size_t>(size) / sizeof(BareCell);
}

/// The other processes: store what is requested, answer it, sum up decisions.
void answer_batches(const BareNode& node) {
    std::vector<BareCell> places(ring), in(1024), out(1024);
    CellSender sender;
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
            if (cell.kind == BareCell::told) {
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
            digest);  // Used, so that the compiler must compute it.
        if (answers > 0) sender.send(node, node.peers->front(), out.data(), answers);
    }
}

/// Process 0: keeps a window of slots in flight, and counts decisions.
class Pipeline {
public:
    Pipeline(const BareNode& node, std::uint32_t first_kind)
        : node_(node), first_kind_(first_kind) {}

    void run() {
        if (!node_.others_are_ready()) return;
        std::array<double, slices> rates{};
        run_for(warmup_time_ns);
        for (double& rate : rates) rate = run_for(slice_time_ns);
        std::nth_element(rates.begin(), rates.begin() + slices / 2, rates.end());
        node_.outcome->rate = rates[slices / 2];
        node_.outcome->done.store(node_.outcome->rate > 0);
    }

private:
    struct Place {
        std::uint64_t slot;
        std::uint32_t expected;  ///< The kind of answer it waits for; 0: decided.
        std::uint32_t answers;
    };

    /// Runs for `time_ns`; returns the slots decided per second.
    double run_for(std::uint64_t time_ns) {
        const std::uint64_t begin = bare_now(), decided_before = decided_;
        std::uint64_t now = begin, progress_at = begin;
        while (now - begin < time_ns) {
            open_slots();
            if (take_answers()) progress_at = now;
            now = bare_now();
            if (now - progress_at < stall_time_ns) continue;
            lowest_ = next_;  // What was in flight was lost and stays undecided.
            progress_at = now;
        }
        return static_cast<double>(decided_ - decided_before) * 1e9 /
               static_cast<double>(now - begin);
    }

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
            cell.kind = BareCell::told;
            place.expected = 0;
            ++decided_;
        }
        if (filled_ == batch) flush();
    }

    void flush() {
        if (filled_ == 0) return;
        for (std::size_t peer = 1; peer < node_.peers->size(); ++peer)
            sender_.send(node_, (*node_.peers)[peer], out_.data(), filled_);
        filled_ = 0;
    }

    const BareNode& node_;
    const std::uint32_t first_kind_;
    std::uint64_t next_ = 0, lowest_ = 0, decided_ = 0;
    std::size_t filled_ = 0;
    CellSender sender_;
    std::vector<Place> places_{ring};
    std::vector<BareCell> out_{1024}, in_{1024};
};

}  // namespace

BarePlan pipelined(const FloorPlan& plan) {
    BarePlan bare;
    bare.core_of = plan.core_of;
    bare.coalesce = true;
    bare.time_limit_ns = start_time_ns + 2 * (warmup_time_ns + slices * slice_time_ns);
    bare.answer = answer_batches;
    const std::uint32_t first_kind = plan.phases == 2 ? 1 : 3;
    bare.measure = [first_kind](const BareNode& node) { Pipeline(node, first_kind).run(); };
    return bare;
}

}  // namespace paxos::measure
