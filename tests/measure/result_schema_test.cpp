// Result files conform to docs/result.schema.json, and the schema describes every member of the
// files.
//
// Clang 19 cannot compile these tests, because an unused function of RapidJSON 1.1.0 assigns to a
// constant member. Older compilers accept that in a template.
#if defined(__clang__) && __clang_major__ >= 19

#include "gtest/gtest.h"

TEST(ResultSchema, is_tested_by_other_compilers) {
    GTEST_SKIP() << "RapidJSON 1.1.0 cannot be compiled by clang 19";
}

#else

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "measure/result_file.h"
#include "nlohmann/json.hpp"
#include "support/made_up_report.h"

namespace paxos::measure::result_schema_test {
namespace {

using nlohmann::json;

/// Readers must accept members that a later version adds, so the schema allows unknown members.
/// This function forbids them, so that a test finds the members that the schema does not describe.
void forbid_unknown_members(json& schema) {
    if (schema.is_object() && schema.contains("properties") && schema["properties"].is_object() &&
        !schema["properties"].contains("properties"))
        schema["additionalProperties"] = false;
    for (json& part : schema)
        if (part.is_structured()) forbid_unknown_members(part);
}

std::string schema_text() {
    std::ifstream file(PAXOS_TESTS_DIR "/../docs/result.schema.json");
    json schema = json::parse(file);
    forbid_unknown_members(schema);
    return schema.dump();
}

rapidjson::Document parsed(const std::string& text) {
    rapidjson::Document document;
    document.Parse(text.c_str());
    EXPECT_FALSE(document.HasParseError()) << rapidjson::GetParseError_En(document.GetParseError());
    return document;
}

/// The place in `file` that violates the schema, and the violated part of the schema. Empty if
/// `file` conforms.
std::string fault_of(const std::string& file) {
    const rapidjson::SchemaDocument schema(parsed(schema_text()));
    rapidjson::SchemaValidator validator(schema);
    if (parsed(file).Accept(validator)) return {};
    rapidjson::StringBuffer in_file, in_schema;
    validator.GetInvalidDocumentPointer().StringifyUriFragment(in_file);
    validator.GetInvalidSchemaPointer().StringifyUriFragment(in_schema);
    return std::string(in_file.GetString()) + " breaks " + in_schema.GetString() + ", " +
           validator.GetInvalidSchemaKeyword();
}

Report report_with_everything() {
    Report report = made_up_report(2);
    kill_node_3(report, 1);
    const auto setting = [](const char* name, Setting::Value value, const char* from) {
        return Setting{.name = name, .value = std::move(value), .from = from, .assigned = ""};
    };
    report.settings = {setting("nodes", std::uint64_t{5}, "flag"),
                       setting("io", std::string("auto"), ".env:3"),
                       setting("window", std::vector<std::uint64_t>{1, 8}, "environment"),
                       setting("values", std::vector<std::string>{"red"}, "flag"),
                       setting("log", false, "default")};
    RunResult& run = report.runs[0];
    report.hosts = {{.node = 1,
                     .name = "h2",
                     .kernel = "6.1.0",
                     .cores_online = 2,
                     .file_system = "ext4",
                     .mtu = 1500,
                     .clock_offset_ns = -7,
                     .clock_error_ns = 5}};
    run.rejected = {{"checksum", 3}};
    run.refused_sends = {{1, 2}};
    run.failure = run.environment_changes = run.verdict_reason = "a reason";
    run.decisions = {{.round = 1, .value = "red", .by = 0, .ballot = "1.n0"}};
    run.nodes[0].error = "an error";
    add_made_up_slices(report);
    add_made_up_explanation(report);
    run.trace = {{.at_ns = 7,
                  .node = 1,
                  .event = "late",
                  .message = "PROMISE",
                  .from = 2,
                  .nodes = {0},
                  .ballot = "1.n0",
                  .value = "red",
                  .sentence = "a sentence"}};
    run.rows[0].rate = 1000;
    make_durable(report);
    add_made_up_restarts(report);
    run.rows[0].uncorrected = run.rows[0].latency;
    return report;
}

TEST(ResultSchema, describes_every_member) {
    EXPECT_EQ(fault_of(result_file(report_with_everything(), "./paxos_fast")), "");
}

TEST(ResultSchema, describes_a_search_for_the_knee) {
    EXPECT_EQ(fault_of(result_file(made_up_search(), "./paxos_fast")), "");
}

TEST(ResultSchema, describes_a_file_without_figures) {
    Report report = made_up_report(1);
    report.runs[0].rows[0].decisions = report.runs[0].rows[0].elapsed_ns = 0;
    report.floor = {};
    report.environment = {};
    EXPECT_EQ(fault_of(result_file(report, "./paxos_fast")), "");
}

TEST(ResultSchema, is_broken_by_a_wrong_type_a_missing_and_an_unknown_member) {
    const json file = json::parse(result_file(made_up_report(1), "./paxos_fast"));
    json wrong = file;
    wrong["paxos_fast"]["runs"][0]["decisions"] = "many";
    EXPECT_EQ(fault_of(wrong.dump()),
              "#/paxos_fast/runs/0/decisions breaks #/definitions/count, type");
    wrong = file;
    wrong["paxos_fast"]["summary"].erase("verdict");
    EXPECT_EQ(fault_of(wrong.dump()),
              "#/paxos_fast/summary breaks #/definitions/summary, required");
    wrong = file;
    wrong["paxos_fast"]["floor"]["guess"] = 1;
    EXPECT_EQ(fault_of(wrong.dump()),
              "#/paxos_fast/floor/guess breaks #/definitions/floor, additionalProperties");
}

}  // namespace
}  // namespace paxos::measure::result_schema_test

#endif
