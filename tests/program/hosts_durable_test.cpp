// `--durable DIR` with one process for each node, as on several hosts. Each command continues the
// log of the previous one, even if processes were killed. Directories that cannot be used are
// refused.
#include <gmock/gmock.h>

#include <sys/resource.h>

#include <csignal>

#include "store/cluster_file.h"
#include "store/file.h"
#include "support/several_hosts_durable.h"

namespace paxos::program_hosts_durable_test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(SeveralHostsDurable, the_next_command_continues_the_log) {
    Outcome outcome = run_durable({"--json", "result.json"});
    expect_safe(outcome);
    EXPECT_THAT(outcome.output, HasSubstr("5 of 5 nodes learned the same log"));
    EXPECT_THAT(outcome.output, HasSubstr("\ndurable   on "));
    auto result = nlohmann::json::parse(content(work("result.json")))["paxos_fast"];
    const auto storage = result["repetitions"][0]["storage"];
    EXPECT_EQ(storage["first_slot"], 0);
    EXPECT_GT(storage["batches"], 5);
    EXPECT_GT(storage["flush_ns"]["p50"], 0);
    EXPECT_EQ(result["summary"]["hosts"][4]["file_system"],
              store::file_system_of(work("data2").string()));

    const std::uint64_t learned = inspected("data1")["files"][0]["learned"];
    EXPECT_GT(learned, 500U);
    outcome = run_durable({"--json", "result.json"});
    expect_safe(outcome);
    EXPECT_THAT(outcome.output,
                HasSubstr("at slot " + std::to_string(learned) + " of the log in data1"));
    result = nlohmann::json::parse(content(work("result.json")))["paxos_fast"];
    EXPECT_EQ(result["repetitions"][0]["storage"]["first_slot"], learned);

    std::size_t files = 0;
    for (const char* const directory : {"data1", "data2", "data3"})
        for (const nlohmann::json found = inspected(directory); const auto& file : found["files"]) {
            ++files;
            EXPECT_EQ(file["learned"], 2 * learned);
            EXPECT_EQ(file["incarnations"], 2);
        }
    EXPECT_EQ(files, 5U);
    outcome = run({"inspect", "data2"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.output, HasSubstr("\nnode-4   intact\n"));
    EXPECT_THAT(outcome.output,
                HasSubstr("\nnot here n0 n2 n3: the cluster spans several hosts, and each host "
                          "has the files of its own nodes\n"));
}

TEST_F(SeveralHostsDurable, the_next_run_of_a_command_continues_the_log) {
    for (std::size_t rank = 0; rank < 5; ++rank)
        launch(rank, {"--durable", directory_of(rank), "--no-floor", "--repetitions", "3",
                      "--window", "64", "--rounds", "200"});
    expect_safe(end_of_all());
    for (NodeId node = 0; node < 5; ++node) EXPECT_EQ(recovered(node).incarnation, 3) << node;
}

/// n0 is killed first, so its log ends before the logs of the other nodes. Process 0 reads only the
/// file of n0, but the next command must begin after the last slot in any file.
TEST_F(SeveralHostsDurable, killed_nodes_take_part_in_the_next_command) {
    expect_safe(run_durable({"--faults", "kill=0@40%,kill=3@60%"}), true);
    Slot end = 0;
    for (NodeId node = 0; node < 5; ++node) end = std::max(end, recovered(node).end);
    EXPECT_LT(recovered(0).end, end);
    EXPECT_LT(recovered(3).learned, recovered(4).learned);
    const Outcome outcome = run_durable();
    expect_safe(outcome);
    EXPECT_THAT(outcome.output, HasSubstr("at slot " + std::to_string(end) + " of the log"));
    EXPECT_THAT(outcome.output, HasSubstr("5 of 5 nodes learned the same log"));
    for (const NodeId node : {NodeId{0}, NodeId{3}})
        EXPECT_EQ(recovered(node).learned, recovered(4).learned);
}

TEST_F(SeveralHostsDurable, S23_a_host_that_was_killed_takes_part_in_the_next_command) {
    Slot learned = 0;
    for (int kills = 0; kills < 2; ++kills) {
        launch_all_durable(endless_);
        await_learned(4, learned + 1000);
        for (const std::size_t rank : {1U, 4U}) kill_launcher(rank);
        await_learned(0, recovered(4).learned + 1000);  // The other nodes go on.
        ASSERT_EQ(::kill(launchers_[0], SIGTERM), 0);
        const Outcome outcome = end_of_all();
        EXPECT_EQ(outcome.exit_code, 143) << outcome.error;
        EXPECT_THAT(outcome.output, HasSubstr("n1 ended with its launcher"));
        learned = recovered(0).learned;
    }
    const Outcome outcome = run_durable();
    expect_safe(outcome);
    EXPECT_THAT(outcome.output, HasSubstr("5 of 5 nodes learned the same log"));
    EXPECT_EQ(recovered(4).learned, recovered(0).learned);
}

TEST_F(SeveralHostsDurable, S23_the_log_survives_killed_clusters) {
    Slot learned = 0;
    for (int kills = 0; kills < 5; ++kills) {
        launch_all_durable(endless_);
        await_learned(2, learned + 1000);
        for (std::size_t rank = 0; rank < 5; ++rank) ::kill(launchers_[rank], SIGKILL);
        for (std::size_t rank = 0; rank < 5; ++rank) static_cast<void>(end_of(rank));
        for (NodeId node = 0; node < 5; ++node)
            learned = std::max(learned, recovered(node).learned);
    }
    expect_safe(run_durable());
    EXPECT_GT(recovered(1).learned, learned);
}

/// The test makes only two of the five files, as if a command had been interrupted before it made
/// the others.
TEST_F(SeveralHostsDurable, an_interrupted_creation_goes_on) {
    store::Cluster cluster{.id = {}, .nodes = 5, .protocol = Variant::classic, .spans_hosts = true};
    std::string error;
    ASSERT_TRUE(store::draw_id(cluster.id, error));
    expect_safe(run_durable());
    const auto geometry = recovered(0).superblock.geometry();
    for (const char* const directory : {"data1", "data2", "data3"})
        std::filesystem::remove_all(work(directory));
    for (const NodeId node : {NodeId{0}, NodeId{4}}) {
        store::MadeFiles made;
        ASSERT_TRUE(
            store::create_node(work(directory_of(node)), {cluster, node}, geometry, made, error))
            << error;
    }
    expect_safe(run_durable());
    for (const char* const directory : {"data1", "data2", "data3"})
        EXPECT_EQ(inspected(directory)["id"], store::text_of(cluster.id));
}

TEST_F(SeveralHostsDurable, the_files_may_be_in_one_directory) {
    for (int runs = 0; runs < 2; ++runs) {
        for (std::size_t rank = 0; rank < 5; ++rank)
            launch(rank, {"--durable", "data", "--no-floor", "--rounds", "300", "--window", "16",
                          "--repetitions", "1"});
        expect_safe(end_of_all());
    }
    EXPECT_EQ(inspected("data")["files"].size(), 5U);
    EXPECT_THAT(run({"inspect", "data"}).output, Not(HasSubstr("not here")));
}

TEST_F(SeveralHostsDurable, refuses_a_process_without_a_directory) {
    for (const std::size_t without : {3U, 0U}) {
        for (std::size_t rank = 0; rank < 5; ++rank)
            rank == without ? launch(rank, quick_) : launch_durable(rank);
        const Outcome outcome = end_of_all();
        EXPECT_EQ(outcome.exit_code, 2);
        const std::string expected = without == 3 ? "n0 has --durable, and n3 on " + host_name() +
                                                        " does not"
                                                  : "n1 on " + host_name() +
                                                        " has --durable, and n0 does not";
        EXPECT_EQ(error_of(outcome), "paxos_fast: --durable: " + expected +
                                         "; give every process a directory on its own host\n");
    }
    EXPECT_EQ(files_left(), 0U);
}

TEST_F(SeveralHostsDurable, S24_refuses_to_start_a_node_without_its_file) {
    expect_safe(run_durable());
    const std::string missing =
        "is missing. It held what this node promised and accepted, so the node must not take part "
        "again (S24); start each node where its file is, restore the file, or remove the "
        "directories of all hosts";
    std::filesystem::rename(node_file(4), work("aside"));
    expect_untouched(3, named(4) + "/node-4: " + missing);
    std::filesystem::rename(work("aside"), node_file(4));
    std::filesystem::rename(work("data3"), work("aside"));
    expect_untouched(3, named(2) + "/node-2: " + missing);
    // n2 is started in the directory of n0 and n3. The file of n2 is in another directory.
    std::filesystem::rename(work("aside"), work("data3"));
    for (const std::size_t rank : {0U, 1U, 3U, 4U}) launch_durable(rank);
    launch(2, {"--durable", "data1"});
    EXPECT_EQ(error_of(end_of_all()),
              "paxos_fast: --durable: n2 on " + host_name() + ": data1/node-2: " + missing + "\n");
    expect_safe(run_durable());
}

TEST_F(SeveralHostsDurable, S28_refuses_files_that_do_not_belong_together) {
    expect_safe(run_durable());
    Outcome outcome = run_durable({"--protocol", "multi"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(error_of(outcome), "paxos_fast: --durable: " + named(0) +
                                     " belongs to a cluster with --protocol classic, not multi\n");
    // Quorums of different runs must intersect (S15).
    outcome = run_durable({"--accept-quorum", "2"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(error_of(outcome), "paxos_fast: --durable: " + named(0) +
                                     " belongs to a cluster with majority quorums, not "
                                     "--accept-quorum 2\n");
    expect_refused(
        {"--nodes", "5", "--durable", "data1"}, 2,
        "paxos_fast: --durable: data1 belongs to a cluster that spans hosts; start a process "
        "for each node (--peers, srun, mpirun)\n");

    // The following cases give the directory of n2 wrong content:
    // - the files of another cluster
    // - the file `cluster` of this cluster, with a node's file of another cluster
    // - the file `cluster` of this cluster, with the file of n0
    // - a file `cluster` that states more nodes, then one that states that all nodes are on one
    //   host, then one that states larger values
    std::filesystem::rename(work("data3"), work("aside"));
    store::Cluster other{.id = {}, .nodes = 5, .protocol = Variant::classic, .spans_hosts = true};
    std::string error;
    store::MadeFiles made;
    const auto geometry = recovered(0).superblock.geometry();
    ASSERT_TRUE(store::draw_id(other.id, error));
    ASSERT_TRUE(store::create_node(work("data3"), {other, 2}, geometry, made, error)) << error;
    expect_untouched(3, named(2) + "/node-2: belongs to a different cluster than the file of n0");
    const auto copy = [&](const char* from, const char* to) {
        std::filesystem::copy_file(work(from), work(to),
                                   std::filesystem::copy_options::overwrite_existing);
    };
    copy("aside/cluster", "data3/cluster");
    expect_untouched(3, named(2) + "/node-2: belongs to another cluster; nothing was changed");
    copy("data1/node-0", "data3/node-2");
    expect_untouched(3, named(2) + "/node-2: is the file of node 0; nothing was changed");
    other.nodes = 6;
    std::ofstream(work("data3/cluster")) << store::text_of(other);
    expect_untouched(2, named(2) + " belongs to a cluster of 6 nodes, not 5 (--nodes)");
    other.nodes = 5;
    other.spans_hosts = false;
    std::ofstream(work("data3/cluster")) << store::text_of(other);
    expect_untouched(2, named(2) + " belongs to a cluster with all nodes on one host");
    other.value_size += 64;
    std::ofstream(work("data3/cluster")) << store::text_of(other);
    expect_untouched(3, named(2) + "/cluster: has values of " + std::to_string(other.value_size) +
                            " bytes; this program was built for " +
                            std::to_string(limits::value_size) + " (-DPAXOS_VALUE_SIZE)");

    std::filesystem::remove_all(work("data3"));
    std::filesystem::rename(work("aside"), work("data3"));
    expect_safe(run_durable());
}

TEST_F(SeveralHostsDurable, S25_S27_refuses_a_file_that_cannot_be_used) {
    expect_safe(run_durable());
    {
        store::Cluster cluster;
        store::NodeFile file;
        std::string error;
        ASSERT_EQ(store::examine(work("data2"), cluster, error), store::Contents::cluster);
        ASSERT_TRUE(store::lock_node(work("data2"), {cluster, 4}, file, error)) << error;
        expect_untouched(3, named(4) + "/node-4: is in use by a running node (S27)");
    }
    std::filesystem::copy_file(node_file(1), work("aside"));
    std::filesystem::resize_file(node_file(1), 5000);
    expect_untouched(3, named(1) +
                            "/node-1: has 5000 bytes, too few for its superblocks; nothing was "
                            "changed");
    std::filesystem::remove(node_file(1));
    std::filesystem::rename(work("aside"), node_file(1));
    std::filesystem::remove(work("data3/cluster"));
    expect_untouched(3, named(2) +
                            "/node-2: exists, but data3/cluster is missing; restore "
                            "data3/cluster, or remove the whole directory");
}

/// The files that the other hosts have already made are removed, because no node has used them.
TEST_F(SeveralHostsDurable, leaves_nothing_if_the_file_of_one_node_cannot_be_made) {
    const auto expect_nothing_made = [&](const std::string& text) {
        const Outcome outcome = end_of_all();
        EXPECT_EQ(outcome.exit_code, 3);
        EXPECT_EQ(error_of(outcome), "paxos_fast: --durable: " + text + "\n");
        for (const char* const directory : {"data1", "data2", "data3"})
            EXPECT_TRUE(!std::filesystem::exists(work(directory)) ||
                        std::filesystem::is_empty(work(directory)));
    };
    for (const std::size_t rank : {0U, 1U, 3U, 4U}) launch_durable(rank);
    launch(2, {"--durable", "no/where"});
    expect_nothing_made("n2 on " + host_name() +
                        ": no/where: cannot be created: No such file or "
                        "directory");
    std::ofstream(work("file")) << "text";
    for (const std::size_t rank : {0U, 1U, 3U, 4U}) launch_durable(rank);
    launch(2, {"--durable", "file"});
    expect_nothing_made("n2 on " + host_name() + ": file: is not a directory");
    // A limit on the file size acts like a full disk.
    for (const std::size_t rank : {0U, 1U, 3U, 4U}) launch_durable(rank);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = 60 << 20;  // Enough for the shared memory, but not for the file of a node.
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    launch_durable(2);
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    expect_nothing_made(named(2) + "/node-2.new: cannot be created: File too large");
    expect_safe(run_durable());
}

}  // namespace
}  // namespace paxos::program_hosts_durable_test
