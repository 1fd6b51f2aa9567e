// The comparison as JSON. See outputs.h.
#include <cmath>

#include "compare/outputs.h"
#include "compare/sequential.h"
#include "measure/result_json.h"

namespace paxos::compare {
namespace {

using measure::Json;

void put_finite(Json& json, const char* name, double value) {
    if (std::isfinite(value)) json[name] = value;
}

/// Omits an infinite interval. An interval is infinite if there are too few figures.
void put_interval(Json& json, const char* name, const Change& change) {
    if (std::isfinite(change.high)) json[name] = {change.low, change.high};
}

Json json_of(const Head& head, bool is_in_turn) {
    return {{is_in_turn ? "program" : "files",
             is_in_turn ? Json(head.paths.front()) : Json(head.paths)},
            {"repetitions", head.repetitions},
            {"first_date", head.first_date},
            {"last_date", head.last_date},
            {"build", measure::json_of(head.build)}};
}

Json json_of(const std::vector<Difference>& differences) {
    Json list = Json::array();
    for (const Difference& difference : differences)
        list.push_back({{"name", difference.name},
                        {"base", difference.base},
                        {"new", difference.fresh},
                        {"asked", difference.is_asked}});
    return list;
}

Json json_of(const std::vector<Control>& controls) {
    Json list = Json::array();
    for (const Control& control : controls)
        list.push_back({{"name", control.name},
                        {"base", control.base},
                        {"new", control.fresh},
                        {"change", control.change}});
    return list;
}

Json json_of(const Figure& figure, bool is_in_turn) {
    Json json{{"metric", traits_of(figure.metric).key},
              {"window", {{"base", figure.base_window}, {"new", figure.fresh_window}}},
              {"repetitions", {{"base", figure.base_count}, {"new", figure.fresh_count}}},
              {"base", figure.base},
              {"new", figure.fresh},
              {"change", figure.change.estimate}};
    put_interval(json, "interval", figure.change);
    put_finite(json, "smallest_visible_change", figure.visible);
    if (!is_in_turn) {
        put_interval(json, "interval_allowing_for_machine", figure.allowing);
        json["machine"] = {{"floor_moved", std::expm1(figure.doubt.seen)},
                           {"turns_may_differ", std::expm1(figure.doubt.unseen)}};
    } else {
        json["log_ratios"] = figure.log_ratios;
    }
    if (figure.verdict) {
        json["verdict"] = name_of(*figure.verdict);
        json["reason"] = figure.reason;
    }
    return json;
}

Json json_of(const std::vector<Figure>& figures, bool is_in_turn) {
    Json list = Json::array();
    for (const Figure& figure : figures) list.push_back(json_of(figure, is_in_turn));
    return list;
}

/// The options of each run (leg), the order of the two builds in each block of four runs, and why
/// no more blocks were run.
Json json_of(const InTurn& in_turn) {
    Json json{{"is_self", in_turn.is_self},   {"options", in_turn.options},
              {"detect", in_turn.detect},     {"error_of_all_analyses", error_total},
              {"ended_by", in_turn.ended_by}, {"elapsed_s", in_turn.elapsed_s}};
    json["blocks"] = Json::array();
    for (const Order order : in_turn.blocks)
        json["blocks"].push_back(order == Order::old_first ? "ABBA" : "BAAB");
    return json;
}

}  // namespace

std::string json_of(const Comparison& comparison) {
    Json json;
    json["schema"] = comparison_schema;
    json["confidence"] = comparison.in_turn ? analysis_confidence() : verdict_confidence;
    json["margin"] = comparison.terms.margin;
    json["across"] = comparison.terms.across;
    const bool is_in_turn = comparison.in_turn.has_value();
    json["base"] = json_of(comparison.base, is_in_turn);
    json["new"] = json_of(comparison.fresh, is_in_turn);
    if (is_in_turn) json["in_turn"] = json_of(*comparison.in_turn);
    json["comparable"] = comparison.differences.are_all_asked();
    json["differences"] = {{"settings", json_of(comparison.differences.settings)},
                           {"machine", json_of(comparison.differences.machine)}};
    json["floor"] = json_of(comparison.controls);
    json["primary"] = json_of(comparison.primary, is_in_turn);
    json["others"] = json_of(comparison.others, is_in_turn);
    json["notes"] = comparison.notes;
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace paxos::compare
