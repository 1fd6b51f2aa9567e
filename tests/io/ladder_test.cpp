// Which implementation Communicator::open() chooses: the best level of io_uring that the kernel
// permits, or else sendmmsg. The description of the chosen implementation states why better ones
// were not chosen.
#include "support/io_pair.h"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <functional>

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paxos::io::test::ladder_test {
namespace {

bool has_uring() {
    io_uring_params params{};
    const int fd = io_uring_setup(4, &params);
    if (fd >= 0) ::close(fd);
    return fd >= 0;
}

class LadderTest : public testing::Test {
protected:
    void SetUp() override {
        socket_ = open_udp_socket(Address::loopback(0), error_);
        ASSERT_TRUE(socket_.is_open()) << error_;
        calls_ = 0;
    }
    void TearDown() override { close(socket_); }
    [[nodiscard]] Options options(IoKind kind = IoKind::automatic) const {
        return {.socket = socket_.fd,
                .peers = &peers_,
                .kind = kind,
                .sends_max = 16,
                .receives_max = 4};
    }

    Socket socket_;
    PeerTable peers_;
    std::string error_;
    static inline int calls_ = 0;
    static inline io_uring_params granted_{};
};

TEST_F(LadderTest, automatic_chooses_io_uring_if_it_is_available) {
    if (!has_uring()) GTEST_SKIP() << "no io_uring here";
    const auto made = Communicator::open(options(), error_);
    ASSERT_TRUE(made) << error_;
    EXPECT_EQ(made->kind(), IoKind::uring);
}

TEST_F(LadderTest, mmsg_can_be_forced) {
    const auto made = Communicator::open(options(IoKind::mmsg), error_);
    ASSERT_TRUE(made) << error_;
    EXPECT_EQ(made->kind(), IoKind::mmsg);
    EXPECT_EQ(made->description(), "mmsg");
}

TEST_F(LadderTest, without_DEFER_TASKRUN_io_uring_uses_COOP_TASKRUN) {
    if (!has_uring()) GTEST_SKIP() << "no io_uring here";
    const SetupCall old_kernel = [](unsigned entries, io_uring_params* params) {
        return (params->flags & IORING_SETUP_DEFER_TASKRUN) != 0 ? -EINVAL
                                                                 : io_uring_setup(entries, params);
    };
    const auto made = UringCommunicator::open(options(), error_, 0, old_kernel);
    ASSERT_TRUE(made) << error_;
    EXPECT_EQ(made->description(),
              "io_uring (COOP_TASKRUN): DEFER_TASKRUN is not in this kernel (EINVAL)");
}

TEST_F(LadderTest, without_COOP_TASKRUN_io_uring_is_set_up_without_flags) {
    if (!has_uring()) GTEST_SKIP() << "no io_uring here";
    const SetupCall older_kernel = [](unsigned entries, io_uring_params* params) {
        return params->flags != 0 ? -EINVAL : io_uring_setup(entries, params);
    };
    const auto made = UringCommunicator::open(options(), error_, 0, older_kernel);
    ASSERT_TRUE(made) << error_;
    EXPECT_EQ(made->description(),
              "io_uring (plain): DEFER_TASKRUN is not in this kernel (EINVAL); "
              "COOP_TASKRUN is not in this kernel (EINVAL)");
}

TEST_F(LadderTest, every_flag_set_is_tried_if_memory_is_short) {
    const SetupCall poor = [](unsigned, io_uring_params*) { return ++calls_, -ENOMEM; };
    EXPECT_FALSE(UringCommunicator::open(options(), error_, 0, poor));
    EXPECT_EQ(calls_, 3);
    EXPECT_NE(error_.find("DEFER_TASKRUN is refused: out of memory"), std::string::npos) << error_;
    EXPECT_NE(error_.find("plain is refused: out of memory"), std::string::npos) << error_;
    EXPECT_NE(error_.find("ulimit -l"), std::string::npos) << error_;
}

TEST_F(LadderTest, if_io_uring_is_forbidden_no_other_flag_set_is_tried) {
    const SetupCall forbidden = [](unsigned, io_uring_params*) { return ++calls_, -EPERM; };
    EXPECT_FALSE(UringCommunicator::open(options(), error_, 0, forbidden));
    EXPECT_EQ(calls_, 1);
    EXPECT_EQ(error_.find("io_uring is forbidden"), 0U) << error_;
}

TEST_F(LadderTest, the_completion_queue_holds_four_times_the_requests_in_flight) {
    if (!has_uring()) GTEST_SKIP() << "no io_uring here";
    const SetupCall noting = [](unsigned entries, io_uring_params* params) {
        const int fd = io_uring_setup(entries, params);
        granted_ = *params;
        return fd;
    };
    for (std::size_t set = 0; set < setup_flags.size(); ++set) {
        const auto made = UringCommunicator::open(options(), error_, set, noting);
        if (!made || made->description().find(": ") != std::string::npos)
            continue;  // The kernel is too old for these flags.
        EXPECT_GE(granted_.cq_entries, 4U * (16 + 4)) << setup_flags[set].name;
        EXPECT_EQ(granted_.flags & setup_flags[set].flags, setup_flags[set].flags);
    }
}

TEST_F(LadderTest, the_largest_communicator_can_be_opened) {
    Options most = options();
    most.sends_max = 8192;
    most.receives_max = 1024;
    for (std::size_t set = 0; set < setup_flags.size() && has_uring(); ++set)
        EXPECT_TRUE(UringCommunicator::open(most, error_, set))
            << setup_flags[set].name << ' ' << error_;
    most.kind = IoKind::mmsg;
    EXPECT_TRUE(Communicator::open(most, error_)) << error_;
}

TEST_F(LadderTest, sizes_out_of_range_are_refused) {
    Options wrong = options();
    wrong.sends_max = 0;
    EXPECT_FALSE(Communicator::open(wrong, error_));
    EXPECT_EQ(error_, "sends_max 0: must be 1 to 8192");
    wrong = options();
    wrong.receives_max = 1025;
    EXPECT_FALSE(Communicator::open(wrong, error_));
    EXPECT_EQ(error_, "receives_max 1025: must be 1 to 1024");
    wrong = options();
    wrong.receives_min = 5;
    EXPECT_FALSE(Communicator::open(wrong, error_));
    EXPECT_EQ(error_, "receives_min 5: must be 1 to 4");
}

/// Makes system call `number` fail with the errno `answer` in this process, as a container's
/// seccomp profile does. Returns false if the kernel refuses the filter.
bool refuse(long number, unsigned answer) {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = std::size(filter), .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// Runs `body` in a child process. Returns the text that `body` returned, or an empty text if the
/// process failed.
std::string text_from_child(const std::function<std::string()>& body) {
    int ends[2];
    if (pipe(ends) != 0) return {};
    const pid_t child = fork();
    if (child == 0) {
        const std::string text = body();
        _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0
                                                                                            : 1);
    }
    ::close(ends[1]);
    std::string text(4096, '\0');
    const ssize_t size = read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 || size < 0) return {};
    text.resize(static_cast<std::size_t>(size));
    return text;
}

/// Opens a communicator in a child process in which the system call `refused` fails with `answer`,
/// and makes an exchange. Returns the description of the communicator, "error: ...", or "no seccomp
/// here".
std::string opened_under(const Options& options, long refused, unsigned answer) {
    return text_from_child([&]() -> std::string {
        if (!refuse(refused, answer)) return "no seccomp here";
        std::string error;
        const auto made = Communicator::open(options, error);
        if (!made) return "error: " + error;
        made->exchange();
        return made->description();
    });
}

TEST_F(LadderTest, a_container_that_forbids_io_uring_gets_mmsg_and_the_reason) {
    EXPECT_EQ(opened_under(options(), SYS_io_uring_setup, EPERM),
              "mmsg: io_uring is forbidden, likely by a container's seccomp profile (EPERM)");
    EXPECT_EQ(opened_under(options(), SYS_io_uring_setup, ENOSYS),
              "mmsg: io_uring is not in this kernel, or hidden by a container's seccomp profile "
              "(ENOSYS)");
}

TEST_F(LadderTest, a_container_that_forbids_only_io_uring_enter_gets_mmsg_too) {
    if (!has_uring()) GTEST_SKIP() << "no io_uring here";
    EXPECT_EQ(opened_under(options(), SYS_io_uring_enter, EPERM),
              "mmsg: io_uring cannot be entered: forbidden, likely by a container's seccomp "
              "profile (EPERM)");
}

TEST_F(LadderTest, a_container_that_forbids_io_uring_register_gets_a_slower_io_uring) {
    if (!has_uring()) GTEST_SKIP() << "no io_uring here";
    EXPECT_EQ(opened_under(options(), SYS_io_uring_register, EPERM), "io_uring");
}

TEST_F(LadderTest, forced_io_uring_that_is_forbidden_is_an_error_with_cause_and_remedy) {
    for (const unsigned answer : std::array<unsigned, 2>{EPERM, ENOSYS}) {
        const std::string text = opened_under(options(IoKind::uring), SYS_io_uring_setup, answer);
        EXPECT_EQ(text.find("error: io_uring was requested"), 0U) << text;
        EXPECT_NE(text.find("seccomp"), std::string::npos) << text;
        EXPECT_NE(text.find("kernel.io_uring_disabled=0"), std::string::npos) << text;
        EXPECT_NE(text.find("mmsg instead"), std::string::npos) << text;
    }
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    DIR* directory = opendir("/proc/self/fd");
    while (directory != nullptr && readdir(directory) != nullptr) ++count;
    if (directory != nullptr) closedir(directory);
    return count;
}

std::size_t ring_mappings() {
    std::ifstream maps("/proc/self/maps");
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);)
        count += line.find("io_uring") != std::string::npos ? 1 : 0;
    return count;
}

TEST_F(LadderTest, a_closed_communicator_leaves_no_descriptor_and_no_mapping) {
    const std::size_t descriptors = open_descriptors();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(Communicator::open(options(), error_)) << error_;
    const SetupCall refused_at_last = [](unsigned, io_uring_params*) { return -EINVAL; };
    EXPECT_FALSE(UringCommunicator::open(options(), error_, 0, refused_at_last));
    EXPECT_EQ(open_descriptors(), descriptors);
    EXPECT_EQ(ring_mappings(), 0U);
    if (has_uring()) {
        const auto held = UringCommunicator::open(options(), error_);
        EXPECT_GT(ring_mappings(), 0U)
            << "ring_mappings() must count an open ring, otherwise the zero above means nothing";
    }
}

}  // namespace
}  // namespace paxos::io::test::ladder_test
