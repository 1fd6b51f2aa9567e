// Encoding and decoding: headers, the checksum or tag, and the order in which received bytes are
// validated.
#include "wire/wire.h"

#include <algorithm>

#include "wire/checksum.h"
#include "wire/validate.h"

namespace paxos::wire {
namespace {

bool is_aligned(const std::byte* place) {
    return reinterpret_cast<std::uintptr_t>(place) % limits::cache_line_size == 0;
}

std::size_t size_of(std::size_t cell_count) {
    return sizeof(Header) + cell_count * sizeof(Message);
}

const Header& header_of(std::span<const std::byte> datagram) {
    return *reinterpret_cast<const Header*>(datagram.data());
}

Tag tag_in(std::span<const std::byte> datagram) {
    const Header& header = header_of(datagram);
    return {header.checksum, header.checksum_high};
}

void write_tag(std::byte* datagram, const Tag& tag) {
    auto& header = *reinterpret_cast<Header*>(datagram);
    header.checksum = tag.low;
    header.checksum_high = tag.high;
}

}  // namespace

const char* name_of(Rejection rejection) {
    static constexpr std::array<const char*, rejections> names{
        "length",      "source",   "ended",  "magic",     "version",  "run",
        "destination", "checksum", "tag",    "watermark", "contacts", "kind",
        "sender",      "reserved", "ballot", "slot",      "detail",   "value"};
    return names[static_cast<std::size_t>(rejection)];
}

Wire::Wire(const Membership& membership) : membership_(membership) {
    PAXOS_ASSERT(membership.nodes >= 1 && membership.nodes <= limits::nodes_max);
    PAXOS_ASSERT(membership.self < membership.nodes);
    if (membership.key) authenticator_.emplace(*membership.key);
}

void Wire::encode(std::span<const Send> sends, const SenderState& sender) {
    PAXOS_ASSERT(sender.learned <= limits::slot_max && sender.retained_from <= sender.learned);
    const Slot retained = sender.learned - sender.retained_from;
    PAXOS_ASSERT(retained <= ~std::uint32_t{0});
    const bool is_authenticated = authenticator_.has_value();
    const auto incarnation = std::uint32_t{membership_.incarnation} << 16;
    for (const Send& send : sends) {
        const std::size_t datagram_count = send.datagram_count();
        for (std::size_t index = 0; index < datagram_count; ++index) {
            std::byte* datagram = send.datagram(index);
            const std::size_t cell_count = send.cells_in(index);
            auto& header = *reinterpret_cast<Header*>(datagram);
            header = Header{.checksum = 0,
                            .checksum_high = 0,
                            .magic = datagram_magic,
                            .version = datagram_version,
                            .leader = sender.contacts.leader,
                            .sender = membership_.self,
                            .message_count = static_cast<std::uint8_t>(cell_count),
                            .run = membership_.run,
                            .destination = send.to.bits(),
                            .heard = sender.contacts.heard.bits(),
                            .learned = sender.learned,
                            .retained = static_cast<std::uint32_t>(retained),
                            .sequence = incarnation | sequence_++};
            if (!is_authenticated) [[likely]]
                header.checksum = checksum_of(datagram, size_of(cell_count));
        }
        if (is_authenticated) [[unlikely]]
            sign(send);
    }
}

void Wire::sign(const Send& send) const {
    const std::size_t count = send.datagram_count();
    for (std::size_t index = 0; index < count;) {
        std::byte* first = send.datagram(index);
        const std::size_t size = size_of(send.cells_in(index)) - checksum_begins;
        // Only the last datagram of a send may be shorter.
        if (index + 1 == count || send.cells_in(index + 1) != send.cells_in(index)) {
            write_tag(first, authenticator_->tag(first + checksum_begins, size));
            ++index;
            continue;
        }
        std::byte* second = send.datagram(index + 1);
        const auto tags = authenticator_->tags(first + checksum_begins, second + checksum_begins,
                                               size);
        write_tag(first, tags[0]);
        write_tag(second, tags[1]);
        index += 2;
    }
}

std::size_t Wire::decode(std::span<const std::byte> bytes, std::size_t segment_size, NodeId source,
                         std::span<Arrival> arrivals) {
    PAXOS_ASSERT(is_aligned(bytes.data()));
    const std::size_t segment_size_max = segment_size == 0 ? bytes.size() : segment_size;
    if (authenticator_) [[unlikely]]
        return decode_authenticated(bytes, segment_size_max, source, arrivals);
    std::size_t good = 0;
    std::size_t offset = 0;
    do {  // Runs at least once, because zero bytes count as one empty datagram.
        const auto datagram = bytes.subspan(offset,
                                            std::min(segment_size_max, bytes.size() - offset));
        offset += datagram.size();

        PAXOS_ASSERT(good < arrivals.size());
        Fault fault = fault_of_header(datagram, source);
        if (!fault) [[likely]]
            fault = fault_of_checksum(datagram);
        if (!fault) [[likely]]
            fault = read(datagram, arrivals[good]);
        if (fault) [[unlikely]] {
            count(*fault);
            continue;
        }
        ++good;
    } while (offset < bytes.size());
    return good;
}

std::size_t Wire::decode_authenticated(Datagram bytes, std::size_t segment_size_max, NodeId source,
                                       std::span<Arrival> arrivals) {
    std::size_t good = 0;
    const auto accept = [&](Datagram datagram, const Tag& expected) {
        PAXOS_ASSERT(good < arrivals.size());
        const Fault fault = tag_in(datagram) == expected ? read(datagram, arrivals[good])
                                                         : Rejection::tag;
        if (fault) [[unlikely]]
            return count(*fault);
        ++good;
    };
    const auto accept_alone = [&](Datagram datagram) {
        accept(datagram, authenticator_->tag(datagram.data() + checksum_begins,
                                             datagram.size() - checksum_begins));
    };
    // A datagram whose tag is not computed yet. It waits for another datagram of the same size,
    // because two tags computed together cost little more than one.
    Datagram waiting;
    std::size_t offset = 0;
    do {
        const Datagram datagram = bytes.subspan(offset,
                                                std::min(segment_size_max, bytes.size() - offset));
        offset += datagram.size();
        if (const Fault fault = fault_of_header(datagram, source)) [[unlikely]] {
            count(*fault);
            continue;
        }
        if (waiting.size() == datagram.size()) {
            const auto tags = authenticator_->tags(waiting.data() + checksum_begins,
                                                   datagram.data() + checksum_begins,
                                                   datagram.size() - checksum_begins);
            accept(waiting, tags[0]);
            accept(datagram, tags[1]);
            waiting = {};
            continue;
        }
        if (!waiting.empty()) accept_alone(waiting);
        waiting = datagram;
    } while (offset < bytes.size());
    if (!waiting.empty()) accept_alone(waiting);
    return good;
}

std::optional<Rejection> Wire::fault_of_header(Datagram datagram, NodeId source) const {
    const std::size_t size = datagram.size();
    // The datagrams of one receive are adjacent. A node sends whole cache lines, so a datagram
    // behind a node's datagram is aligned. A datagram behind a foreign or truncated one may be
    // misaligned, and then cannot be read in place.
    if (size < sizeof(Header) || size > limits::datagram_size || !is_aligned(datagram.data()))
        return Rejection::length;
    const Header& header = header_of(datagram);
    if (size != size_of(header.message_count)) return Rejection::length;

    const NodeId sender = header.sender;
    if (sender >= membership_.nodes || source != sender) return Rejection::source;
    if (down_.has(sender)) return Rejection::ended;
    if (header.magic != datagram_magic) return Rejection::magic;
    if (header.version != datagram_version) return Rejection::version;
    if (header.run != membership_.run) return Rejection::run;
    if (sender == membership_.self || !NodeMask{header.destination}.has(membership_.self))
        return Rejection::destination;
    return std::nullopt;
}

std::optional<Rejection> Wire::fault_of_checksum(Datagram datagram) {
    const Header& header = header_of(datagram);
    if (header.checksum != checksum_of(datagram.data(), datagram.size()) ||
        header.checksum_high != 0)
        return Rejection::checksum;
    return std::nullopt;
}

std::optional<Rejection> Wire::read(Datagram datagram, Arrival& arrival) const {
    const Header& header = header_of(datagram);
    if (header.learned > limits::slot_max || header.retained > header.learned)
        return Rejection::watermark;
    const bool is_leader_known = header.leader == no_node || header.leader < membership_.nodes;
    if (!is_leader_known || header.heard >> membership_.nodes != 0) return Rejection::contacts;

    const std::span messages{reinterpret_cast<const Message*>(datagram.data() + sizeof(Header)),
                             header.message_count};
    const bool is_one_run = is_run(messages);
    const std::span to_validate = is_one_run ? messages.first(1) : messages;
    const NodeId sender = header.sender;
    if (const auto fault = find_fault(to_validate, sender, membership_.nodes)) return fault;
    // The fields are written in place. A copy of a struct whose fields were just written would
    // defeat store-to-load forwarding.
    arrival.from = sender;
    arrival.learned = header.learned;
    arrival.retained_from = header.learned - header.retained;
    arrival.contacts = {NodeMask{header.heard}, header.leader};
    arrival.incarnation = static_cast<Incarnation>(header.sequence >> 16);
    arrival.messages = messages;
    arrival.is_run = is_one_run;
    return std::nullopt;
}

}  // namespace paxos::wire
