// What the summary says about the hosts of the nodes, their clocks and their network.
#include <algorithm>

#include "gtest/gtest.h"
#include "measure/summary.h"
#include "measure/summary_lines.h"
#include "support/made_up_report.h"

namespace paxos::measure::summary_hosts_test {
namespace {

TEST(Summary, describes_the_hosts) {
    Report report = made_up_report(1);
    EXPECT_EQ(hosts_text(report, {}), "");
    for (int node = 0; node < 4; ++node) {
        Host& host = report.hosts.emplace_back();
        host.node = node;
        host.name = node % 2 == 0 ? "h1" : "h2";
        host.kernel = "6.1.0";
        host.cores_online = 2;
        host.mtu = 1500;
    }
    // n2 is on the host of n0, so n2 has the same clock as n0.
    report.hosts[1].clock_offset_ns = -86'400'000'002'000;
    report.hosts[1].clock_error_ns = 53'300;
    report.hosts[2].clock_offset_ns = -900;
    report.hosts[2].clock_error_ns = 1'000;
    report.hosts[3].clock_offset_ns = -86'400'000'004'000;
    report.hosts[3].clock_error_ns = 21'000;
    EXPECT_NE(
        summary_of(report, {})
            .find("hosts     h1 h2: Linux 6.1.0, 2 cores, MTU 1500; clocks vs h1: h2 -86400s\n"
                  "          +-21.0us\n"),
        std::string::npos)
        << summary_of(report, {});
    report.hosts[1].mtu = report.hosts[3].mtu = 0;
    EXPECT_EQ(hosts_text(report, {}),
              "h1: Linux 6.1.0, 2 cores, MTU 1500; h2: Linux 6.1.0, 2 cores; "
              "clocks vs h1: h2 -86400s +-21.0us");
    // n3 has the same host name as n1 but another clock, as in a time namespace.
    report.hosts[3].clock_offset_ns = 1'500;
    EXPECT_TRUE(hosts_text(report, {})
                    .ends_with("; clocks vs h1: h2 -86400s +-53.3us, h2 +1.50us +-21.0us"))
        << hosts_text(report, {});
    report.hosts.resize(1);
    EXPECT_EQ(hosts_text(report, {}), "h1: Linux 6.1.0, 2 cores, MTU 1500");
}

TEST(Summary, a_network_that_splits_sends_is_noted) {
    Report report = made_up_report(1);
    NodeCounters& counters = report.runs[0].counters;
    const auto is_noted = [&] {
        return std::ranges::any_of(note_texts(report), [](const std::string& note) {
            return note.starts_with("the network splits sends of many datagrams");
        });
    };
    counters.datagrams_sent = counters.datagrams_received = 20'000;
    counters.sends = counters.receives = 10'000;
    EXPECT_FALSE(is_noted());
    counters.receives = 20'000;
    EXPECT_TRUE(is_noted());
    counters.sends = 19'500;  // Almost no send has more than one datagram.
    EXPECT_FALSE(is_noted());
}

}  // namespace
}  // namespace paxos::measure::summary_hosts_test
