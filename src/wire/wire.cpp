// Encoding and decoding: headers, the checksum, and the order in which received bytes are
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

}  // namespace

const char* name_of(Rejection rejection) {
    static constexpr std::array<const char*, rejections> names{
        "length",      "source",   "ended",     "magic",    "version", "run",
        "destination", "checksum", "watermark", "contacts", "kind",    "sender",
        "reserved",    "ballot",   "slot",      "detail",   "value"};
    return names[static_cast<std::size_t>(rejection)];
}

Wire::Wire(const Membership& membership) : membership_(membership) {
    PAXOS_ASSERT(membership.nodes >= 1 && membership.nodes <= limits::nodes_max);
    PAXOS_ASSERT(membership.self < membership.nodes);
}

void Wire::encode(std::span<const Send> sends, const SenderState& sender) {
    PAXOS_ASSERT(sender.learned <= limits::slot_max && sender.retained_from <= sender.learned);
    const Slot retained = sender.learned - sender.retained_from;
    PAXOS_ASSERT(retained <= ~std::uint32_t{0});
    for (const Send& send : sends) {
        const std::size_t datagram_count = send.datagram_count();
        for (std::size_t index = 0; index < datagram_count; ++index) {
            std::byte* datagram = send.datagram(index);
            const std::size_t message_count = send.messages_in(index);
            auto& header = *reinterpret_cast<Header*>(datagram);
            header = Header{.checksum = 0,
                            .checksum_high = 0,
                            .magic = datagram_magic,
                            .version = datagram_version,
                            .leader = sender.contacts.leader,
                            .sender = membership_.self,
                            .message_count = static_cast<std::uint8_t>(message_count),
                            .run = membership_.run,
                            .destination = send.to.bits(),
                            .heard = sender.contacts.heard.bits(),
                            .learned = sender.learned,
                            .retained = static_cast<std::uint32_t>(retained),
                            .sequence = sequence_++};
            header.checksum = checksum_of(datagram,
                                          sizeof(Header) + message_count * sizeof(Message));
        }
    }
}

std::size_t Wire::decode(std::span<const std::byte> bytes, std::size_t segment_size, NodeId source,
                         std::span<Arrival> arrivals) {
    PAXOS_ASSERT(is_aligned(bytes.data()));
    const std::size_t segment_size_max = segment_size == 0 ? bytes.size() : segment_size;
    std::size_t good = 0;
    std::size_t offset = 0;
    do {  // At least once: zero bytes are one empty datagram.
        const auto datagram = bytes.subspan(offset,
                                            std::min(segment_size_max, bytes.size() - offset));
        offset += datagram.size();

        PAXOS_ASSERT(good < arrivals.size());
        if (const auto rejection = examine(datagram, source, arrivals[good])) [[unlikely]] {
            ++rejected_[static_cast<std::size_t>(*rejection)];
            continue;
        }
        ++good;
    } while (offset < bytes.size());
    return good;
}

std::optional<Rejection> Wire::examine(std::span<const std::byte> datagram, NodeId source,
                                       Arrival& arrival) const {
    const std::size_t size = datagram.size();
    // A node sends whole cache lines, so the next datagram is aligned. A datagram after a foreign
    // or truncated one may be misaligned and then cannot be read in place.
    if (size < sizeof(Header) || size > limits::datagram_size || !is_aligned(datagram.data()))
        return Rejection::length;
    const auto& header = *reinterpret_cast<const Header*>(datagram.data());
    const std::size_t message_count = header.message_count;
    if (size != sizeof(Header) + message_count * sizeof(Message)) return Rejection::length;

    const NodeId sender = header.sender;
    if (sender >= membership_.nodes || source != sender) return Rejection::source;
    if (ended_.has(sender)) return Rejection::ended;
    if (header.magic != datagram_magic) return Rejection::magic;
    if (header.version != datagram_version) return Rejection::version;
    if (header.run != membership_.run) return Rejection::run;
    if (sender == membership_.self || !NodeMask{header.destination}.has(membership_.self))
        return Rejection::destination;
    if (header.checksum != checksum_of(datagram.data(), size) || header.checksum_high != 0)
        return Rejection::checksum;
    if (header.learned > limits::slot_max || header.retained > header.learned)
        return Rejection::watermark;
    const bool is_leader_known = header.leader == no_node || header.leader < membership_.nodes;
    if (!is_leader_known || header.heard >> membership_.nodes != 0) return Rejection::contacts;

    const std::span messages{reinterpret_cast<const Message*>(datagram.data() + sizeof(Header)),
                             message_count};
    const bool is_one_run = is_run(messages);
    const std::span to_validate = is_one_run ? messages.first(1) : messages;
    if (const auto fault = find_fault(to_validate, sender, membership_.nodes)) return fault;
    // Constructed in place: copying a struct just written field by field defeats store-to-load
    // forwarding.
    arrival.from = sender;
    arrival.learned = header.learned;
    arrival.retained_from = header.learned - header.retained;
    arrival.contacts = {NodeMask{header.heard}, header.leader};
    arrival.messages = messages;
    arrival.is_run = is_one_run;
    return std::nullopt;
}

}  // namespace paxos::wire
