// measure_disk_floor() measures how long a durable write takes. If that is not possible, it reports
// the reason.
#include "measure/disk_floor.h"

#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

namespace paxos::measure::disk_floor_test {
namespace {

TEST(DiskFloor, is_measured_and_leaves_nothing_behind) {
    std::string folder = (std::filesystem::temp_directory_path() / "paxos_disk_XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    std::string problem;
    EXPECT_GT(measure_disk_floor(folder, 3, problem), 0) << problem;
    EXPECT_EQ(problem, "");
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    std::filesystem::remove(folder);

    EXPECT_EQ(measure_disk_floor(folder, 3, problem), 0);
    EXPECT_EQ(problem, folder + ": No such file or directory");
}

}  // namespace
}  // namespace paxos::measure::disk_floor_test
