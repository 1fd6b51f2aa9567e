// Creating and opening the files of a cluster on a real file system. A file that is refused is not
// changed.
#include "store/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "store/cluster_file.h"
#include "store/file.h"
#include "support/store_files.h"

namespace paxos::store::directory_test {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

class StoreDirectory : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "paxos_store_XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        parent_ = name;
        directory_ = (parent_ / "data").string();
    }
    void TearDown() override { fs::remove_all(parent_); }

    void create_cluster() {
        std::string error;
        Cluster made = cluster_;
        ASSERT_TRUE(create(directory_, made, small_geometry, error)) << error;
        cluster_ = made;
    }
    [[nodiscard]] Contents contents(std::string& error) const {
        Cluster found;
        return examine(directory_, found, error);
    }
    [[nodiscard]] std::map<std::string, std::string> all_files() const {
        std::map<std::string, std::string> files;
        for (const auto& entry : fs::directory_iterator(directory_))
            files[entry.path().filename().string()] = content(entry.path());
        return files;
    }
    /// Returns the error with which opening the file of `node` fails. Expects that no file changes.
    [[nodiscard]] std::string refusal(NodeId node) const {
        const auto before = all_files();
        NodeFile file;
        std::string error;
        EXPECT_FALSE(open_node(directory_, {cluster_, node}, {}, file, error));
        EXPECT_EQ(all_files(), before);
        return error;
    }

    fs::path parent_;
    std::string directory_;
    Cluster cluster_{.id = {}, .nodes = 3, .protocol = Variant::multi};
};

TEST_F(StoreDirectory, is_created_with_a_complete_file_for_each_node) {
    std::string error;
    EXPECT_EQ(contents(error), Contents::missing);
    create_cluster();
    EXPECT_EQ(contents(error), Contents::cluster) << error;
    Cluster found;
    ASSERT_EQ(examine(directory_, found, error), Contents::cluster);
    EXPECT_EQ(found, cluster_);
    const auto files = all_files();
    EXPECT_EQ(files.size(), 4u);  // There is no other file.
    EXPECT_EQ(files.at("node-2").size(), small_geometry.file_size);
    EXPECT_EQ(files.at("cluster"), text_of(cluster_));
    EXPECT_NE(cluster_.id, ClusterId{});
    struct stat status{};
    ASSERT_EQ(stat((directory_ + "/node-0").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    // The file was written in full, so it has no holes.
    EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, small_geometry.file_size);
}

TEST_F(StoreDirectory, holds_the_files_of_some_nodes_if_the_cluster_spans_hosts) {
    std::string error;
    cluster_.spans_hosts = true;
    ASSERT_TRUE(draw_id(cluster_.id, error));
    MadeFiles first, second;
    ASSERT_TRUE(create_node(directory_, {cluster_, 2}, small_geometry, first, error)) << error;
    ASSERT_TRUE(create_node(directory_, {cluster_, 0}, small_geometry, second, error)) << error;
    EXPECT_TRUE(first.directory && first.cluster && first.file);
    EXPECT_TRUE(!second.directory && !second.cluster && second.file);
    Cluster found;
    ASSERT_EQ(examine(directory_, found, error), Contents::cluster) << error;
    EXPECT_EQ(found, cluster_);
    const auto files = all_files();
    EXPECT_EQ(files.size(), 3u);  // There is no other file.
    NodeFile file;
    EXPECT_TRUE(open_node(directory_, {cluster_, 2}, {}, file, error)) << error;

    undo_create_node(directory_, 0, second);
    EXPECT_FALSE(has_node_file(directory_, 0));
    EXPECT_EQ(all_files().size(), 2u);
    undo_create_node(directory_, 2, first);
    EXPECT_FALSE(fs::exists(directory_));
}

/// Another command may have made the files after this command found that they were missing.
TEST_F(StoreDirectory, S24_the_file_of_a_node_is_never_replaced) {
    std::string error;
    cluster_.spans_hosts = true;
    ASSERT_TRUE(draw_id(cluster_.id, error));
    MadeFiles made;
    ASSERT_TRUE(create_node(directory_, {cluster_, 2}, small_geometry, made, error)) << error;
    const auto before = all_files();
    Cluster other = cluster_;
    ASSERT_TRUE(draw_id(other.id, error));
    for (const NodeId node : {NodeId{1}, NodeId{2}}) {
        MadeFiles none;
        EXPECT_FALSE(create_node(directory_, {node == 2 ? cluster_ : other, node}, small_geometry,
                                 none, error));
        EXPECT_THAT(error, testing::EndsWith("cannot be created: File exists"));
        EXPECT_FALSE(none.directory || none.cluster || none.file);
        undo_create_node(directory_, node, none);
        EXPECT_EQ(all_files(), before);
    }
}

TEST_F(StoreDirectory, keeps_records_across_restarts_of_a_node) {
    create_cluster();
    for (std::uint16_t incarnation = 1; incarnation <= 3; ++incarnation) {
        NodeFile file;
        std::string error;
        std::vector<Message> found;
        ASSERT_TRUE(open_node(
            directory_, {cluster_, 1},
            [&](std::span<const Message> records) {
                found.insert(found.end(), records.begin(), records.end());
            },
            file, error))
            << error;
        EXPECT_EQ(file.superblock.incarnation, incarnation);
        EXPECT_EQ(found.size(), incarnation - 1u);
        PlainDevice device(file.fd.get());
        Journal journal(device, file.superblock, file.recovered);
        const Message record = accept_record(incarnation, 0, 1);
        std::memcpy(journal.space().data(), &record, sizeof record);
        journal.commit(sizeof record, 1);
        while (!journal.is_idle()) ASSERT_TRUE(journal.turn());
        EXPECT_EQ(journal.durable_up_to(), 1u);
    }
}

TEST_F(StoreDirectory, an_incarnation_refuses_slots_of_another_command_and_changes_nothing) {
    create_cluster();
    NodeFile file;
    std::string error;
    ASSERT_TRUE(open_node(directory_, {cluster_, 1}, {}, file, error)) << error;
    PlainDevice device(file.fd.get());
    Journal journal(device, file.superblock, file.recovered);
    const Message record = accept_record(7, 0, 1);
    std::memcpy(journal.space().data(), &record, sizeof record);
    journal.commit(sizeof record, 1);
    while (!journal.is_idle()) ASSERT_TRUE(journal.turn());
    file = NodeFile{};
    const auto before = all_files();
    ASSERT_TRUE(lock_node(directory_, {cluster_, 1}, file, error)) << error;
    EXPECT_FALSE(begin_incarnation(file, {}, 7, error));
    EXPECT_EQ(error, node_path(directory_, 1) +
                         ": another command has used this file since this one began");
    EXPECT_EQ(all_files(), before);
    EXPECT_TRUE(begin_incarnation(file, {}, 8, error)) << error;
    EXPECT_NE(all_files(), before);
}

TEST_F(StoreDirectory, S27_only_one_process_can_open_a_file) {
    create_cluster();
    const std::string path = node_path(directory_, 0);
    NodeFile file;
    std::string error;
    ASSERT_TRUE(open_node(directory_, {cluster_, 0}, {}, file, error)) << error;
    EXPECT_EQ(refusal(0), path + ": is in use by a running node (S27)");
    Inspected inspected;
    ASSERT_TRUE(inspect(directory_, {cluster_, 0}, inspected, error));
    EXPECT_TRUE(inspected.is_in_use);
    ASSERT_TRUE(inspect(directory_, {cluster_, 1}, inspected, error));
    EXPECT_FALSE(inspected.is_in_use);
    // When a process is killed, the kernel unlocks the file that the process had open.
    file = NodeFile{};
    const pid_t child = fork();
    if (child == 0) {
        NodeFile taken;
        if (!open_node(directory_, {cluster_, 0}, {}, taken, error)) _exit(1);
        _exit(kill(getpid(), SIGKILL));
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_TRUE(open_node(directory_, {cluster_, 0}, {}, file, error)) << error;
    EXPECT_EQ(file.superblock.incarnation, 3);
}

TEST_F(StoreDirectory, S24_a_missing_file_is_an_error_and_is_not_created) {
    create_cluster();
    fs::remove(node_path(directory_, 1));
    EXPECT_TRUE(refusal(1).starts_with(node_path(directory_, 1) + ": is missing"));
    EXPECT_FALSE(fs::exists(node_path(directory_, 1)));
}

TEST_F(StoreDirectory, S25_S28_refuses_truncated_foreign_and_exchanged_files) {
    create_cluster();
    const std::string path = node_path(directory_, 1);
    const std::string whole = content(path);
    fs::resize_file(path, whole.size() - 4096);
    EXPECT_EQ(refusal(1), path + ": has " + std::to_string(whole.size() - 4096) +
                              " bytes, but was made with " + std::to_string(whole.size()) +
                              "; nothing was changed");
    std::ofstream(path) << "a shopping list, long enough for two superblocks"
                        << std::string(ring_begin, ' ');
    EXPECT_EQ(refusal(1), path + ": is not a file of this program; nothing was changed");
    fs::copy_file(node_path(directory_, 2), path, fs::copy_options::overwrite_existing);
    EXPECT_EQ(refusal(1), path + ": is the file of node 2; nothing was changed");
    fs::remove(path);
    fs::create_directory(path);
    NodeFile file;
    std::string error;
    EXPECT_FALSE(open_node(directory_, {cluster_, 1}, {}, file, error));
    EXPECT_EQ(error, path + ": is not a regular file");
}

TEST_F(StoreDirectory, names_what_is_wrong_with_the_cluster_file) {
    create_cluster();
    const std::string path = cluster_path(directory_);
    const std::string whole = content(path);
    const auto error_with = [&](std::string text) {
        std::ofstream(path) << text;
        std::string error;
        EXPECT_EQ(contents(error), Contents::bad) << text;
        return error;
    };
    const auto replaced = [&](const std::string& what, const std::string& by) {
        std::string text = whole;
        return text.replace(text.find(what), what.size(), by);
    };
    EXPECT_EQ(error_with(""), path + ": is not a file of this program; nothing was changed");
    EXPECT_EQ(
        error_with(replaced("cluster 1", "cluster 2")),
        path + ": has format version 2; this program supports version 1; nothing was changed");
    for (const std::string& text :
         {replaced("nodes 3", "nodes 4"), replaced("multi", "other"), whole + "\n",
          whole.substr(0, whole.size() - 1), replaced("id ", "id 0x")})
        EXPECT_EQ(error_with(text), path + ": is damaged; nothing was changed");
    Cluster other = cluster_;
    other.value_size += 64;
    EXPECT_TRUE(error_with(text_of(other)).ends_with("(-DPAXOS_VALUE_SIZE)"));
    fs::remove(path);
    std::string error;
    EXPECT_EQ(contents(error), Contents::bad);
    EXPECT_EQ(error, node_path(directory_, 0) + ": exists, but " + path + " is missing; restore " +
                         path + ", or remove the whole directory");
}

TEST_F(StoreDirectory, creation_starts_over_after_an_interruption) {
    fs::create_directory(directory_);
    std::ofstream(directory_ + "/node-0.new") << "half";
    std::ofstream(directory_ + "/cluster.new") << "half";
    std::string error;
    EXPECT_EQ(contents(error), Contents::nothing);
    create_cluster();
    EXPECT_EQ(all_files().size(), 4u);
}

TEST_F(StoreDirectory, creation_replaces_no_file_and_removes_what_an_interruption_left) {
    fs::create_directory(directory_);
    std::ofstream(directory_ + "/node-62.new") << "half";
    create_cluster();
    EXPECT_EQ(all_files().size(), 4u);
    const auto before = all_files();
    // Another command made the files after this one had found that there were none.
    Cluster other = cluster_;
    std::string error;
    EXPECT_FALSE(create(directory_, other, small_geometry, error));
    EXPECT_EQ(error, directory_ + "/node-0: cannot be created: File exists");
    EXPECT_EQ(all_files(), before);
}

TEST_F(StoreDirectory, only_one_command_at_a_time_creates_files) {
    fs::create_directory(directory_);
    std::ofstream(directory_ + "/node-0.new") << "half";
    std::ofstream(directory_ + "/node-0") << "renamed";
    const auto before = all_files();
    Fd other(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
    std::string error;
    EXPECT_EQ(contents(error), Contents::bad);
    EXPECT_EQ(error, directory_ + ": another command is creating files here; try again");
    Cluster cluster = cluster_;
    EXPECT_FALSE(create(directory_, cluster, small_geometry, error));
    EXPECT_EQ(error, directory_ + ": cannot be created: another command is creating files here");
    EXPECT_EQ(all_files(), before);
    other = Fd();
    EXPECT_EQ(contents(error), Contents::bad);
    EXPECT_THAT(error, testing::HasSubstr("/node-0: exists, but "));
}

TEST_F(StoreDirectory, names_what_cannot_be_created_and_leaves_nothing_behind) {
    std::ofstream(parent_ / "file") << "x";
    const std::string inside = (parent_ / "file").string() + "/data";
    std::string error;
    Cluster cluster = cluster_;
    EXPECT_FALSE(create(inside, cluster, small_geometry, error));
    EXPECT_EQ(error, inside + ": cannot be created: Not a directory");
    directory_ = (parent_ / "file").string();
    EXPECT_EQ(contents(error), Contents::bad);
    EXPECT_EQ(error, directory_ + ": is not a directory");
    // A limit on the file size makes writes fail, as a full disk does.
    directory_ = (parent_ / "large").string();
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto on_limit = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit low{.rlim_cur = 64 << 10, .rlim_max = before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
    EXPECT_FALSE(create(directory_, cluster, small_geometry, error));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, on_limit);
    EXPECT_TRUE(error.starts_with(directory_ + "/node-0.new: cannot be created: ")) << error;
    EXPECT_FALSE(fs::exists(directory_));
}

TEST_F(StoreDirectory, reports_the_type_of_a_file_system) {
    EXPECT_EQ(file_system_of("/proc"), "type 0x9fa0");
    EXPECT_EQ(file_system_of("/nowhere"), "unknown");
}

TEST_F(StoreDirectory, S26_a_disk_error_reaches_the_journal) {
    create_cluster();
    const Fd read_only(::open(node_path(directory_, 0).c_str(), O_RDONLY | O_CLOEXEC));
    PlainDevice device(read_only.get());
    MemoryFile memory = new_file(some_owner(), small_geometry);
    const Recovered recovered = recover(memory, some_owner(), {});
    Journal journal(device, next_incarnation(recovered).value(), recovered);
    const Message record = accept_record(0, 0);
    std::memcpy(journal.space().data(), &record, sizeof record);
    journal.commit(sizeof record, 1);
    EXPECT_TRUE(journal.turn());
    EXPECT_FALSE(journal.turn());
    EXPECT_EQ(journal.error(), EBADF);
    EXPECT_EQ(journal.durable_up_to(), 0u);
}

}  // namespace
}  // namespace paxos::store::directory_test
