// The secret of a cluster. A key file is read only if it is private. The key of the datagrams
// differs between any two runs and between any two secrets.
#include "control/secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>

namespace paxos::control::secret_test {
namespace {

/// A file in a folder of its own. The destructor removes the file and the folder.
class KeyFile {
public:
    KeyFile() {
        std::string made = ::testing::TempDir() + "paxos_key_XXXXXX";
        EXPECT_NE(::mkdtemp(made.data()), nullptr);
        folder_ = made;
    }
    ~KeyFile() {
        ::unlink(path().c_str());
        ::rmdir(folder_.c_str());
    }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;

    [[nodiscard]] std::string path() const { return folder_ + "/key"; }
    void write(const std::string& text, mode_t mode = 0600) const {
        ::unlink(path().c_str());
        std::ofstream(path(), std::ios::binary) << text;
        EXPECT_EQ(::chmod(path().c_str(), mode), 0);
    }
    [[nodiscard]] std::optional<Secret> read() {
        error.clear();
        return read_key_file(path(), error);
    }
    std::string error;

private:
    std::string folder_;
};

const std::string text = "0123456789abcdef0123456789abcdef";

TEST(SecretTest, a_line_end_at_the_end_of_a_key_file_is_ignored) {
    KeyFile file;
    std::set<Secret> secrets;
    for (const char* end : {"", "\n", "\r\n"}) {
        file.write(text + end);
        const std::optional<Secret> secret = file.read();
        ASSERT_TRUE(secret) << file.error;
        secrets.insert(*secret);
    }
    EXPECT_EQ(secrets.size(), 1U);
    file.write(text + "0");
    secrets.insert(*file.read());
    file.write("0" + text);
    secrets.insert(*file.read());
    file.write(text.substr(1) + std::string(1, '\0'));  // Any bytes are valid.
    secrets.insert(*file.read());
    EXPECT_EQ(secrets.size(), 4U);
    file.write(text, 0400);
    EXPECT_TRUE(file.read()) << file.error;
}

TEST(SecretTest, a_key_file_that_others_can_use_is_refused) {
    KeyFile file;
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0644U, 0666U, 0777U}) {
        file.write(text, mode);
        EXPECT_FALSE(file.read());
        EXPECT_NE(file.error.find("chmod 600"), std::string::npos) << file.error;
    }
    EXPECT_EQ(file.error, "other users can access it (mode 0777); `chmod 600` makes it private");
}

TEST(SecretTest, a_key_file_of_another_user_is_refused) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file to another user";
    KeyFile file;
    file.write(text);
    ASSERT_EQ(::chown(file.path().c_str(), 65534, 65534), 0);
    EXPECT_FALSE(file.read());
    EXPECT_EQ(file.error, "belongs to user 65534; it must be yours or root's");
}

TEST(SecretTest, a_key_file_must_exist_and_have_the_size_of_a_key) {
    KeyFile file;
    EXPECT_FALSE(file.read());
    EXPECT_EQ(file.error, "cannot be read: No such file or directory");
    for (const std::string& wrong :
         {std::string(), text.substr(1) + "\n", std::string(key_file_size_max + 1, 'x')}) {
        file.write(wrong);
        EXPECT_FALSE(file.read());
        EXPECT_NE(file.error.find("openssl rand -hex 32"), std::string::npos) << file.error;
    }
    std::string error;
    EXPECT_FALSE(read_key_file("/dev/null", error));
    EXPECT_EQ(error, "is not a regular file");
    EXPECT_FALSE(read_key_file("/", error));
    EXPECT_EQ(error, "is not a regular file");
}

TEST(SecretTest, each_run_and_each_secret_has_its_own_datagram_key) {
    std::set<Key> keys;
    for (std::uint8_t first = 0; first < 4; ++first)
        for (std::uint64_t run = 0; run < 64; ++run) {
            Secret secret{};
            secret[0] = std::byte{first};
            keys.insert(datagram_key(secret, run));
            keys.insert(datagram_key(secret, ~run));
        }
    EXPECT_EQ(keys.size(), 4U * 64 * 2);
    // All processes of a run must derive the same key.
    EXPECT_EQ(datagram_key(Secret{}, 1), datagram_key(Secret{}, 1));
}

}  // namespace
}  // namespace paxos::control::secret_test
