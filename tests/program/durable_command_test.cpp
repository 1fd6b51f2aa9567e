// `--durable DIR` as a user sees it: consecutive runs on one directory, and refused directories.
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>

#include "nlohmann/json.hpp"
#include "store/cluster_file.h"
#include "store/directory.h"
#include "store/journal.h"
#include "support/program.h"
#include "support/store_files.h"

namespace paxos::durable_command_test {
namespace {

class DurableCommand : public Cli {
protected:
    /// Runs `rounds` rounds with the files in work/data.
    Outcome run_in_data(const char* rounds, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"--nodes",       nodes_,     "--durable",
                                           "data",          "--rounds", rounds,
                                           "--repetitions", "1",        "--no-floor"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
    /// Returns the output of `inspect data --json`.
    nlohmann::json inspected() {
        const Outcome outcome = run({"inspect", "data", "--json"});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
        return nlohmann::json::parse(outcome.output, nullptr, false);
    }
    /// Makes files of two nodes in work/data. The batches of these files are too small for any run.
    void make_small() {
        std::string error;
        ASSERT_TRUE(store::create(work("data"), cluster_, store::small_geometry, error)) << error;
    }
    /// Expects that a run is refused with `exit_code` and `text`, and that it changes no file.
    void expect_untouched(int exit_code, const std::string& text,
                          const std::string& protocol = "classic") {
        const auto contents = [&] {
            std::string all;
            for (const char* name : {"cluster", "node-0", "node-1"})
                all += content(work("data") / name);
            return all;
        };
        const std::string before = contents();
        expect_refused({"--nodes", nodes_, "--durable", "data", "--protocol", protocol}, exit_code,
                       "paxos_fast: --durable: " + text + "\n");
        EXPECT_TRUE(contents() == before) << "a file was changed";
    }
    /// From now on the shell script `script` starts the program. In it, $P is the program's path
    /// and "$@" are its arguments.
    void start_by(const std::string& script) {
        const std::filesystem::path path = folder_ / "script";
        std::ofstream(path) << "#!/bin/sh\nP=" << PAXOS_FAST_BINARY << "\n" << script << "\n";
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        program_ = path;
    }
    /// From now on the program runs as a user who owns no files, from a copy that this user can
    /// reach.
    void start_as_another_user() {
        const std::filesystem::path copy = folder_ / "program";
        std::filesystem::copy_file(PAXOS_FAST_BINARY, copy);
        ::chmod(folder_.c_str(), 0755);
        start_by("exec setpriv --reuid 65534 --regid 65534 --clear-groups " + copy.string() +
                 " \"$@\"");
    }
    /// From now on the program runs in a mount namespace of its own, after the commands `mounts`.
    void start_with_mounts(const std::string& mounts) {
        start_by("exec unshare --mount sh -c '" + mounts + " && exec \"$0\" \"$@\"' $P \"$@\"");
    }
    /// Returns whether a program may mount file systems in a namespace of its own.
    static bool may_mount() {
        return std::system("unshare --mount mount -t tmpfs none /mnt >/dev/null 2>&1") == 0;
    }
    void write_at(NodeId node, std::uint64_t offset, const std::string& bytes) {
        std::fstream file(store::node_path(work("data"), node),
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(offset));
        file << bytes;
        ASSERT_TRUE(file.flush().good());
    }

    std::string nodes_ = "2";
    store::Cluster cluster_{.id = {}, .nodes = 2, .protocol = Variant::classic};
};

TEST_F(DurableCommand, the_next_command_continues_the_log) {
    Outcome outcome = run_in_data("500", {"--json", "result.json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_NE(outcome.output.find("\ndurable   on "), std::string::npos) << outcome.output;
    auto result = nlohmann::json::parse(content(work("result.json")));
    EXPECT_EQ(result["paxos_fast"]["repetitions"][0]["storage"]["first_slot"], 0);
    const std::uint64_t learned = inspected()["files"][0]["learned"];
    EXPECT_GT(learned, 500U);

    outcome = run_in_data("500", {"--json", "result.json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    result = nlohmann::json::parse(content(work("result.json")));
    EXPECT_EQ(result["paxos_fast"]["repetitions"][0]["storage"]["first_slot"], learned);
    const nlohmann::json after = inspected();
    for (const auto& file : after["files"]) {
        EXPECT_EQ(file["learned"], 2 * learned);
        EXPECT_EQ(file["incarnations"], 2);
        EXPECT_EQ(file["verdict"], "intact");
    }

    // A run with --log also continues the nodes' logs, and prints its own rounds.
    outcome = run({"--nodes", "2", "--durable", "data", "--log"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_NE(outcome.output.find("decided n0#2"), std::string::npos) << outcome.output;
}

/// Starts a cluster and kills its launcher with SIGKILL, 20 times. The nodes die with the launcher.
TEST_F(DurableCommand, S23_the_log_survives_killed_clusters) {
    std::uint64_t learned = 0;
    for (int kills = 0; kills < 20; ++kills) {
        const pid_t program = start({"--nodes", "2", "--durable", "data", "--rounds", "1G",
                                     "--repetitions", "1", "--no-floor"});
        store::Cluster cluster;
        std::string error;
        store::Inspected found;
        do {
            if (store::examine(work("data"), cluster, error) == store::Contents::cluster) {
                ASSERT_TRUE(store::inspect(work("data"), {cluster, 0}, found, error)) << error;
            }
            ASSERT_EQ(::waitpid(program, nullptr, WNOHANG), 0) << content(folder_ / "err");
        } while (found.recovered.learned < learned + 1000);
        ::kill(program, SIGKILL);
        static_cast<void>(finish(program));
        for (NodeId node = 0; node < 2; ++node) {
            do {  // Waits until the kernel has killed the nodes, after their launcher has ended.
                ASSERT_TRUE(store::inspect(work("data"), {cluster, node}, found, error)) << error;
            } while (found.is_in_use);
            EXPECT_TRUE(store::is_usable(found.recovered.verdict)) << found.recovered.reason;
            learned = std::max(learned, found.recovered.learned);
        }
    }
    const Outcome outcome = run_in_data("500");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(outcome.output.substr(0, 4), "SAFE");
    EXPECT_EQ(inspected()["files"][1]["incarnations"], 21);
}

TEST_F(DurableCommand, S15_every_run_on_the_files_has_the_same_quorums) {
    const std::vector<std::string> with_two{"--durable",       "data", "--nodes",   "3",
                                            "--rounds",        "20",   "--window",  "4",
                                            "--accept-quorum", "3",    "--no-floor"};
    EXPECT_EQ(run(with_two).exit_code, 0);
    EXPECT_EQ(run(with_two).exit_code, 0);
    expect_refused({"--durable", "data", "--nodes", "3"}, 2,
                   "paxos_fast: --durable: data belongs to a cluster with --accept-quorum 3, not "
                   "majority quorums\n");
}

TEST_F(DurableCommand, S28_refuses_files_of_another_cluster) {
    make_small();
    nodes_ = "3";
    expect_untouched(2, "data belongs to a cluster of 2 nodes, not 3 (--nodes)");
    nodes_ = "2";
    expect_untouched(2, "data belongs to a cluster with --protocol classic, not multi", "multi");
    expect_untouched(3,
                     "data/node-0: has space for batches of at most 8192 bytes, but the records of "
                     "this program need larger ones; nothing was changed");
    write_at(0, offsetof(store::Superblock, version), "\x07");
    write_at(0, store::block_size + offsetof(store::Superblock, version), "\x07");
    expect_untouched(3,
                     "data/node-0: has format version 7; this program supports version 1; nothing "
                     "was changed");
    write_at(0, offsetof(store::Superblock, magic), "something");
    write_at(0, store::block_size + offsetof(store::Superblock, magic), "something");
    expect_untouched(3, "data/node-0: is not a file of this program; nothing was changed");
}

/// The file `cluster` has the same cluster id as the files of the nodes, but different content.
TEST_F(DurableCommand, S28_refuses_node_files_that_contradict_the_cluster) {
    make_small();
    const std::string whole = content(work("data/cluster"));
    nodes_ = "3";
    cluster_.nodes = 3;
    std::ofstream(work("data/cluster")) << store::text_of(cluster_);
    expect_untouched(3, "data/node-0: belongs to a cluster of 2 nodes, not 3; nothing was changed");
    nodes_ = "2";
    cluster_.nodes = 2;
    cluster_.protocol = Variant::multi;
    std::ofstream(work("data/cluster")) << store::text_of(cluster_);
    expect_untouched(3,
                     "data/node-0: belongs to a cluster with the protocol classic, not multi; "
                     "nothing was changed",
                     "multi");
    std::ofstream(work("data/cluster")) << "paxos_fast cluster 2" << whole.substr(whole.find('\n'));
    expect_untouched(3,
                     "data/cluster: has format version 2; this program supports version 1; nothing "
                     "was changed");
    std::ofstream(work("data/cluster")) << whole << "x";
    expect_untouched(3, "data/cluster: is damaged; nothing was changed");
    std::ofstream(work("data/cluster")) << "something else";
    expect_untouched(3, "data/cluster: is not a file of this program; nothing was changed");
}

TEST_F(DurableCommand, S28_refuses_a_node_file_of_another_cluster) {
    make_small();
    const std::filesystem::path mine = work("data/node-0"), aside = work("aside");
    std::filesystem::copy_file(mine, aside);
    std::string error;
    store::Cluster other = cluster_;
    ASSERT_TRUE(store::create(work("other"), other, store::small_geometry, error)) << error;
    const auto replace = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(work("other/node-0"), mine, replace);
    expect_untouched(3, "data/node-0: belongs to another cluster; nothing was changed");
    std::filesystem::copy_file(work("data/node-1"), mine, replace);
    expect_untouched(3, "data/node-0: is the file of node 1; nothing was changed");

    // If the file `cluster` comes from another cluster, every node's file is refused.
    std::filesystem::copy_file(aside, mine, replace);
    std::filesystem::copy_file(work("other/cluster"), work("data/cluster"), replace);
    expect_untouched(3, "data/node-0: belongs to another cluster; nothing was changed");
}

TEST_F(DurableCommand, S28_refuses_values_of_another_size) {
    const std::string mine = std::to_string(limits::value_size),
                      other = std::to_string(limits::value_size + 64);
    cluster_.value_size += 64;
    make_small();
    expect_untouched(3, "data/cluster: has values of " + other +
                            " bytes; this program was built for " + mine + " (-DPAXOS_VALUE_SIZE)");
    cluster_.value_size -= 64;
    std::ofstream(work("data/cluster")) << store::text_of(cluster_);
    expect_untouched(
        3, "data/node-0: has values of " + other + " bytes, not " + mine + "; nothing was changed");
}

TEST_F(DurableCommand, S24_S25_refuses_damaged_and_missing_files) {
    make_small();
    const std::string first = store::node_path(work("data"), 0);
    const std::uintmax_t size = std::filesystem::file_size(first);
    std::filesystem::resize_file(first, size - 4096);
    expect_untouched(3, "data/node-0: has " + std::to_string(size - 4096) +
                            " bytes, but was made with " + std::to_string(size) +
                            "; nothing was changed");
    std::filesystem::resize_file(first, size);
    write_at(0, 100, "x");
    write_at(0, store::block_size + 100, "x");
    expect_untouched(3, "data/node-0: has two damaged superblocks; nothing was changed");
    std::filesystem::resize_file(first, 5000);
    expect_untouched(
        3, "data/node-0: has 5000 bytes, too few for its superblocks; nothing was changed");
    std::filesystem::remove(store::node_path(work("data"), 0));
    expect_untouched(
        3,
        "data/node-0: is missing. It held what this node promised and accepted, so the node must "
        "not take part again (S24); restore the file, or remove the whole directory");
    std::filesystem::remove(work("data/cluster"));
    expect_untouched(3,
                     "data/node-1: exists, but data/cluster is missing; restore data/cluster, or "
                     "remove the whole directory");
}

TEST_F(DurableCommand, S25_refuses_a_file_whose_log_is_damaged) {
    ASSERT_EQ(run_in_data("100").exit_code, 0);
    write_at(1, store::ring_begin + 100, "x");
    expect_untouched(3,
                     "data/node-1: batch 1 at byte 8192 is damaged: it was durable when the "
                     "superblock was written; nothing was changed");
}

TEST_F(DurableCommand, S27_refuses_a_file_in_use) {
    ASSERT_EQ(run_in_data("100").exit_code, 0);
    store::NodeFile file;
    std::string error;
    store::Cluster cluster;
    ASSERT_EQ(store::examine(work("data"), cluster, error), store::Contents::cluster);
    ASSERT_TRUE(store::lock_node(work("data"), {cluster, 1}, file, error)) << error;
    expect_untouched(3, "data/node-1: is in use by a running node (S27)");
}

TEST_F(DurableCommand, refuses_a_path_where_no_file_can_be_made) {
    std::ofstream(work("file")) << "text";
    expect_refused({"--durable", "file"}, 3, "paxos_fast: --durable: file: is not a directory\n");
    expect_refused(
        {"--durable", "no/where"}, 3,
        "paxos_fast: --durable: no/where: cannot be created: No such file or directory\n");
    expect_refused({"--durable", "/proc/data"}, 3,
                   "paxos_fast: --durable: /proc/data: cannot be created: No such file or "
                   "directory\n");
    // A limit on the file size acts like a full disk. The command must remove incomplete files.
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = 1 << 20;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    expect_refused({"--durable", "data"}, 3,
                   "paxos_fast: --durable: data/node-0.new: cannot be created: File too large\n");
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_FALSE(std::filesystem::exists(work("data")));
}

TEST_F(DurableCommand, refuses_what_another_user_owns) {
    if (::getuid() != 0) GTEST_SKIP() << "only root can run the program as another user";
    nodes_ = "1";
    ASSERT_EQ(run_in_data("100").exit_code, 0);
    ASSERT_EQ(::chmod(work("data").c_str(), 0755), 0);
    std::filesystem::create_directory(work("empty"));
    start_as_another_user();
    expect_refused({"--durable", "new"}, 3,
                   "paxos_fast: --durable: new: cannot be created: Permission denied\n");
    expect_refused(
        {"--durable", "empty"}, 3,
        "paxos_fast: --durable: empty/node-0.new: cannot be created: Permission denied\n");
    EXPECT_TRUE(std::filesystem::is_empty(work("empty")));
    // Before each further run the user gets one more permission, so the run fails one access later.
    expect_untouched(3, "data/cluster: cannot be read: Permission denied");
    ASSERT_EQ(::chmod(work("data/cluster").c_str(), 0644), 0);
    expect_untouched(3, "data/node-0: cannot be opened: Permission denied");
    ASSERT_EQ(::chmod(work("data/node-0").c_str(), 0644), 0);
    expect_untouched(3, "data/node-0: cannot be written: Permission denied");
}

TEST_F(DurableCommand, refuses_a_read_only_file_system) {
    if (!may_mount()) GTEST_SKIP() << "this user or container may not mount file systems";
    nodes_ = "1";
    ASSERT_EQ(run_in_data("100").exit_code, 0);
    std::filesystem::create_directory(work("data/empty"));
    start_with_mounts("mount --bind data data && mount -o remount,bind,ro data");
    expect_untouched(3, "data/node-0: cannot be written: Read-only file system");
    expect_refused(
        {"--durable", "data/empty"}, 3,
        "paxos_fast: --durable: data/empty/node-0.new: cannot be created: Read-only file "
        "system\n");
    expect_refused({"--durable", "data/new"}, 3,
                   "paxos_fast: --durable: data/new: cannot be created: Read-only file system\n");
}

TEST_F(DurableCommand, refuses_a_full_file_system_and_leaves_nothing_there) {
    if (!may_mount()) GTEST_SKIP() << "this user or container may not mount file systems";
    std::filesystem::create_directory(work("data"));
    // The shell lists the files before the file system disappears with its namespace.
    start_by(
        "exec unshare --mount sh -c 'mount -t tmpfs -o size=1m none data && \"$0\" \"$@\"; "
        "code=$?; ls -A data; exit $code' $P \"$@\"");
    expect_refused({"--durable", "data"}, 3,
                   "paxos_fast: --durable: data/node-0.new: cannot be created: No space left on "
                   "device\n");
}

TEST_F(DurableCommand, warns_of_a_file_system_in_memory) {
    if (!may_mount()) GTEST_SKIP() << "this user or container may not mount file systems";
    std::filesystem::create_directory(work("data"));
    start_with_mounts("mount -t tmpfs none data");
    const Outcome outcome = run({"--nodes", "1", "--durable", "data", "--rounds", "100",
                                 "--repetitions", "1", "--no-floor"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.error,
              "paxos_fast: warning: --durable data: the directory is on tmpfs, which is memory: a "
              "restart of the machine empties it\n");
    EXPECT_NE(outcome.output.find("\ndurable   on tmpfs"), std::string::npos) << outcome.output;
}

}  // namespace
}  // namespace paxos::durable_command_test
