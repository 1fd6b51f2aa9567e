// `paxos_fast inspect` as a user sees it. The command never changes the files.
#include <fcntl.h>
#include <unistd.h>

#include "nlohmann/json.hpp"
#include "store/cluster_file.h"
#include "store/directory.h"
#include "store/file.h"
#include "support/program.h"
#include "support/store_files.h"

namespace paxos::inspect_command_test {
namespace {

class InspectCommand : public Cli {
protected:
    void SetUp() override {
        Cli::SetUp();
        directory_ = work("data");
        std::string error;
        ASSERT_TRUE(store::create(directory_, cluster_, store::small_geometry, error)) << error;
        store::NodeFile file;
        ASSERT_TRUE(store::open_node(directory_, {cluster_, 1}, {}, file, error)) << error;
        store::PlainDevice device(file.fd.get());
        store::Journal journal(device, file.superblock, file.recovered);
        for (Sequence sequence = 1; sequence <= 3; ++sequence) {
            const Message record = store::accept_record(sequence, 4, 1);
            std::memcpy(journal.space().data(), &record, sizeof record);
            journal.commit(sizeof record, sequence);
            journal.note_learned(sequence);
            while (!journal.is_idle()) ASSERT_TRUE(journal.turn());
        }
    }
    void damage(std::uint64_t offset) {
        std::fstream file(store::node_path(directory_, 1),
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(offset));
        file.put('\x7f');
        ASSERT_TRUE(file.flush().good());
    }

    std::string directory_;
    store::Cluster cluster_{.id = {}, .nodes = 2, .protocol = Variant::multi};
};

TEST_F(InspectCommand, shows_the_contents_of_the_files_and_changes_nothing) {
    const std::string before = content(store::node_path(directory_, 1));
    const Outcome outcome = run({"inspect", "data"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(outcome.output,
              "cluster  2 nodes, multi, values of 32 bytes, on " +
                  store::file_system_of(directory_) + "\n         id " +
                  store::text_of(cluster_.id) +
                  "\n"
                  "node-0   intact\n"
                  "         incarnation 0, incomplete last batches removed 0, learned 0\n"
                  "         batches 0, records 0, values 0; 0 KiB of 152 KiB in use; next batch 1\n"
                  "node-1   intact\n"
                  "         incarnation 1, incomplete last batches removed 0, learned 3, highest "
                  "ballot 5.n0\n"
                  "         batches 3, records 3, values 3; 12 KiB of 152 KiB in use; next batch "
                  "4\n");
    EXPECT_EQ(content(store::node_path(directory_, 1)), before);
}

TEST_F(InspectCommand, says_where_its_json_goes) {
    expect_refused(
        {"inspect", "--json", "x.json", "data"}, 2,
        "paxos_fast: inspect: needs one directory; --json takes no file name; it prints to "
        "standard output: --json > FILE\n");
}

TEST_F(InspectCommand, prints_json) {
    const Outcome outcome = run({"inspect", "data", "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    const auto json = nlohmann::json::parse(outcome.output);
    EXPECT_EQ(json["id"], store::text_of(cluster_.id));
    EXPECT_EQ(json["nodes"], 2);
    ASSERT_EQ(json["files"].size(), 2u);
    EXPECT_EQ(json["files"][1]["verdict"], "intact");
    EXPECT_EQ(json["files"][1]["batches"], 3);
    EXPECT_EQ(json["files"][1]["incarnations"], 1);
    EXPECT_EQ(json["files"][1]["learned"], 3);
    EXPECT_EQ(json["files"][1]["ballot"], "5.n0");
}

TEST_F(InspectCommand, distinguishes_torn_from_corrupt) {
    damage(store::ring_begin + 2 * store::block_size + 100);
    Outcome outcome = run({"inspect", "data"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.output.find("node-1   torn: batch 3 at byte 16384 is incomplete\n"),
              std::string::npos)
        << outcome.output;
    damage(store::ring_begin + store::block_size + 100);
    damage(store::ring_begin + 100);
    outcome = run({"inspect", "data", "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << "if all batches are damaged, the ring looks empty";
    damage(store::block_size + 100);
    outcome = run({"inspect", "data"});
    EXPECT_NE(outcome.output.find("superblock 1 is damaged; the other one is intact"),
              std::string::npos)
        << outcome.output;
    damage(100);
    outcome = run({"inspect", "data"});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_NE(outcome.output.find("node-1   corrupt: has two damaged superblocks\n"),
              std::string::npos)
        << outcome.output;
}

TEST_F(InspectCommand, reports_that_a_file_is_in_use) {
    store::NodeFile file;
    std::string error;
    ASSERT_TRUE(store::open_node(directory_, {cluster_, 1}, {}, file, error)) << error;
    const Outcome outcome = run({"inspect", "data"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.output.find("in use by a running node"), std::string::npos);
}

// A node may write while its file is read, so a failed check does not prove that the file is
// damaged.
TEST_F(InspectCommand, does_not_call_a_file_corrupt_that_a_node_uses) {
    damage(100);
    damage(store::block_size + 100);
    EXPECT_EQ(run({"inspect", "data"}).exit_code, 3);
    const Fd file(::open(store::node_path(directory_, 1).c_str(), O_RDWR | O_CLOEXEC));
    struct flock lock{
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
    ASSERT_EQ(::fcntl(file.get(), F_OFD_SETLK, &lock), 0);
    Outcome outcome = run({"inspect", "data"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.output.find("node-1   in use by a running node, which was writing during "
                                  "the check; try again\n"),
              std::string::npos)
        << outcome.output;
    outcome = run({"inspect", "data", "--json"});
    EXPECT_EQ(nlohmann::json::parse(outcome.output)["files"][1]["verdict"], "undecided");
}

TEST_F(InspectCommand, refuses_a_directory_that_holds_no_cluster) {
    expect_refused({"inspect"}, 2, "paxos_fast: inspect: needs one directory\n");
    expect_refused({"inspect", "a", "b"}, 2, "paxos_fast: inspect: needs one directory\n");
    expect_refused({"inspect", "nowhere"}, 3, "paxos_fast: inspect: nowhere: no such directory\n");
    std::filesystem::create_directory(work("empty"));
    expect_refused({"inspect", "empty"}, 3,
                   "paxos_fast: inspect: empty: holds no cluster (there is no file named "
                   "cluster)\n");
    std::ofstream(work("data/cluster")) << "something else";
    expect_refused({"inspect", "data"}, 3,
                   "paxos_fast: inspect: data/cluster: is not a file of this program; nothing was "
                   "changed\n");
    std::filesystem::remove(work("data/cluster"));
    expect_refused({"inspect", "data"}, 3,
                   "paxos_fast: inspect: data/node-0: exists, but data/cluster is missing; restore "
                   "data/cluster, or remove the whole directory\n");
}

TEST_F(InspectCommand, goes_on_after_a_missing_file) {
    std::filesystem::remove(work("data/node-0"));
    const Outcome outcome = run({"inspect", "data"});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_NE(outcome.output.find("node-0   missing or unreadable: data/node-0: is missing"),
              std::string::npos);
    EXPECT_NE(outcome.output.find("node-1   intact\n"), std::string::npos);
}

}  // namespace
}  // namespace paxos::inspect_command_test
