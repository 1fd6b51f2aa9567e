// Receive buffers: how many receives are tried in one exchange (communicator.h), truncated
// receives, and the count of drops when the kernel's 32-bit counter wraps.
#include "support/io_pair.h"

#include <sys/socket.h>

#include "io/receive_buffers.h"

namespace paxos::io::test::receive_buffers_test {
namespace {

TEST(ReceiveCount, stays_one_while_little_arrives) {
    ReceiveCount count(1, 8);
    for (const std::size_t came : std::array<std::size_t, 8>{0, 1, 0, 0, 1, 0, 1, 0}) {
        EXPECT_EQ(count.get(), 1U);
        count.adapt(came);
    }
    EXPECT_EQ(count.get(), 1U);
}

TEST(ReceiveCount, never_falls_below_the_minimum) {
    ReceiveCount count(2, 8);
    for (const std::size_t came : std::array<std::size_t, 7>{0, 1, 0, 2, 2, 3, 1})
        count.adapt(came);
    EXPECT_EQ(count.get(), 2U);
}

TEST(ReceiveCount, doubles_after_two_full_exchanges_up_to_the_maximum) {
    ReceiveCount count(1, 6);
    std::vector<std::size_t> tried;
    for (int i = 0; i < 8; ++i) {
        tried.push_back(count.get());
        count.adapt(count.get());
    }
    EXPECT_EQ(tried, (std::vector<std::size_t>{1, 1, 2, 2, 4, 4, 6, 6}));
}

TEST(ReceiveCount, falls_to_the_number_of_receives_that_had_data_if_one_was_empty) {
    ReceiveCount count(1, 8);
    for (int i = 0; i < 6; ++i) count.adapt(count.get());
    EXPECT_EQ(count.get(), 8U);
    count.adapt(5);
    EXPECT_EQ(count.get(), 5U);
    count.adapt(5);
    count.adapt(4);
    EXPECT_EQ(count.get(), 4U)
        << "it grows only after two exchanges in a row in which every receive had data";
    count.adapt(0);
    EXPECT_EQ(count.get(), 1U);
}

class ReceiveBuffersTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(from_.is_open() && to_.is_open()) << error_;
        peers_.add(from_.address);
    }
    void TearDown() override {
        close(from_);
        close(to_);
    }
    void send(std::size_t size) {
        const auto bytes = pattern(size);
        ASSERT_EQ(sendto(from_.fd, bytes.data(), size, 0, to_.address.get(), to_.address.size()),
                  static_cast<ssize_t>(size));
    }
    std::size_t receive(ReceiveBuffers& buffers) const {
        buffers.prepare();
        buffers.take(
            0, static_cast<int>(recvmsg(to_.fd, &buffers.headers()[0].msg_hdr, MSG_DONTWAIT)));
        return buffers.finish();
    }

    std::string error_;
    Socket from_ = open_udp_socket(Address::loopback(0), error_);
    Socket to_ = open_udp_socket(Address::loopback(0), error_);
    PeerTable peers_;
    Counters counters_;
};

TEST_F(ReceiveBuffersTest, a_truncated_receive_is_counted_and_dropped) {
    ReceiveBuffers buffers(1, 4, peers_, counters_, 1024);
    send(1025);
    EXPECT_EQ(receive(buffers), 0U);
    EXPECT_TRUE(buffers.received().empty());
    EXPECT_EQ(counters_.truncated, 1U);
    EXPECT_EQ(counters_.receives, 0U);
    send(1024);
    EXPECT_EQ(receive(buffers), 1U);
    EXPECT_EQ(buffers.received()[0].size, 1024U);
    EXPECT_EQ(counters_.truncated, 1U);
}

TEST_F(ReceiveBuffersTest, a_receive_without_its_control_message_counts_as_truncated) {
    ReceiveBuffers buffers(1, 1, peers_, counters_);
    send(64);
    buffers.prepare();
    msghdr& header = buffers.headers()[0].msg_hdr;
    const ssize_t size = recvmsg(to_.fd, &header, MSG_DONTWAIT);
    header.msg_flags |= MSG_CTRUNC;
    buffers.take(0, static_cast<int>(size));
    EXPECT_EQ(buffers.finish(), 0U);
    EXPECT_EQ(counters_.truncated, 1U);
}

TEST_F(ReceiveBuffersTest, the_largest_payload_fits) {
    ReceiveBuffers buffers(1, 1, peers_, counters_);
    send(65507);
    EXPECT_EQ(receive(buffers), 1U);
    EXPECT_EQ(buffers.received()[0].size, 65507U);
    EXPECT_EQ(counters_.truncated, 0U);
}

TEST_F(ReceiveBuffersTest, lengths_are_reset_before_each_use) {
    ReceiveBuffers buffers(1, 1, peers_, counters_);
    for (int i = 0; i < 3; ++i) {
        send(64);
        ASSERT_EQ(receive(buffers), 1U);
        EXPECT_EQ(buffers.received()[0].from, 0);
        buffers.prepare();
        EXPECT_EQ(buffers.headers()[0].msg_hdr.msg_namelen, Address::size_max);
        EXPECT_GE(buffers.headers()[0].msg_hdr.msg_controllen, 2 * CMSG_SPACE(sizeof(int)));
        EXPECT_TRUE(buffers.received().empty());
    }
}

TEST_F(ReceiveBuffersTest, buffers_are_aligned_and_do_not_overlap) {
    ReceiveBuffers buffers(1, 8, peers_, counters_);
    for (std::size_t i = 0; i < 8; ++i) {
        const iovec& here = *buffers.headers()[i].msg_hdr.msg_iov;
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(here.iov_base) % 64, 0U);
        EXPECT_EQ(here.iov_len, ReceiveBuffers::buffer_size_standard);
        if (i == 0) continue;
        const iovec& before = *buffers.headers()[i - 1].msg_hdr.msg_iov;
        EXPECT_EQ(static_cast<std::byte*>(here.iov_base) - static_cast<std::byte*>(before.iov_base),
                  65536 + 64);
    }
}

TEST_F(ReceiveBuffersTest, drops_are_counted_across_the_wrap_and_never_decrease) {
    ReceiveBuffers buffers(1, 1, peers_, counters_);
    buffers.note_drops(0x70000000);
    buffers.note_drops(0xE0000000);
    EXPECT_EQ(counters_.kernel_dropped, 0xE0000000U);
    buffers.note_drops(0xDFFFFFFF);  // An older reading, from a datagram that was queued earlier.
    EXPECT_EQ(counters_.kernel_dropped, 0xE0000000U);
    buffers.note_drops(0xFFFFFFFF);
    buffers.note_drops(2);
    EXPECT_EQ(counters_.kernel_dropped, 0x100000002U);
}

}  // namespace
}  // namespace paxos::io::test::receive_buffers_test
