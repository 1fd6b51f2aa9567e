// A fixture with a durable cluster of five nodes in three directories, as if on three hosts. n0 and
// n3 share a directory, and n1 and n4 share another.
#pragma once

#include <array>
#include <map>
#include <utility>

#include "nlohmann/json.hpp"
#include "store/directory.h"
#include "support/several_hosts.h"

namespace paxos {

class SeveralHostsDurable : public SeveralHosts {
protected:
    static std::string directory_of(std::size_t rank) {
        return "data" + std::to_string(rank % 3 + 1);
    }
    void launch_durable(std::size_t rank, const std::vector<std::string>& more = {}) {
        std::vector<std::string> arguments{
            "--durable", directory_of(rank), "--no-floor", "--repetitions", "1", "--window", "64"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        launch(rank, arguments);
    }
    /// Starts all launchers. The run ends when the launcher of rank 0 ends it.
    void launch_all_durable(const std::vector<std::string>& more) {
        for (std::size_t rank = 0; rank < launchers_.size(); ++rank) launch_durable(rank, more);
    }
    Outcome end_of_all() {
        const Outcome outcome = end_of(0);
        for (std::size_t rank = 1; rank < launchers_.size(); ++rank)
            if (launchers_[rank] >= 0) expect_dismissed(rank);
        return outcome;
    }
    Outcome run_durable(std::vector<std::string> more = {}) {
        more.insert(more.end(), {"--rounds", "500"});
        launch_all_durable(more);
        return end_of_all();
    }
    void expect_safe(const Outcome& outcome, bool is_degraded = false) {
        EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
        EXPECT_THAT(outcome.output, testing::StartsWith("SAFE"));
        EXPECT_EQ(outcome.output.find("DEGRADED") != std::string::npos, is_degraded)
            << outcome.output;
    }
    /// Expects that a run is refused with `exit_code` and `text`, and that it creates and changes
    /// no file.
    void expect_untouched(int exit_code, const std::string& text) {
        const auto before = all_files();
        const Outcome outcome = run_durable();
        EXPECT_EQ(outcome.exit_code, exit_code);
        EXPECT_EQ(error_of(outcome), "paxos_fast: --durable: " + text + "\n");
        EXPECT_EQ(outcome.output, "");
        EXPECT_EQ(all_files(), before);
    }
    /// The size of each file, and when it was last written.
    [[nodiscard]] std::map<std::string, std::pair<std::uintmax_t, std::int64_t>> all_files() const {
        std::map<std::string, std::pair<std::uintmax_t, std::int64_t>> files;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(work("")))
            if (entry.is_regular_file())
                files[entry.path().string()] = {entry.file_size(),
                                                entry.last_write_time().time_since_epoch().count()};
        return files;
    }
    /// The output of `inspect --json` for one directory.
    nlohmann::json inspected(const std::string& directory) {
        const Outcome outcome = run({"inspect", directory, "--json"});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
        return nlohmann::json::parse(outcome.output, nullptr, false);
    }
    /// What the file of `node` holds; nothing if the file does not exist yet.
    [[nodiscard]] store::Recovered recovered(NodeId node) const {
        return recovered(node, work(directory_of(node)));
    }
    [[nodiscard]] static store::Recovered recovered(NodeId node, const std::string& directory) {
        store::Cluster cluster;
        std::string error;
        store::Inspected found;
        if (store::examine(directory, cluster, error) == store::Contents::cluster)
            static_cast<void>(store::inspect(directory, {cluster, node}, found, error));
        return found.recovered;
    }
    void await_learned(NodeId node, Slot learned) const {
        await_learned(node, learned, work(directory_of(node)));
    }
    void await_learned(NodeId node, Slot learned, const std::string& directory) const {
        await(0, [&] { return recovered(node, directory).learned >= learned; });
    }
    void kill_launcher(std::size_t rank) {
        ASSERT_EQ(::kill(launchers_[rank], SIGKILL), 0);
        EXPECT_EQ(end_of(rank).exit_code, -SIGKILL);
    }
    [[nodiscard]] std::string node_file(NodeId node) const {
        return store::node_path(work(directory_of(node)), node);
    }
    /// The text with which the program's messages name `node`, its host and its directory.
    [[nodiscard]] std::string named(NodeId node) {
        const std::string host = node == 0 ? "this host" : std::string(host_name());
        return "n" + std::to_string(node) + " on " + host + ": " + directory_of(node);
    }
    static std::string host_name() {
        std::array<char, 256> name{};
        EXPECT_EQ(::gethostname(name.data(), name.size() - 1), 0);
        return name.data();
    }

    const std::vector<std::string> endless_{"--rounds", "1G"};
};

}  // namespace paxos
