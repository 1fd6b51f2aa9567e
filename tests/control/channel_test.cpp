// Channels (authenticated TCP connections) over loopback: the order and bounds of frames,
// back-pressure, and how each kind of end is reported.
#include "control/channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "control/connection.h"

namespace paxos::control::channel_test {
namespace {

using namespace test;

constexpr std::uint16_t kind = 20;

/// Returns a copy of the next frame that arrives at `to`. If the channel ends before that, returns
/// "nothing: " and the reason.
std::string receive(Channel& to) {
    std::optional<std::string> text;
    run([&] { to.step(now()); },
        [&] {
            if (const auto frame = to.take()) text = text_of(frame->content);
            return text.has_value() || to.state() != Channel::State::open;
        });
    return text.value_or("nothing: " + to.why());
}

TEST(ChannelTest, frames_arrive_in_order_in_both_directions) {
    Pair pair;
    for (const char* text : {"one", "", "three"}) {
        EXPECT_TRUE(pair.near->send(kind, bytes_of_text(text)));
        EXPECT_TRUE(pair.far->send(kind, bytes_of_text(std::string("re: ") + text)));
    }
    for (const char* text : {"one", "", "three"}) {
        EXPECT_EQ(receive(*pair.far), text);
        EXPECT_EQ(receive(*pair.near), std::string("re: ") + text);
    }
    EXPECT_FALSE(pair.far->take());
    EXPECT_EQ(pair.near->state(), Channel::State::open);
}

TEST(ChannelTest, each_end_knows_its_peer_and_both_addresses) {
    const Pair pair;
    EXPECT_EQ(name_of(pair.near->peer()), "n1 on h2");
    EXPECT_EQ(name_of(pair.far->peer()), "n0 on h1");
    // The listening socket is IPv6, but IPv4 addresses are shown as IPv4.
    EXPECT_EQ(pair.near->near().ip(), "127.0.0.1");
    EXPECT_EQ(pair.near->far(), pair.far->near());
    EXPECT_EQ(pair.far->far(), pair.near->near());
}

TEST(ChannelTest, the_largest_frame_arrives) {
    Pair pair;
    std::string large(frame_size_max, 'x');
    large.back() = 'y';
    EXPECT_TRUE(pair.near->send(kind, bytes_of_text(large)));
    std::optional<std::string> received;
    run([&] { pair.step(); },
        [&] {
            if (const auto frame = pair.far->take()) received = text_of(frame->content);
            return received.has_value();
        });
    EXPECT_EQ(*received, large);
}

TEST(ChannelTest, a_slow_peer_fills_a_bounded_outbox_and_loses_nothing) {
    Pair pair;
    const std::string block(frame_size_max, 'x');
    std::size_t accepted = 0;
    // Besides the outbox, the kernel's socket buffers hold some megabytes.
    while (pair.near->send(kind, bytes_of_text(block))) ASSERT_LT(++accepted, 100U);
    EXPECT_GE(accepted, outbox_size_max / frame_size_max);
    EXPECT_EQ(pair.near->events() & POLLOUT, POLLOUT);
    EXPECT_EQ(pair.near->state(), Channel::State::open);
    // The receiving channel reads nothing more until the test takes a frame.
    run([&] { pair.step(); }, [&] { return (pair.far->events() & POLLIN) == 0; });

    std::size_t arrived = 0;
    run([&] { pair.step(); },
        [&] {
            while (pair.far->take()) ++arrived;
            return pair.near->is_flushed() && arrived == accepted;
        });
    EXPECT_TRUE(pair.near->send(kind, bytes_of_text("again")));
    EXPECT_EQ(receive(*pair.far), "again");
}

TEST(ChannelTest, a_closed_channel_has_ended_once_its_frames_are_taken) {
    Pair pair;
    EXPECT_TRUE(pair.near->send(kind, bytes_of_text("last words")));
    pair.near.reset();
    EXPECT_EQ(receive(*pair.far), "last words");
    run([&] { pair.far->step(now()); }, [&] { return pair.far->state() != Channel::State::open; });
    EXPECT_EQ(pair.far->state(), Channel::State::ended);
    EXPECT_EQ(pair.far->why(), "the peer closed the connection");
    EXPECT_EQ(pair.far->events(), 0);
    EXPECT_LT(pair.far->fd(), 0);
    EXPECT_FALSE(pair.far->send(kind, {}));
}

TEST(ChannelTest, a_reset_channel_has_ended) {
    Pair pair;
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ASSERT_EQ(::setsockopt(pair.near->fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    pair.near.reset();
    run([&] { static_cast<void>(pair.far->send(kind, bytes_of_text("too late"))); },
        [&] {
            pair.far->step(now());
            return pair.far->state() != Channel::State::open;
        });
    EXPECT_EQ(pair.far->state(), Channel::State::ended);
}

TEST(ChannelTest, the_time_of_the_last_received_bytes_is_kept) {
    Pair pair;
    const Tick before = pair.far->heard_at();
    pair.far->step(before + second_ns);
    EXPECT_EQ(pair.far->heard_at(), before);
    EXPECT_TRUE(pair.near->send(kind, {}));
    run([&] { pair.far->step(before + 2 * second_ns); },
        [&] { return pair.far->take().has_value(); });
    EXPECT_EQ(pair.far->heard_at(), before + 2 * second_ns);
}

/// A channel whose peer sends raw bytes.
struct RawPeer {
    RawPeer() {
        std::uint16_t port = 0;
        const Fd listening = Host::open(port);
        socket = Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const Address to = Address::loopback(port);
        EXPECT_EQ(::connect(socket.get(), to.get(), to.size()), 0);
        // The listening socket is non-blocking, but the connection is already complete.
        Fd accepted{::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        EXPECT_TRUE(accepted.is_open());
        SessionKeys keys;
        keys.receives = key;
        keys.sends[0] = std::byte{2};
        channel.emplace(std::move(accepted), keys, now());
    }
    [[nodiscard]] std::vector<std::byte> frame(FrameWriter& writer, const char* text) const {
        std::vector<std::byte> bytes;
        writer.append(bytes, kind, bytes_of_text(text));
        return bytes;
    }

    FrameKey key{std::byte{1}};
    Fd socket;
    std::optional<Channel> channel;
};

void expect_broken(Channel& channel) {
    EXPECT_EQ(receive(channel), "nothing: the bytes from the peer were altered in transit");
    EXPECT_EQ(channel.state(), Channel::State::broken);
    EXPECT_FALSE(channel.take());
}

TEST(ChannelTest, a_frame_with_an_altered_byte_is_not_received) {
    FrameWriter sizes(FrameKey{});
    std::vector<std::byte> whole;
    sizes.append(whole, kind, bytes_of_text("text"));
    for (std::size_t at = 0; at < whole.size(); ++at) {
        RawPeer peer;
        FrameWriter writer(peer.key);
        std::vector<std::byte> bytes = peer.frame(writer, "text");
        bytes[at] ^= std::byte{0x10};
        // If the altered byte makes the size of the frame larger, the channel waits for more bytes,
        // until the second frame has provided them or the connection ends.
        const std::vector<std::byte> next = peer.frame(writer, "a frame behind it");
        bytes.insert(bytes.end(), next.begin(), next.end());
        send_text(peer.socket, bytes);
        ::shutdown(peer.socket.get(), SHUT_WR);
        const std::string received = receive(*peer.channel);
        EXPECT_TRUE(received.starts_with("nothing")) << at << ": " << received;
    }
}

TEST(ChannelTest, a_replayed_frame_breaks_the_channel) {
    RawPeer peer;
    FrameWriter writer(peer.key);
    const std::vector<std::byte> first = peer.frame(writer, "once");
    send_text(peer.socket, first);
    send_text(peer.socket, first);
    EXPECT_EQ(receive(*peer.channel), "once");
    expect_broken(*peer.channel);
}

TEST(ChannelTest, a_missing_frame_breaks_the_channel) {
    RawPeer peer;
    FrameWriter writer(peer.key);
    static_cast<void>(peer.frame(writer, "left out"));
    send_text(peer.socket, peer.frame(writer, "second"));
    expect_broken(*peer.channel);
}

TEST(ChannelTest, a_frame_under_another_key_breaks_the_channel) {
    RawPeer peer;
    FrameWriter writer(FrameKey{std::byte{2}});  // The key with which the channel itself sends.
    send_text(peer.socket, peer.frame(writer, "first"));
    expect_broken(*peer.channel);
}

TEST(ChannelTest, a_frame_of_too_many_bytes_breaks_the_channel_once_its_head_arrives) {
    RawPeer peer;
    send_text(peer.socket, bytes_of(FrameHead{frame_size_max + 1, kind, 0}));
    expect_broken(*peer.channel);
}

}  // namespace
}  // namespace paxos::control::channel_test
