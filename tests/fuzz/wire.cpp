// Fuzz target: for any bytes, src/wire must return messages or a reason for rejection. It must not
// crash or read past the end, and it must accept exactly what the independent description in
// tests/support/second_table.h accepts.
//
// Input: one byte of options, one for the source address, two for the segment size, then the
// datagrams as they arrive. Three bits of the options byte each make one part of every datagram
// valid: the header constants, the message count, and the checksum or tag. Without these bits,
// hardly any input would get past the checks of these parts. A fourth bit selects a receiver that
// demands tags.
#include "fuzz/fuzz.h"
#include "support/second_table.h"

namespace paxos::fuzz {
namespace {

constexpr std::size_t nodes = 5;
constexpr std::size_t size_max = 65535;  // Maximum bytes of one receive.

/// Repairs those parts of a datagram that the bits of `how` select.
void make_valid(std::span<std::byte> datagram, std::uint8_t how,
                const std::optional<wire::AuthKey>& key) {
    wire::Header header;
    if (datagram.size() < sizeof header) return;
    std::memcpy(&header, datagram.data(), sizeof header);
    if ((how & 1) != 0) {
        header.magic = wire::datagram_magic;
        header.version = wire::datagram_version;
        header.run = test::run_id;
        header.checksum_high = 0;
    }
    if ((how & 2) != 0)
        header.message_count = static_cast<std::uint8_t>((datagram.size() - sizeof header) /
                                                         limits::message_size);
    std::memcpy(datagram.data(), &header, sizeof header);
    if ((how & 4) == 0) return;
    wire::Tag tag{wire::checksum_of(datagram.data(), datagram.size()), 0};
    if (key) tag = wire::Authenticator(*key).tag(datagram.data() + 16, datagram.size() - 16);
    std::memcpy(datagram.data(), &tag, sizeof tag);
}

void receive(Bytes bytes) {
    static test::Receiver plain, authenticated(0, nodes, test::auth_key());
    const std::uint8_t how = bytes.byte();
    test::Receiver& receiver = (how & 8) != 0 ? authenticated : plain;
    const auto source = static_cast<NodeId>(bytes.below(nodes + 1));
    const std::size_t segment_size = bytes.number(2);
    const auto rest = std::as_bytes(bytes.rest().first(std::min(bytes.rest().size(), size_max)));
    std::vector<std::byte> datagrams(rest.begin(), rest.end());
    const std::size_t count = test::datagram_count(datagrams.size(), segment_size);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t begin = i * segment_size;
        const std::size_t left = datagrams.size() - begin;
        make_valid(
            std::span{datagrams}.subspan(begin, count == 1 ? left : std::min(segment_size, left)),
            how, receiver.key());
    }
    const std::string wrong = test::disagreement(receiver, nodes, datagrams, segment_size, source);
    demand(wrong.empty(), wrong);
}

}  // namespace
}  // namespace paxos::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    paxos::fuzz::receive({data, size});
    return 0;
}
