#include "measure/steal.h"

#include <sstream>

#include "measure/environment_parts.h"

namespace paxos::measure {

std::optional<CpuTime> read_cpu_time(const std::string& root) {
    // The line is: cpu user nice system idle iowait irq softirq steal guest guest_nice. The last
    // two are not read, because the kernel includes them in user and nice.
    constexpr int columns = 8;
    std::istringstream line(first_line(root + "/proc/stat"));
    std::string name;
    if (!(line >> name) || name != "cpu") return std::nullopt;
    CpuTime time;
    for (int column = 0; column < columns; ++column) {
        std::uint64_t ticks = 0;
        if (!(line >> ticks)) return std::nullopt;
        time.total += ticks;
        if (column == columns - 1) time.stolen = ticks;
    }
    return time;
}

std::optional<double> stolen_share(const std::optional<CpuTime>& before,
                                   const std::optional<CpuTime>& after) {
    // iowait may decrease (proc(5)), and the total with it. If the total decreased, the share is
    // unknown.
    if (!before || !after || after->total <= before->total || after->stolen < before->stolen)
        return std::nullopt;
    return static_cast<double>(after->stolen - before->stolen) /
           static_cast<double>(after->total - before->total);
}

}  // namespace paxos::measure
