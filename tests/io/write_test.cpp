// Durable writes to a file through the communicator, while it sends and receives datagrams.
#include <fcntl.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "support/io_pair.h"

namespace paxos::io::test::write_test {
namespace {

constexpr std::size_t block = 4096;

struct alignas(block) Block {
    std::array<std::byte, block> bytes;
};

/// Makes a file of 16 blocks, which open_with_file() gives to a communicator.
class WriteTest : public EngineTest {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "paxos_write_XXXXXX").string();
        file_ = ::mkstemp(name.data());
        ASSERT_GE(file_, 0);
        path_ = name;
        ASSERT_EQ(::ftruncate(file_, 16 * block), 0);
    }
    void TearDown() override {
        ::close(file_);
        std::filesystem::remove(path_);
    }
    void open_with_file(Endpoint& endpoint) { open(endpoint, 8, 4, file_); }
    /// Calls `turn()`, which makes exchanges, until the write in progress ends. Returns the result
    /// of the write.
    template <class Turn>
    static std::int64_t result_of(Communicator& communicator, Turn&& turn) {
        for (const Tick begin = now(); now() - begin < timeout_ns;) {
            turn();
            if (const auto result = communicator.write_result()) return *result;
        }
        ADD_FAILURE() << "the write does not end";
        return 0;
    }
    [[nodiscard]] std::vector<std::byte> read(std::size_t offset, std::size_t size) const {
        std::vector<std::byte> bytes(size);
        EXPECT_EQ(::pread(file_, bytes.data(), size, static_cast<off_t>(offset)),
                  static_cast<ssize_t>(size));
        return bytes;
    }

    std::filesystem::path path_;
    int file_ = -1;
    alignas(block) std::array<Block, 2> blocks_{};
};

INSTANTIATE_TEST_SUITE_P(FlagSets, WriteTest,
                         testing::Values(EngineKind::uring_defer, EngineKind::uring_coop,
                                         EngineKind::uring_plain),
                         engine_name);

TEST_P(WriteTest, a_write_ends_in_a_later_exchange_and_the_bytes_are_in_the_file) {
    Endpoint a;
    open_with_file(a);
    if (HasFatalFailure() || IsSkipped()) return;
    for (std::size_t i = 0; i < 100; ++i) {
        const auto bytes = pattern(block * (1 + i % 2), static_cast<unsigned>(i));
        std::memcpy(blocks_.data(), bytes.data(), bytes.size());
        const std::size_t offset = block * (i % 8);
        a.communicator->begin_write(offset, {blocks_.front().bytes.data(), bytes.size()});
        EXPECT_FALSE(a.communicator->write_result());
        EXPECT_EQ(result_of(*a.communicator, [&] { a.exchange(); }),
                  static_cast<std::int64_t>(bytes.size()));
        EXPECT_FALSE(a.communicator->write_result()) << "returned twice";
        EXPECT_EQ(read(offset, bytes.size()), bytes);
    }
    EXPECT_EQ(a.counters().enters, a.exchanges);
}

TEST_P(WriteTest, datagrams_are_sent_during_writes) {
    Endpoint a, b;
    open_with_file(a);
    if (HasFatalFailure() || IsSkipped()) return;
    PAXOS_OPEN(b);
    const auto bytes = pattern(64);
    std::size_t sent = 0;
    for (std::size_t i = 0; i < 50; ++i) {
        a.communicator->begin_write(0, blocks_.front().bytes);
        EXPECT_EQ(result_of(*a.communicator,
                            [&] {
                                a.communicator->queue(b.index, bytes.data(), 64, 64);
                                ++sent;
                                a.exchange();
                                b.exchange();
                            }),
                  static_cast<std::int64_t>(block));
    }
    ASSERT_TRUE(b.receive(sent));
    EXPECT_EQ(a.counters().send_errors, 0U);
}

TEST_P(WriteTest, calling_send_only_takes_a_result_and_leaves_datagrams_in_the_socket) {
    Endpoint a, b;
    open_with_file(a);
    if (HasFatalFailure() || IsSkipped()) return;
    PAXOS_OPEN(b);
    const auto bytes = pattern(64);
    b.communicator->queue(a.index, bytes.data(), 64, 64);
    b.exchange();
    a.communicator->begin_write(0, blocks_.front().bytes);
    EXPECT_EQ(result_of(*a.communicator, [&] { a.communicator->send_only(); }),
              static_cast<std::int64_t>(block));
    EXPECT_TRUE(a.communicator->received().empty());
    EXPECT_EQ(a.counters().receives, 0U);
    EXPECT_TRUE(a.receive(1));
}

/// With `--idle block` a node must wake when a write ends, to send the answers that waited for the
/// write.
TEST_P(WriteTest, a_write_in_progress_bounds_a_wait) {
    Endpoint a;
    open_with_file(a);
    if (HasFatalFailure() || IsSkipped()) return;
    a.communicator->begin_write(0, blocks_.front().bytes);
    a.exchange();
    for (auto result = a.communicator->write_result(); !result;
         result = a.communicator->write_result()) {
        // If the wait ended only when a datagram arrives, the test would hang here.
        a.communicator->wait(~std::uint64_t{0});
        a.exchange();
    }
}

TEST_P(WriteTest, a_failed_write_has_its_errno) {
    Endpoint a;
    open_with_file(a);
    if (HasFatalFailure() || IsSkipped()) return;
    const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = block;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    a.communicator->begin_write(8 * block, blocks_.front().bytes);
    EXPECT_EQ(result_of(*a.communicator, [&] { a.exchange(); }), -EFBIG);
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, ignored);
    a.communicator->begin_write(8 * block, blocks_.front().bytes);
    EXPECT_EQ(result_of(*a.communicator, [&] { a.exchange(); }), static_cast<std::int64_t>(block));
}

TEST(WriteTest, mmsg_refuses_a_file) {
    std::string error;
    PeerTable peers;
    Socket socket = open_udp_socket(Address::loopback(0), error);
    const Options options{.socket = socket.fd,
                          .peers = &peers,
                          .file = 0,
                          .kind = IoKind::mmsg,
                          .sends_max = 8,
                          .receives_max = 4};
    EXPECT_EQ(Communicator::open(options, error), nullptr);
    EXPECT_EQ(error, "durable writes need io_uring, and mmsg was requested");
    close(socket);
}

}  // namespace
}  // namespace paxos::io::test::write_test
