#include "node/fault_injector.h"

#include <algorithm>
#include <cstring>

namespace paxos::node {

FaultInjector::FaultInjector(const Faults& faults, std::uint64_t seed)
    : faults_(faults), random_(seed), waiting_(room) {
    for (std::uint32_t place = 0; place < room; ++place) free_.push_back(place);
    for (Waiting& place : waiting_) std::memset(place.bytes, 0, sizeof place.bytes);
    occupied_.resize(room);  // Written to now, so that no page fault comes later.
    occupied_.clear();
    handed_.resize(room);
    handed_.clear();
    due_.resize(datagrams_per_turn);
    due_.clear();
}

void FaultInjector::take(std::span<const Send> sends, Tick now) {
    free_.insert(free_.end(), handed_.begin(), handed_.end());
    handed_.clear();
    for (const Send& send : sends)
        for (std::size_t i = 0; i < send.datagram_count(); ++i) {
            const std::size_t size = limits::cache_line_size + send.messages_in(i) * limits::message_size;
            send.to.for_each([&](NodeId to) { decide(to, {send.datagram(i), size}, now); });
        }
}

void FaultInjector::decide(NodeId to, std::span<const std::byte> datagram, Tick now) {
    if (draws(faults_.loss)) {
        ++counters_.lost;
        return;
    }
    Tick due_at = now;
    if (faults_.delay_ns != 0) {
        due_at += random_.below(faults_.delay_ns + 1);
        ++counters_.delayed;
    }
    if (draws(faults_.reordering)) {
        due_at += reorder_ns + random_.below(reorder_ns);
        ++counters_.reordered;
    }
    wait(to, datagram, due_at);
    if (!draws(faults_.duplication)) return;
    ++counters_.duplicated;
    wait(to, datagram, due_at + random_.below(reorder_ns));
}

void FaultInjector::wait(NodeId to, std::span<const std::byte> datagram, Tick due_at) {
    if (free_.empty()) {
        ++counters_.lost;
        return;
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    Waiting& copy = waiting_[place];
    std::memcpy(copy.bytes, datagram.data(), datagram.size());
    copy.size = datagram.size();
    copy.due_at = due_at;
    copy.to = to;
    if (draws(faults_.corruption)) {
        ++counters_.corrupted;
        copy.bytes[random_.below(copy.size)] ^= static_cast<std::byte>(1U << random_.below(8));
    }
    occupied_.push_back(place);
}

std::span<const FaultInjector::Datagram> FaultInjector::due(Tick now) {
    due_.clear();
    std::size_t kept = 0;
    for (const std::uint32_t place : occupied_) {
        const Waiting& datagram = waiting_[place];
        if (datagram.due_at > now || due_.size() == datagrams_per_turn) {
            occupied_[kept++] = place;
            continue;
        }
        due_.push_back(Datagram{datagram.to, datagram.bytes, datagram.size});
        handed_.push_back(place);
    }
    occupied_.resize(kept);
    return due_;
}

}  // namespace paxos::node
