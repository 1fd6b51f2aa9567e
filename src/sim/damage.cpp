#include "sim/damage.h"

#include <cstring>

#include "wire/checksum.h"

namespace paxos::sim {
namespace {

using wire::Rejection;

wire::Header& header_of(std::byte* datagram) { return *reinterpret_cast<wire::Header*>(datagram); }

/// A random message of the datagram, never a cell with values. REQUIRES: the datagram has messages.
Message& any_message_of(std::byte* datagram, Random& random) {
    auto* cells = reinterpret_cast<Message*>(datagram + sizeof(wire::Header));
    std::size_t index = random.below(header_of(datagram).message_count), begin = 0;
    while (begin + cells[begin].cell_count() <= index) begin += cells[begin].cell_count();
    return cells[begin];
}

/// Makes a message invalid. Returns the reason for which src/wire must reject it.
Rejection damage_message(Message& message, Random& random) {
    switch (random.below(6)) {
        case 0:
            message.kind = static_cast<MessageKind>(8 + random.below(248));
            message.carries_values = 0;  // The flag may be 1 only in a DECIDE.
            return Rejection::kind;
        case 1: message.from = static_cast<NodeId>(message.from ^ 1); return Rejection::sender;
        case 2: message.reserved[0] = 1; return Rejection::reserved;
        // slot_max itself is left out, because a message about all slots from slot_max on is valid.
        case 3: message.slot = limits::slot_max + 1 + random.below(1000); return Rejection::slot;
        case 4:  // A run that is longer than any ring (S44).
            message.slot_count = static_cast<std::uint32_t>(limits::Standard::ring_slots + 1 +
                                                            random.below(1U << 30));
            return Rejection::slot;
        default:
            message.kind = MessageKind::nack;  // A NACK that names no higher ballot (S07).
            message.carries_values = 0;
            message.slot_count = 1;
            message.ballot = Ballot{3, 0};
            message.detail = Ballot{2, 0}.bits();
            message.value = Value{};
            return Rejection::detail;
    }
}

std::optional<Rejection> forge(Damage how, std::byte* datagram, NodeId to, Random& random) {
    wire::Header& header = header_of(datagram);
    switch (how) {
        case Damage::wrong_magic: header.magic ^= 1U << random.below(32); return Rejection::magic;
        case Damage::future_version: ++header.version; return Rejection::version;
        case Damage::earlier_run: --header.run; return Rejection::run;
        case Damage::elsewhere:
            header.destination &= ~(std::uint64_t{1} << to);
            return Rejection::destination;
        case Damage::reflected: header.sender = to; return Rejection::destination;
        case Damage::stranger: return Rejection::source;
        case Damage::bad_watermark:
            if (random.below(2) == 0)
                header.learned = limits::slot_max + 1;
            else
                header.retained = static_cast<std::uint32_t>(header.learned + 1);
            return Rejection::watermark;
        default: break;
    }
    if (header.message_count == 0) {  // There is no message to damage.
        ++header.version;
        return Rejection::version;
    }
    return damage_message(any_message_of(datagram, random), random);
}

}  // namespace

std::optional<Rejection> damage(Damage how, std::byte* datagram, std::size_t& size, NodeId to,
                                Random& random) {
    switch (how) {
        case Damage::corrupted:
            datagram[random.below(size)] ^= static_cast<std::byte>(1U << random.below(8));
            return std::nullopt;  // The reason depends on the field in which the bit lies.
        case Damage::truncated: size = random.below(size); return Rejection::length;
        case Damage::emptied: size = 0; return Rejection::length;
        case Damage::overlong: {
            const std::size_t more = 1 + random.below(limits::cache_line_size);
            std::memset(datagram + size, 0x5a, more);
            size += more;
            return Rejection::length;
        }
        default: break;
    }
    const std::optional<Rejection> why = forge(how, datagram, to, random);
    header_of(datagram).checksum = wire::checksum_of(datagram, size);
    return why;
}

}  // namespace paxos::sim
