// Measures wire: encoding, decoding with validation, and the checksum.
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "count.h"
#include "paxos/outbox.h"
#include "wire/checksum.h"
#include "wire/wire.h"

namespace paxos::bench {
namespace {

constexpr std::size_t nodes = 5;
constexpr Slot learned = 5;

wire::Membership membership_of(NodeId self) {
    return {.self = self, .nodes = nodes, .run = 0x1122334455667788};
}

/// One send of ACCEPTs from node 0 to all others.
class Said {
public:
    explicit Said(std::size_t messages)
        : pool_(new(std::align_val_t{64}) std::byte[Outbox<limits::Standard>::pool_size]{}),
          outbox_(pool_.get()),
          wire_(membership_of(0)) {
        for (Slot slot = 0; slot < messages; ++slot)
            outbox_.add<MessageKind::accept>(NodeMask::first(nodes) - NodeMask::of(0)) = {
                .kind = MessageKind::accept,
                .from = 0,
                .reserved = {},
                .slot_count = 1,
                .slot = slot,
                .ballot = Ballot{1, 0},
                .detail = 0,
                .value = {{slot, 1, 2, 3}}};
    }
    void encode() { wire_.encode(outbox_.sends(), {learned, 0, {}}); }
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return {outbox_.sends().front().bytes, outbox_.sends().front().size()};
    }

private:
    struct Free {
        void operator()(std::byte* pool) const { ::operator delete[](pool, std::align_val_t{64}); }
    };
    std::unique_ptr<std::byte[], Free> pool_;
    Outbox<limits::Standard> outbox_;
    wire::Wire wire_;
};

/// Node 1, which receives what node 0 sends.
class Reader {
public:
    /// Returns the number of messages in valid datagrams.
    std::size_t decode(std::span<const std::byte> bytes) {
        const std::size_t count = wire_.decode(bytes, limits::datagram_size, NodeId{0}, arrivals_);
        std::size_t messages = 0;
        for (std::size_t i = 0; i < count; ++i) messages += arrivals_[i].messages.size();
        return messages;
    }

private:
    wire::Wire wire_{membership_of(1)};
    std::vector<Arrival> arrivals_ = std::vector<Arrival>(limits::datagrams_per_send);
};

void encode(benchmark::State& state) {
    const auto messages = static_cast<std::size_t>(state.range(0));
    Said said(messages);
    std::size_t encoded = 0;
    for (auto _ : state) {
        said.encode();
        benchmark::ClobberMemory();
        encoded += messages;
    }
    if (Reader().decode(said.bytes()) != messages)
        state.SkipWithError("the receiver does not accept what was encoded");
    report(state, "per_message", encoded);
}

void decode(benchmark::State& state) {
    const auto messages = static_cast<std::size_t>(state.range(0));
    Said said(messages);
    said.encode();
    Reader reader;
    std::size_t read = 0;
    for (auto _ : state) {
        if (reader.decode(said.bytes()) != messages) {
            state.SkipWithError("a valid datagram was rejected");
            break;
        }
        read += messages;
    }
    report(state, "per_message", read);
}

void checksum(benchmark::State& state) {
    const auto messages = static_cast<std::size_t>(state.range(0));
    Said said(messages);
    said.encode();
    std::uint64_t written = 0;
    std::memcpy(&written, said.bytes().data() + offsetof(wire::Header, checksum), sizeof written);
    std::size_t summed = 0;
    for (auto _ : state) {
        const std::uint64_t sum = wire::checksum_of(said.bytes().data(), said.bytes().size());
        if (sum != written) {
            state.SkipWithError("the checksum differs from the datagram's");
            break;
        }
        // Prevents the compiler from computing the checksum only once.
        benchmark::ClobberMemory();
        ++summed;
    }
    report(state, "per_datagram", summed);
    state.SetBytesProcessed(static_cast<std::int64_t>(summed * said.bytes().size()));
}

void batches(benchmark::internal::Benchmark* bench) {
    bench->ArgName("batch")
        ->Arg(1)
        ->Arg(limits::messages_per_datagram)
        ->Arg(limits::messages_per_send);
}

BENCHMARK(encode)->Name("wire/encode")->Apply(batches);
BENCHMARK(decode)->Name("wire/decode")->Apply(batches);
BENCHMARK(checksum)
    ->Name("wire/checksum")
    ->ArgName("messages")
    ->Arg(1)
    ->Arg(limits::messages_per_datagram);

}  // namespace
}  // namespace paxos::bench
