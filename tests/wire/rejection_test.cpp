// Tests of the reasons for which src/wire rejects a datagram. A datagram with exactly one flaw is
// rejected for that flaw and no other reason.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "support/datagrams.h"

namespace paxos::wire::rejection_test {
namespace {

using test::all_kinds;
using test::Datagram;
using test::message_of;
using test::Receiver;

constexpr std::size_t ring_slots = limits::Standard::ring_slots;

/// One flaw of a datagram.
struct Flaw {
    const char* what;
    Rejection expected;
    MessageKind kind;                       // The kind of the only message.
    std::function<void(Datagram&)> damage;  // The checksum is repaired afterwards.
};

std::vector<Flaw> header_flaws() {
    const auto kind = MessageKind::accept;
    return {
        {"one message too few", Rejection::length, kind,
         [](Datagram& d) { d.header.message_count = 2; }},
        {"one message too many", Rejection::length, kind,
         [](Datagram& d) { d.header.message_count = 0; }},
        {"count of 255", Rejection::length, kind,
         [](Datagram& d) { d.header.message_count = 255; }},
        {"wrong magic", Rejection::magic, kind, [](Datagram& d) { d.header.magic ^= 1; }},
        {"future version", Rejection::version, kind, [](Datagram& d) { ++d.header.version; }},
        {"past version", Rejection::version, kind, [](Datagram& d) { --d.header.version; }},
        {"S30 earlier run", Rejection::run, kind, [](Datagram& d) { --d.header.run; }},
        {"addressed to others", Rejection::destination, kind,
         [](Datagram& d) { d.header.destination = 0b11110; }},
        {"addressed to no node", Rejection::destination, kind,
         [](Datagram& d) { d.header.destination = 0; }},
        {"learned beyond the last slot", Rejection::watermark, kind,
         [](Datagram& d) { d.header.learned = limits::slot_max + 1; }},
        {"learned far beyond", Rejection::watermark, kind,
         [](Datagram& d) { d.header.learned = ~Slot{0}; }},
        {"retains more than it learned", Rejection::watermark, kind,
         [](Datagram& d) { d.header.retained = 6; }},
        {"a leader that does not exist", Rejection::contacts, kind,
         [](Datagram& d) { d.header.leader = 5; }},
        {"hears a node beyond the last", Rejection::contacts, kind,
         [](Datagram& d) { d.header.heard = std::uint64_t{1} << 5; }},
        {"hears a 64th node", Rejection::contacts, kind,
         [](Datagram& d) { d.header.heard = std::uint64_t{1} << 63; }},
    };
}

Flaw message_flaw(const char* what, Rejection expected, MessageKind kind,
                  std::function<void(Message&)> damage) {
    return {what, expected, kind, [damage](Datagram& d) { damage(d.messages.front()); }};
}

/// Flaws that a message of any kind can have. They include flaws of the ballot, except for LEARN,
/// which has no ballot.
std::vector<Flaw> common_flaws(MessageKind kind) {
    using M = Message;
    std::vector<Flaw> flaws{
        message_flaw("kind 0", Rejection::kind, kind, [](M& m) { m.kind = MessageKind::none; }),
        message_flaw("kind 8", Rejection::kind, kind,
                     [](M& m) { m.kind = static_cast<MessageKind>(8); }),
        message_flaw("kind 255", Rejection::kind, kind,
                     [](M& m) { m.kind = static_cast<MessageKind>(255); }),
        message_flaw("from another node", Rejection::sender, kind, [](M& m) { m.from = 2; }),
        message_flaw("from an unknown node", Rejection::sender, kind, [](M& m) { m.from = 200; }),
        message_flaw("spare byte", Rejection::reserved, kind, [](M& m) { m.reserved[0] = 1; }),
        message_flaw("flag byte above 1", Rejection::reserved, kind,
                     [](M& m) { m.carries_values = 128; }),
        message_flaw("slot beyond the last", Rejection::slot, kind,
                     [](M& m) { m.slot = limits::slot_max; }),
        message_flaw("last 64-bit slot", Rejection::slot, kind, [](M& m) { m.slot = ~Slot{0}; }),
        message_flaw("last 32-bit number of slots", Rejection::slot, kind,
                     [](M& m) { m.slot_count = 0xffffffff; }),
    };
    if (kind == MessageKind::learn) return flaws;
    flaws.push_back(
        message_flaw("no ballot", Rejection::ballot, kind, [](M& m) { m.ballot = Ballot{}; }));
    flaws.push_back(message_flaw("ballot with counter 0", Rejection::ballot, kind,
                                 [](M& m) { m.ballot = Ballot::from_bits(m.from); }));
    flaws.push_back(message_flaw("ballot of an unknown node", Rejection::ballot, kind,
                                 [](M& m) { m.ballot = Ballot{3, 5}; }));
    flaws.push_back(message_flaw("ballot of node 255", Rejection::ballot, kind,
                                 [](M& m) { m.ballot = Ballot{3, 255}; }));
    return flaws;
}

/// Flaws that only messages of one kind can have.
std::vector<Flaw> kind_flaws() {
    using K = MessageKind;
    using M = Message;
    using R = Rejection;
    const auto of = message_flaw;
    const auto stray_value = [](M& m) { m.value.words.back() = 1; };
    const auto stray_detail = [](M& m) { m.detail = 1; };
    const auto no_slots = [](M& m) { m.slot_count = 0; };
    const auto two_slots = [](M& m) { m.slot_count = 2; };
    const auto carries = [](M& m) { m.carries_values = 1; };
    const auto two_with_values = [](M& m) { m.slot_count = 2, m.carries_values = 1; };
    const auto wide = [](M& m) { m.slot_count = ring_slots + 1; };
    const auto over_the_end = [](M& m) {
        m.slot = limits::slot_max - 2;
        m.slot_count = 3;
        m.value = Value{};
    };
    const auto beyond_the_end = [](M& m) {
        m.slot = limits::slot_max + 1;
        m.slot_count = 0;
    };
    const auto detail = [](std::uint64_t bits) { return [bits](M& m) { m.detail = bits; }; };
    return {
        of("PREPARE with another's ballot", R::ballot, K::prepare,
           [](M& m) { m.ballot = Ballot{3, 2}; }),
        of("S44 PREPARE of too many slots", R::slot, K::prepare, wide),
        of("S44 PREPARE past the last slot", R::slot, K::prepare, over_the_end),
        of("PREPARE that carries values", R::reserved, K::prepare, carries),
        of("PREPARE of all slots beyond the last", R::slot, K::prepare, beyond_the_end),
        of("PREPARE with a detail", R::detail, K::prepare, stray_detail),
        of("PREPARE with a value", R::value, K::prepare, stray_value),
        of("S44 PROMISE of too many slots", R::slot, K::promise, wide),
        of("PROMISE of two slots, one accepted", R::detail, K::promise, two_slots),
        of("PROMISE, accepted at counter 0", R::detail, K::promise, detail(1)),
        of("PROMISE, accepted at the ballot of n5", R::detail, K::promise,
           detail(Ballot{2, 5}.bits())),
        of("PROMISE of all slots, one accepted", R::detail, K::promise, no_slots),
        of("PROMISE of nothing with a value", R::value, K::promise, detail(0)),
        of("ACCEPT with another's ballot", R::ballot, K::accept,
           [](M& m) { m.ballot = Ballot{3, 2}; }),
        of("ACCEPT of no slot", R::slot, K::accept, no_slots),
        of("S44 ACCEPT with fewer values than slots", R::slot, K::accept, two_slots),
        of("S44 ACCEPT of too many slots", R::slot, K::accept, wide),
        of("ACCEPT that carries values twice", R::reserved, K::accept, carries),
        of("ACCEPT with a detail", R::detail, K::accept, stray_detail),
        of("ACCEPTED of no slot", R::slot, K::accepted, no_slots),
        of("S44 ACCEPTED of too many slots", R::slot, K::accepted, wide),
        of("ACCEPTED of two slots with a value", R::value, K::accepted, two_slots),
        of("ACCEPTED with a detail", R::detail, K::accepted, stray_detail),
        of("DECIDE of no slot", R::slot, K::decide, no_slots),
        of("DECIDE of too many slots", R::slot, K::decide, wide),
        of("DECIDE past the last slot", R::slot, K::decide, over_the_end),
        of("DECIDE by an empty quorum", R::detail, K::decide, detail(0)),
        of("DECIDE by an unknown node", R::detail, K::decide, detail(0b100111)),
        of("DECIDE of a range with a value", R::value, K::decide, two_slots),
        of("S44 DECIDE with fewer values than slots", R::slot, K::decide, two_with_values),
        of("DECIDE of one slot that carries values", R::reserved, K::decide, carries),
        of("S44 NACK of too many slots", R::slot, K::nack, wide),
        of("NACK without the higher ballot", R::detail, K::nack, detail(0)),
        of("S07 NACK for the same ballot", R::detail, K::nack, detail(Ballot{3, 1}.bits())),
        of("S07 NACK for a lower ballot", R::detail, K::nack, detail(Ballot{2, 4}.bits())),
        of("NACK for an unknown node's ballot", R::detail, K::nack, detail(Ballot{4, 5}.bits())),
        of("NACK with a value", R::value, K::nack, stray_value),
        of("LEARN with a ballot", R::ballot, K::learn, [](M& m) { m.ballot = Ballot{1, 1}; }),
        of("LEARN of no slot", R::slot, K::learn, no_slots),
        of("LEARN of too many slots", R::slot, K::learn, wide),
        of("LEARN past the last slot", R::slot, K::learn, over_the_end),
        of("LEARN with a detail", R::detail, K::learn, stray_detail),
        of("LEARN with a value", R::value, K::learn, stray_value),
    };
}

std::vector<Flaw> all_flaws() {
    std::vector<Flaw> flaws = header_flaws();
    const auto append = [&](const std::vector<Flaw>& more) {
        flaws.insert(flaws.end(), more.begin(), more.end());
    };
    for (MessageKind kind : all_kinds) append(common_flaws(kind));
    append(kind_flaws());
    return flaws;
}

/// Expects the datagram to be rejected once, for the reason `expected`.
void expect_rejected(Receiver& receiver, const Datagram& datagram, Rejection expected,
                     const std::string& what) {
    const std::uint64_t before = receiver.rejected(expected), all_before = receiver.rejected();
    EXPECT_TRUE(receiver.receive(datagram).empty()) << what;
    EXPECT_EQ(receiver.rejected(expected), before + 1) << what << ": not " << name_of(expected);
    EXPECT_EQ(receiver.rejected(), all_before + 1) << what;
}

TEST(WireRejectionTest, a_datagram_with_one_flaw_is_rejected_for_it) {
    Receiver receiver;
    for (const Flaw& flaw : all_flaws()) {
        const std::string what = std::string{flaw.what} + ", kind " +
                                 std::to_string(int(flaw.kind));
        Datagram datagram = Datagram::good(1, {message_of(flaw.kind, 1)});
        ASSERT_EQ(receiver.receive(datagram).size(), 1U) << what;
        flaw.damage(datagram);
        datagram.repair_checksum();
        expect_rejected(receiver, datagram, flaw.expected, what);
    }
}

TEST(WireRejectionTest, S44_a_run_is_rejected_if_its_values_end_elsewhere_than_its_datagram) {
    Receiver receiver;
    for (const MessageKind kind : {MessageKind::accept, MessageKind::decide})
        for (std::uint32_t count = 2; count <= limits::values_per_datagram; ++count) {
            const std::vector<Message> whole = test::run_of(kind, 1, 7, count);
            std::vector<Message> cells = whole;
            cells.pop_back();
            expect_rejected(receiver, Datagram::good(1, cells), Rejection::slot, "cut");
            cells = whole;
            cells.front().slot_count = static_cast<std::uint32_t>(
                (whole.size() * sizeof(Message) - 32) / limits::value_size + 1);
            expect_rejected(receiver, Datagram::good(1, cells), Rejection::slot, "more");
            if (whole.size() < limits::messages_per_datagram) {
                cells = whole;
                cells.push_back(Message{});  // A cell that is neither a value nor a message.
                expect_rejected(receiver, Datagram::good(1, cells), Rejection::sender, "less");
            }
            const std::size_t used = 32 + count * limits::value_size;
            if (used % sizeof(Message) == 0) continue;
            cells = whole;
            reinterpret_cast<std::byte*>(cells.data())[used] = std::byte{1};
            expect_rejected(receiver, Datagram::good(1, cells), Rejection::reserved, "behind");
        }
}

TEST(WireRejectionTest, a_datagram_with_too_many_messages_is_rejected) {
    Receiver receiver;
    std::vector<Message> messages(limits::messages_per_datagram, message_of(MessageKind::learn, 1));
    ASSERT_EQ(receiver.receive(Datagram::good(1, messages)).size(), 1U);
    messages.push_back(messages.back());
    expect_rejected(receiver, Datagram::good(1, messages), Rejection::length, "one too many");
}

TEST(WireRejectionTest, one_invalid_message_rejects_its_whole_datagram) {
    Receiver receiver;
    for (std::size_t place = 0; place < limits::messages_per_datagram; ++place) {
        Datagram datagram = Datagram::good(
            1, std::vector(limits::messages_per_datagram, message_of(MessageKind::accepted, 1)));
        ASSERT_EQ(receiver.receive(datagram).size(), 1U);
        datagram.messages[place].detail = 1;
        datagram.repair_checksum();
        expect_rejected(receiver, datagram, Rejection::detail, "message " + std::to_string(place));
    }
}

TEST(WireRejectionTest, a_datagram_with_any_bit_flipped_is_rejected) {
    const Datagram good = Datagram::good(1, {message_of(MessageKind::promise, 1)});
    const std::vector<std::byte> bytes = good.to_bytes();
    Receiver receiver;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::vector<std::byte> flipped = bytes;
        flipped[bit / 8] ^= std::byte{1} << bit % 8;
        EXPECT_TRUE(receiver.receive(flipped, flipped.size(), 1).empty()) << "bit " << bit;
    }
    EXPECT_EQ(receiver.rejected(), bytes.size() * 8);
    // The checksum rejects a flip in these fields: checksum and checksum_high (16 bytes), leader (1
    // byte), heard, learned, and retained with sequence (8 bytes each), the message, and all bits
    // of `destination` except the receiver's own. Earlier checks reject all other flips.
    EXPECT_EQ(receiver.rejected(Rejection::checksum),
              (16 + 1 + 3 * 8 + sizeof(Message)) * 8 + 64 - 1);
}

TEST(WireRejectionTest, S08_a_datagram_counts_only_from_the_address_of_its_sender) {
    Receiver receiver;
    const std::vector<std::byte> bytes = Datagram::good(1, {message_of(MessageKind::accepted, 1)})
                                             .to_bytes();
    EXPECT_TRUE(receiver.receive(bytes, bytes.size(), 2).empty());
    EXPECT_TRUE(receiver.receive(bytes, bytes.size(), no_node).empty());
    EXPECT_EQ(receiver.rejected(Rejection::source), 2U);
    for (NodeId sender : {NodeId{5}, NodeId{62}, NodeId{63}, NodeId{64}, NodeId{255}})
        expect_rejected(receiver, Datagram::good(sender, {}), Rejection::source, "no such node");
    // no_node means an unknown sender. A header with this number as its sender is rejected, too.
    const std::vector<std::byte> unknown = Datagram::good(no_node, {}).to_bytes();
    EXPECT_TRUE(receiver.receive(unknown, unknown.size(), no_node).empty());
    EXPECT_EQ(receiver.rejected(Rejection::source), 8U);
    EXPECT_EQ(receiver.rejected(), 8U);
}

TEST(WireRejectionTest, S08_a_reflected_datagram_is_rejected) {
    Receiver receiver{1};
    const Datagram own = Datagram::good(1, {message_of(MessageKind::accepted, 1)});
    expect_rejected(receiver, own, Rejection::destination, "from its own address");
    const std::vector<std::byte> bytes = own.to_bytes();
    EXPECT_TRUE(receiver.receive(bytes, bytes.size(), 2).empty());
    EXPECT_EQ(receiver.rejected(Rejection::source), 1U);  // n2 is not the sender in the header.
}

TEST(WireRejectionTest, S41_every_datagram_of_an_ended_node_is_rejected) {
    Receiver receiver;
    std::vector<Datagram> datagrams{Datagram::good(1, {})};
    for (const MessageKind kind : all_kinds)
        datagrams.push_back(Datagram::good(1, {message_of(kind, 1)}));
    Message last_counter = message_of(MessageKind::prepare, 1);
    last_counter.ballot = Ballot{limits::ballot_counter_max, 1};
    datagrams.push_back(Datagram::good(1, {last_counter}));
    for (const Datagram& datagram : datagrams) ASSERT_EQ(receiver.receive(datagram).size(), 1U);

    receiver.end(NodeMask::of(1) | NodeMask::of(3));
    for (const Datagram& datagram : datagrams)
        expect_rejected(receiver, datagram, Rejection::ended, "from n1");
    expect_rejected(receiver, Datagram::good(3, {}), Rejection::ended, "from n3");
    EXPECT_EQ(receiver.receive(Datagram::good(2, {})).size(), 1U);
    // n1 has ended. A datagram from its address that names n2 as the sender is rejected because of
    // the address.
    const std::vector<std::byte> bytes = Datagram::good(2, {}).to_bytes();
    EXPECT_TRUE(receiver.receive(bytes, bytes.size(), 1).empty());
    EXPECT_EQ(receiver.rejected(Rejection::source), 1U);
}

TEST(WireRejectionTest, reasons_are_checked_in_the_documented_order) {
    Receiver receiver;
    Datagram datagram = Datagram::good(1, {message_of(MessageKind::accept, 1)});
    // Adds flaws in the reverse order of the checks, so that each new flaw is found before the
    // older ones.
    datagram.messages.front().detail = 1;
    datagram.repair_checksum();
    expect_rejected(receiver, datagram, Rejection::detail, "detail");
    datagram.header.retained = 6;
    datagram.repair_checksum();
    expect_rejected(receiver, datagram, Rejection::watermark, "watermark");
    datagram.header.checksum ^= 1;
    expect_rejected(receiver, datagram, Rejection::checksum, "checksum");
    datagram.header.destination = 0;
    expect_rejected(receiver, datagram, Rejection::destination, "destination");
    datagram.header.run ^= 1;
    expect_rejected(receiver, datagram, Rejection::run, "run");
    datagram.header.version ^= 1;
    expect_rejected(receiver, datagram, Rejection::version, "version");
    datagram.header.magic ^= 1;
    expect_rejected(receiver, datagram, Rejection::magic, "magic");
    receiver.end(NodeMask::of(1));
    expect_rejected(receiver, datagram, Rejection::ended, "ended");
    datagram.header.sender = 9;
    expect_rejected(receiver, datagram, Rejection::source, "source");
    datagram.header.message_count = 3;
    expect_rejected(receiver, datagram, Rejection::length, "length");
}

TEST(WireRejectionTest, every_rejection_has_a_name_of_its_own) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < rejections; ++i) names.insert(name_of(static_cast<Rejection>(i)));
    EXPECT_EQ(names.size(), rejections);
    EXPECT_STREQ(name_of(Rejection::length), "length");
    EXPECT_STREQ(name_of(Rejection::ended), "ended");
    EXPECT_STREQ(name_of(Rejection::watermark), "watermark");
    EXPECT_STREQ(name_of(Rejection::value), "value");
}

}  // namespace
}  // namespace paxos::wire::rejection_test
