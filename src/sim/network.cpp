#include "sim/network.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "paxos/runs.h"

namespace paxos::sim {

wire::Membership Network::membership(NodeId self, std::size_t nodes) {
    return {.self = self, .nodes = nodes, .run = 0x7061786f73};
}

void Network::begin(const Draw& draw, const Weather& weather, Tally& tally) {
    draw_ = &draw;
    weather_ = &weather;
    tally_ = &tally;
    faults_ = draw.faults;
    random_ = Random(mix(draw.seed + 1));
    order_ = 0;
    hash_ = mix(draw.seed);
    failure_.clear();
    for (auto& inbox : inboxes_) {
        for (const Due& due : inbox) drop(due.place);
        inbox.clear();
    }
    for (auto& row : last_due_) row.fill(0);
    for (auto& row : rejected_) row.fill(0);
}

void Network::heal(bool stays_lossy, Tick jitter_max_ns) {
    if (!stays_lossy) faults_.loss = faults_.duplication = faults_.damage = 0;
    faults_.straggling = 0;
    faults_.jitter_ns = std::min(faults_.jitter_ns, jitter_max_ns);
}

std::uint32_t Network::take_place() {
    if (free_.empty()) {
        chunks_.push_back(std::make_unique_for_overwrite<Datagram[]>(chunk));
        const std::size_t count = labels_.size();
        labels_.resize(count + chunk);
        for (std::size_t i = chunk; i-- > 0;)
            free_.push_back(static_cast<std::uint32_t>(count + i));
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    return place;
}

void Network::drop(std::uint32_t place) {
    if (--labels_[place].references == 0) free_.push_back(place);
}

std::uint32_t Network::copy(const std::byte* bytes, std::size_t size, NodeId source) {
    const std::uint32_t place = take_place();
    std::memcpy(bytes_of(place), bytes, size);
    labels_[place] = Label{.size = static_cast<std::uint32_t>(size),
                           .references = 1,
                           .source = source,
                           .fate = Fate::good,
                           .why = {}};
    return place;
}

void Network::send(NodeId from, std::span<const Send> sends, Tick now) {
    for (const Send& send : sends)
        for (std::size_t index = 0; index < send.datagram_count(); ++index) {
            const std::uint32_t place = copy(send.datagram(index), send.size_of_datagram(index),
                                             from);
            send.to.for_each([&](NodeId to) { carry(place, from, to, now); });
            drop(place);
        }
}

/// Decides what happens to a datagram on its way to one node.
void Network::carry(std::uint32_t place, NodeId from, NodeId to, Tick now) {
    Ledger& ledger = tally_->datagrams;
    ++ledger.sent;
    if (weather_->is_cut(from, to)) {
        ++ledger.cut_off;
        return;
    }
    for (;;) {
        const std::uint64_t chance = random_.next();
        if ((chance & 0xffff) < faults_.loss)
            ++ledger.lost;
        else
            deliver(place, from, to, now, chance >> 16);
        if ((chance >> 48) >= faults_.duplication) return;
        ++ledger.duplicated;
    }
}

void Network::deliver(std::uint32_t place, NodeId from, NodeId to, Tick now, std::uint64_t chance) {
    Tick due = now + draw_->latency_ns;
    if (faults_.jitter_ns != 0) due += random_.below(faults_.jitter_ns);
    if ((chance & 0xffff) < faults_.straggling) due += random_.below(faults_.straggle_max_ns);
    tally_->delayed += due != now + draw_->latency_ns;
    if (due < weather_->clogged_until(from, to)) due = weather_->clogged_until(from, to);
    Tick& last = last_due_[from][to];
    tally_->overtaken += due < last;
    last = std::max(last, due);
    if ((chance >> 16 & 0xffff) < faults_.damage) {
        const auto how = static_cast<Damage>(random_.below(damage_kinds));
        ++tally_->damaged[static_cast<std::size_t>(how)];
        const std::uint32_t harmed = damaged(place, to, how);
        put(harmed, to, due);
        drop(harmed);
        if (!is_forgery(how)) return;
        ++tally_->datagrams.forged;
    }
    put(place, to, due);
}

/// Makes a damaged copy of the datagram at `place`.
std::uint32_t Network::damaged(std::uint32_t place, NodeId to, Damage how) {
    const NodeId source = how == Damage::reflected  ? to
                          : how == Damage::stranger ? stranger
                                                    : labels_[place].source;
    const std::uint32_t harmed = take_place();
    std::memcpy(bytes_of(harmed), bytes_of(place), labels_[place].size);
    std::size_t size = labels_[place].size;
    const std::optional<wire::Rejection> why = damage(how, bytes_of(harmed), size, to, random_);
    labels_[harmed] = Label{.size = static_cast<std::uint32_t>(size),
                            .references = 1,
                            .source = source,
                            .fate = why ? Fate::refused_for : Fate::refused,
                            .why = why.value_or(wire::Rejection::length)};
    return harmed;
}

void Network::put(std::uint32_t place, NodeId to, Tick due) {
    std::vector<Due>& inbox = inboxes_[to];
    if (weather_->is_crashed(to)) {
        ++tally_->datagrams.for_the_dead;
        return;
    }
    if (inbox.size() >= draw_->socket_datagrams) {
        ++tally_->datagrams.overflowed;
        return;
    }
    ++labels_[place].references;
    inbox.push_back({due, order_++, place});
    std::push_heap(inbox.begin(), inbox.end());
}

std::size_t Network::receive(NodeId node, Tick now, std::size_t count_max) {
    std::vector<Due>& inbox = inboxes_[node];
    checked_ = accepted_ = arrivals_ = messages_received_ = 0;
    while (received_.size() < count_max && !inbox.empty() && inbox.front().due <= now) {
        received_.push_back(inbox.front());
        std::pop_heap(inbox.begin(), inbox.end());
        inbox.pop_back();
    }
    return received_.size();
}

void Network::check(NodeId node, std::size_t index, const wire::Wire& wire, NodeMask ended) {
    ++checked_;
    auto& known = rejected_[node];
    if (known == wire.rejected()) [[likely]]
        return accept(node, received_[index], ended);
    const auto counter = std::mismatch(known.begin(), known.end(), wire.rejected().begin()).first;
    const auto reason = static_cast<wire::Rejection>(counter - known.begin());
    known = wire.rejected();
    reject(node, labels_[received_[index].place], reason, ended);
}

void Network::accept(NodeId node, const Due& datagram, NodeMask ended) {
    const Label& label = labels_[datagram.place];
    if (label.fate != Fate::good)
        return fail("S32: n" + std::to_string(node) + " accepts a damaged datagram");
    if (ended.has(label.source))
        return fail("S41: n" + std::to_string(node) +
                    " accepts a datagram of a node that has ended");
    ++accepted_;
    ++tally_->datagrams.accepted;
    const auto& header = *reinterpret_cast<const wire::Header*>(bytes_of(datagram.place));
    hash_ = mix(hash_ ^ header.checksum ^ (datagram.due << 8 | node));
    const std::uint64_t messages = message_count(
        {reinterpret_cast<const Message*>(&header + 1), header.message_count});
    messages_received_ += messages;
    tally_->messages += messages;
}

void Network::reject(NodeId node, const Label& label, wire::Rejection reason, NodeMask ended) {
    ++tally_->datagrams.rejected;
    if (reason == wire::Rejection::ended && ended.has(label.source)) return;
    if (label.fate == Fate::refused || (label.fate == Fate::refused_for && label.why == reason))
        return;
    fail("S32: n" + std::to_string(node) + " rejects a " +
         (label.fate == Fate::good
              ? "valid datagram"
              : "damaged datagram for a reason that does not match the damage") +
         ": " + wire::name_of(reason));
}

void Network::check_turn(NodeId node) {
    if (checked_ != received_.size())
        fail("n" + std::to_string(node) + " decodes only " + std::to_string(checked_) + " of " +
             std::to_string(received_.size()) + " received datagrams");
    if (arrivals_ != accepted_)
        fail("S32: n" + std::to_string(node) + " rejects a datagram without counting it");
}

/// Keeps the first failure.
void Network::fail(const std::string& why) {
    if (failure_.empty()) failure_ = why;
}

void Network::release() {
    for (const Due& datagram : received_) drop(datagram.place);
    received_.clear();
}

void Network::bury(NodeId node) {
    tally_->datagrams.for_the_dead += inboxes_[node].size();
    for (const Due& due : inboxes_[node]) drop(due.place);
    inboxes_[node].clear();
}

void Network::end() {
    release();
    for (auto& inbox : inboxes_) {
        tally_->datagrams.under_way += inbox.size();
        for (const Due& due : inbox) drop(due.place);
        inbox.clear();
    }
}

}  // namespace paxos::sim
