#include "node/fault_injector.h"

#include <algorithm>
#include <cstring>

namespace paxos::node {

FaultInjector::FaultInjector(const Faults& faults, std::uint64_t seed, std::size_t datagram_size)
    : faults_(faults),
      datagram_size_(datagram_size),
      random_(seed),
      waiting_(waiting_max),
      packed_(datagrams_per_turn * limits::datagram_size) {
    for (std::uint32_t place = 0; place < waiting_max; ++place) free_.push_back(place);
    for (Waiting& place : waiting_) std::memset(place.bytes, 0, sizeof place.bytes);
    occupied_.resize(waiting_max);  // Touched now, to avoid page faults during the run.
    occupied_.clear();
    handed_.resize(waiting_max);
    handed_.clear();
    due_.resize(datagrams_per_turn);
    due_.clear();
}

void FaultInjector::take(std::span<const Send> sends, Tick now) {
    free_.insert(free_.end(), handed_.begin(), handed_.end());
    handed_.clear();
    due_.clear();
    packed_count_ = packed_size_ = 0;
    NodeMask everyone;
    for (const Send& send : sends) everyone = everyone | send.to;
    everyone.for_each(
        [&](NodeId to) {  // Node by node, so that the datagrams to a node are contiguous.
            for (const Send& send : sends) {
                if (!send.to.has(to)) continue;
                for (std::size_t i = 0; i < send.datagram_count(); ++i)
                    decide(to, {send.datagram(i), send.size_of_datagram(i)}, now);
            }
        });
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
    send(to, datagram, now, due_at);
    if (!draws(faults_.duplication)) return;
    ++counters_.duplicated;
    send(to, datagram, now, due_at + random_.below(reorder_ns));
}

void FaultInjector::send(NodeId to, std::span<const std::byte> datagram, Tick now, Tick due_at) {
    if (due_at == now && packed_count_ < datagrams_per_turn)
        pack(to, datagram);
    else
        wait(to, datagram, due_at);
}

void FaultInjector::pack(NodeId to, std::span<const std::byte> datagram) {
    std::byte* place = packed_.data() + packed_size_;
    copy(place, datagram);
    ++packed_count_;
    packed_size_ += datagram.size();
    const std::size_t size_max = limits::datagrams_per_send * datagram_size_;
    const bool joins = !due_.empty() && due_.back().to == to && due_.back().size < size_max &&
                       due_.back().size % datagram_size_ == 0;
    if (joins)
        due_.back().size += datagram.size();
    else
        due_.push_back(Batch{to, place, datagram.size()});
}

void FaultInjector::copy(std::byte* place, std::span<const std::byte> datagram) {
    std::memcpy(place, datagram.data(), datagram.size());
    if (!draws(faults_.corruption)) return;
    ++counters_.corrupted;
    place[random_.below(datagram.size())] ^= static_cast<std::byte>(1U << random_.below(8));
}

void FaultInjector::wait(NodeId to, std::span<const std::byte> datagram, Tick due_at) {
    if (free_.empty()) {
        ++counters_.lost;
        return;
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    Waiting& waiting = waiting_[place];
    copy(waiting.bytes, datagram);
    waiting.size = datagram.size();
    waiting.due_at = due_at;
    waiting.to = to;
    occupied_.push_back(place);
}

std::span<const FaultInjector::Batch> FaultInjector::due(Tick now) {
    std::size_t kept = 0;
    for (const std::uint32_t place : occupied_) {
        const Waiting& datagram = waiting_[place];
        if (datagram.due_at > now || due_.size() == datagrams_per_turn) {
            occupied_[kept++] = place;
            continue;
        }
        due_.push_back(Batch{datagram.to, datagram.bytes, datagram.size});
        handed_.push_back(place);
    }
    occupied_.resize(kept);
    return due_;
}

}  // namespace paxos::node
