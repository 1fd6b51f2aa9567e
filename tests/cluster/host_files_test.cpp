// What rank 0, the launcher of n0, concludes from the reports of all hosts about their files.
#include "cluster/host_files.h"

#include <gtest/gtest.h>

namespace paxos::cluster::host_files_test {
namespace {

constexpr store::ClusterId id{{7, 8}}, other_id{{9, 10}};

class HostFilesTest : public testing::Test {
protected:
    void SetUp() override {
        for (std::size_t i = 0; i < reports_.size(); ++i) {
            reports_[i] = {.has_cluster = true, .has_file = true, .incarnation = 3, .cluster = id};
            set_text(reports_[i].path, "data/node-" + std::to_string(i));
        }
    }
    void remove(NodeId node) { reports_[node] = {.path = reports_[node].path}; }
    void expect_fault(NodeId node, const std::string& text, bool is_contradicted = false) {
        const FilesAgreement result = agree(reports_);
        EXPECT_EQ(result.node, node);
        EXPECT_EQ(result.fault.text.substr(0, text.size()), text);
        EXPECT_EQ(result.fault.is_contradicted, is_contradicted);
    }

    std::array<FilesReport, 3> reports_{};
};

TEST_F(HostFilesTest, files_of_one_cluster_are_continued) {
    const FilesAgreement result = agree(reports_);
    EXPECT_EQ(result.fault.text, "");
    EXPECT_FALSE(result.is_new);
    EXPECT_EQ(result.cluster, id);
}

TEST_F(HostFilesTest, a_cluster_is_new_only_if_no_host_has_files) {
    for (const NodeId node : {NodeId{0}, NodeId{1}, NodeId{2}}) {
        remove(node);
        EXPECT_EQ(agree(reports_).is_new, node == 2);
    }
    EXPECT_EQ(agree(reports_).fault.text, "");
}

TEST_F(HostFilesTest, S24_a_missing_file_is_lost_once_a_node_was_started) {
    for (FilesReport& report : reports_) report.incarnation = 0;
    remove(1);
    EXPECT_EQ(agree(reports_).fault.text, "");
    EXPECT_EQ(agree(reports_).cluster, id);
    reports_[2].incarnation = 1;
    expect_fault(1, "data/node-1: is missing. It held what this node promised and");
    // The fault is the same if the directory of n1 has other files of this cluster, but not the
    // file of n1.
    reports_[1].has_cluster = true;
    reports_[1].cluster = id;
    expect_fault(1, "data/node-1: is missing. It held what this node promised and");
}

TEST_F(HostFilesTest, S28_files_of_several_clusters_are_refused) {
    reports_[2].cluster = other_id;
    expect_fault(2, "data/node-2: belongs to a different cluster than the file of n0");
    remove(0);
    expect_fault(2, "data/node-2: belongs to a different cluster than the file of n1");
    for (FilesReport& report : reports_) report.incarnation = 0;
    expect_fault(2, "data/node-2: belongs to a different cluster than the file of n1");
}

TEST_F(HostFilesTest, the_fault_of_one_host_is_reported) {
    set_text(reports_[1].error, "data belongs to a cluster of 4 nodes, not 3 (--nodes)");
    reports_[1].is_contradicted = true;
    reports_[2].cluster = other_id;
    expect_fault(1, "data belongs to a cluster of 4 nodes", true);
}

TEST_F(HostFilesTest, orders_of_impossible_clusters_are_rejected) {
    FilesOrder order{.nodes = 3};
    EXPECT_TRUE(HostFiles::is_valid(order, 2));
    EXPECT_FALSE(HostFiles::is_valid(order, 3));
    order.nodes = limits::nodes_max + 1;
    EXPECT_FALSE(HostFiles::is_valid(order, 2));
    order.nodes = 3;
    order.protocol = static_cast<Variant>(variant_names.size());
    EXPECT_FALSE(HostFiles::is_valid(order, 2));
}

}  // namespace
}  // namespace paxos::cluster::host_files_test
