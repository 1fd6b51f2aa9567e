// A fixture with a durable cluster of three nodes in a temporary folder. Its tests run once for
// each variant of the protocol.
#pragma once

#include <filesystem>

#include "cluster/log_files.h"
#include "store/directory.h"
#include "support/cluster_runs.h"

namespace paxos::cluster {

class DurableCluster : public testing::TestWithParam<Variant> {
protected:
    static constexpr std::size_t nodes = 3;

    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "paxos_durable_XXXXXX")
                               .string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        open(nodes);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// Makes the files of a cluster of `count` nodes.
    void open(std::size_t count) {
        node::Plan plan = DurableCluster::plan(1);
        plan.nodes = count;
        const FilesFault fault = open_log_files(folder_ / ("data" + std::to_string(count)), plan,
                                                files_);
        ASSERT_EQ(fault.text, "");
    }
    [[nodiscard]] static node::Plan plan(std::uint64_t rounds, std::uint32_t window = 300) {
        node::Plan plan = plan_of(nodes, rounds, window);
        plan.protocol = GetParam();
        plan.timeout_ns = 600'000'000'000;  // Other tests may keep the disk busy.
        return plan;
    }
    measure::RunResult run_durable(const node::Plan& plan, const Callbacks& callbacks = {}) {
        Placement placement;
        std::string error;
        EXPECT_TRUE(place(plan, {}, placement, error)) << error;
        return run(plan, placement, 0, callbacks, nullptr, nullptr, &files_);
    }
    [[nodiscard]] store::Recovered inspected(NodeId node) const {
        store::Inspected found;
        std::string error;
        EXPECT_TRUE(store::inspect(files_.directory, {files_.cluster, node}, found, error))
            << error;
        EXPECT_FALSE(found.is_in_use);
        return found.recovered;
    }

    std::filesystem::path folder_;
    node::LogFiles files_;
};

/// The parameters of tests that use a DurableCluster, and the name of each parameter.
inline const auto durable_variants = testing::Values(Variant::classic, Variant::multi);
inline std::string name_of_variant(const testing::TestParamInfo<Variant>& info) {
    return std::string(name_of(info.param));
}

}  // namespace paxos::cluster
