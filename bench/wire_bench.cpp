// Measures src/wire: encoding, decoding with validation, the checksum and the authentication tag.
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

enum class Auth : bool { off, on };

wire::Membership membership_of(NodeId self, Auth auth) {
    wire::Membership membership{.self = self, .nodes = nodes, .run = 0x1122334455667788};
    if (auth == Auth::on) membership.key.emplace();
    return membership;
}

/// One send of ACCEPTs from node 0 to all others.
class EncodedSend {
public:
    explicit EncodedSend(std::size_t messages, Auth auth = Auth::off)
        : pool_(new(std::align_val_t{64}) std::byte[Outbox<limits::Standard>::pool_size]{}),
          outbox_(pool_.get()),
          wire_(membership_of(0, auth)) {
        outbox_.clear(false);  // No runs: each message takes a cell, and Reader counts the cells.
        for (Slot slot = 0; slot < messages; ++slot)
            outbox_.add<MessageKind::accept>(NodeMask::first(nodes) - NodeMask::of(0),
                                             {.kind = MessageKind::accept,
                                              .from = 0,
                                              .reserved = {},
                                              .slot_count = 1,
                                              .slot = slot,
                                              .ballot = Ballot{1, 0},
                                              .detail = 0,
                                              .value = {{slot, 1, 2, 3}}});
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
    explicit Reader(Auth auth) : wire_(membership_of(1, auth)) {}
    /// Returns the number of messages in valid datagrams.
    std::size_t decode(std::span<const std::byte> bytes) {
        const std::size_t count = wire_.decode(bytes, limits::datagram_size, NodeId{0}, arrivals_);
        std::size_t messages = 0;
        for (std::size_t i = 0; i < count; ++i) messages += arrivals_[i].messages.size();
        return messages;
    }

private:
    wire::Wire wire_;
    std::vector<Arrival> arrivals_ = std::vector<Arrival>(limits::datagrams_per_send);
};

void encode(benchmark::State& state, Auth auth) {
    const auto messages = static_cast<std::size_t>(state.range(0));
    EncodedSend sent(messages, auth);
    std::size_t encoded = 0;
    for (auto _ : state) {
        sent.encode();
        benchmark::ClobberMemory();
        encoded += messages;
    }
    if (Reader(auth).decode(sent.bytes()) != messages)
        state.SkipWithError("the receiver does not accept what was encoded");
    report(state, "per_message", encoded);
}

void decode(benchmark::State& state, Auth auth) {
    const auto messages = static_cast<std::size_t>(state.range(0));
    EncodedSend sent(messages, auth);
    sent.encode();
    Reader reader(auth);
    std::size_t read = 0;
    for (auto _ : state) {
        if (reader.decode(sent.bytes()) != messages) {
            state.SkipWithError("a valid datagram was rejected");
            break;
        }
        read += messages;
    }
    report(state, "per_message", read);
}

void checksum(benchmark::State& state) {
    const auto messages = static_cast<std::size_t>(state.range(0));
    EncodedSend sent(messages);
    sent.encode();
    std::uint64_t written = 0;
    std::memcpy(&written, sent.bytes().data() + offsetof(wire::Header, checksum), sizeof written);
    std::size_t summed = 0;
    for (auto _ : state) {
        const std::uint64_t sum = wire::checksum_of(sent.bytes().data(), sent.bytes().size());
        if (sum != written) {
            state.SkipWithError("the computed checksum differs from the datagram's");
            break;
        }
        // Prevents the compiler from computing the checksum only once.
        benchmark::ClobberMemory();
        ++summed;
    }
    report(state, "per_datagram", summed);
    state.SetBytesProcessed(static_cast<std::int64_t>(summed * sent.bytes().size()));
}

/// Measures the time for one tag. Each call computes two tags.
void tags(benchmark::State& state, wire::AuthEngine engine) {
    if (!wire::is_available(engine))
        return state.SkipWithError("skipped: this processor lacks the instructions");
    EncodedSend sent(2 * limits::messages_per_datagram);
    sent.encode();
    const std::byte* first = sent.bytes().data() + wire::checksum_begins;
    const std::size_t size = limits::header_size - wire::checksum_begins +
                             static_cast<std::size_t>(state.range(0)) * limits::message_size;
    const wire::Authenticator authenticator(wire::AuthKey{}, engine);
    std::size_t made = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(authenticator.tags(first, first + limits::datagram_size, size));
        made += 2;
    }
    report(state, "per_datagram", made);
    state.SetBytesProcessed(static_cast<std::int64_t>(made * size));
}

void batches(benchmark::internal::Benchmark* bench) {
    bench->ArgName("batch")
        ->Arg(1)
        ->Arg(limits::messages_per_datagram)
        ->Arg(limits::messages_per_send);
}

void sizes(benchmark::internal::Benchmark* bench) {
    bench->ArgName("messages")->Arg(1)->Arg(limits::messages_per_datagram);
}

BENCHMARK_CAPTURE(encode, plain, Auth::off)->Name("wire/encode")->Apply(batches);
BENCHMARK_CAPTURE(decode, plain, Auth::off)->Name("wire/decode")->Apply(batches);
BENCHMARK_CAPTURE(encode, authenticated, Auth::on)->Name("wire/encode_auth")->Apply(batches);
BENCHMARK_CAPTURE(decode, authenticated, Auth::on)->Name("wire/decode_auth")->Apply(batches);
BENCHMARK(checksum)->Name("wire/checksum")->Apply(sizes);
BENCHMARK_CAPTURE(tags, portable, wire::AuthEngine::portable)
    ->Name("wire/tag/portable")
    ->Apply(sizes);
BENCHMARK_CAPTURE(tags, aes, wire::AuthEngine::aes)->Name("wire/tag/aes")->Apply(sizes);
BENCHMARK_CAPTURE(tags, vaes, wire::AuthEngine::vaes)->Name("wire/tag/vaes")->Apply(sizes);

}  // namespace
}  // namespace paxos::bench
