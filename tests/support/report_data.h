// Made-up results as the report reads them from a result file.
#pragma once

#include <gtest/gtest.h>

#include "report/data.h"
#include "support/made_up_results.h"

namespace paxos::report {

inline Result data_of_report(const measure::Report& report, const std::string& path = "a.json") {
    Result result;
    std::string why;
    EXPECT_TRUE(data_of(path, compare::text_of(report), result, why)) << why;
    return result;
}

}  // namespace paxos::report
