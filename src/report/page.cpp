// See page.h.
#include "report/page.h"

#include <algorithm>

#include "measure/result_json.h"
#include "measure/summary_lines.h"
#include "measure/text.h"
#include "report/assets.h"
#include "report/formats.h"

namespace paxos::report {
namespace {

using measure::Json;

std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        switch (letter) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '"': result += "&quot;"; break;
            default: result += letter;
        }
    }
    return result;
}

std::string element(std::string_view tag, std::string_view text) {
    return "<" + std::string(tag) + ">" + escaped(text) + "</" + std::string(tag) + ">";
}

/// The figures of the summary as an HTML table, readable without scripts. On a narrow page each
/// cell repeats the head of its column (page.css). As in the summary, the last column is absent if
/// no row has a floor.
std::string table_of(const Result& result) {
    const bool has_floor = std::ranges::any_of(result.rows,
                                               [](const Row& row) { return row.floor != "n/a"; });
    const std::size_t columns = cell_heads.size() - (has_floor ? 0 : 1);
    std::string text = "<table class=\"rows\"><thead><tr>";
    for (std::size_t i = 0; i < columns; ++i) text += element("th", cell_heads[i]);
    text += "</tr></thead><tbody>\n";
    for (const Row& row : result.rows) {
        const std::vector<std::string> cells = cells_of(row);
        text += "<tr>" + element("th", cells[0]);
        for (std::size_t i = 1; i < columns; ++i)
            text += "<td data-head=\"" + std::string(cell_heads[i]) + "\">" + escaped(cells[i]) +
                    "</td>";
        text += "</tr>\n";
    }
    return text + "</tbody></table>\n";
}

/// The slow decisions that --explain recorded; empty if there are none.
std::string slow_table_of(const Result& result) {
    std::string causes, lines;
    for (const Row& row : result.rows) {
        if (const std::string text = measure::causes_text(row.causes); !text.empty())
            causes += element("p", row.label + ": " + text) + "\n";
        for (const SlowDecision& one : row.slowest) {
            const std::string rounds = std::to_string(one.round) +
                                       (one.rounds == 1
                                            ? ""
                                            : " to " + std::to_string(one.round + one.rounds - 1));
            lines += "<tr>" + element("td", row.label) +
                     element("td", std::to_string(one.repetition + 1)) + element("td", rounds) +
                     element("td", measure::time_text(static_cast<double>(one.latency_ns))) +
                     element("td", measure::time_text(static_cast<double>(one.at_ns))) +
                     element("td", text_of(one.cause)) +
                     element("td", one.meanwhile.empty() ? "nothing recorded" : one.meanwhile) +
                     "</tr>\n";
        }
    }
    if (causes.empty()) return "";
    return "<details><summary>Slow decisions</summary>\n" + causes +
           "<div class=\"scroll\"><table "
           "class=\"slow\"><thead><tr><th>load</th><th>run</th><th>rounds</th>"
           "<th>latency</th><th>at</th><th>cause</th><th>meanwhile</th></tr></thead><tbody>\n" +
           lines + "</tbody></table></div></details>\n";
}

std::string section_of(const Result& result, bool is_only) {
    std::string text = "<section>\n" + element("h2", result.path) + "\n<p class=\"verdict " +
                       escaped(result.verdict) + "\">" + escaped(result.verdict) +
                       (result.degraded ? " <span class=\"DEGRADED\">DEGRADED</span>" : "") +
                       "</p>\n";
    if (!result.reasons.empty()) {
        text += "<ul>";
        for (const std::string& reason : result.reasons) text += element("li", reason) + "\n";
        text += "</ul>\n";
    }
    text += "<pre>" + escaped(result.command) + "</pre>\n";
    if (result.is_simulated) return text + "</section>\n";
    if (result.knee) text += element("p", "knee: " + knee_text(*result.knee)) + "\n";
    text += "<div class=\"scroll\">" + table_of(result) + "</div>\n" + slow_table_of(result) +
            "<details" + (is_only ? " open" : "") + "><summary>Build and machine</summary>\n<dl>";
    for (const auto& [label, fact] : result.facts)
        text += element("dt", label) + element("dd", fact) + "\n";
    return text + "</dl></details>\n</section>\n";
}

Json data_json(const Row& row) {
    Json json{{"label", row.label}, {"rates", row.rates}, {"cpu", row.cpu_ns}};
    const auto put = [&](const char* name, const std::optional<double>& value) {
        if (value) json[name] = *value;
    };
    put("rate", row.rate);
    put("p50", row.p50_ns);
    put("p99", row.p99_ns);
    put("p99_9", row.p99_9_ns);
    json["percentiles"] = Json::array();
    for (const auto& [place, ns] : row.percentiles) json["percentiles"].push_back({place, ns});
    json["slices"] = Json::array();
    for (const Slice& slice : row.slices) {
        const auto or_null = [](const std::optional<std::uint64_t>& ns) {
            return ns ? Json(*ns) : Json();
        };
        json["slices"].push_back({slice.repetition, slice.begin_ns, slice.end_ns, slice.decisions,
                                  or_null(slice.p50_ns), or_null(slice.p99_ns)});
    }
    return json;
}

Json data_json(const measure::Knee& knee, const std::vector<Row>& rows) {
    Json json{{"objective", knee.objective.text},
              {"percentile", knee.objective.percentile},
              {"limit", knee.objective.limit_ns}};
    const auto row = std::ranges::find(rows, knee.rate, &Row::rate_asked);
    if (row != rows.end()) json["row"] = row - rows.begin();
    return json;
}

Json data_json(const Diagram& diagram) {
    Json arrows = Json::array(), marks = Json::array();
    for (const Arrow& arrow : diagram.arrows)
        arrows.push_back({arrow.from, arrow.to, arrow.sent_ns,
                          arrow.handled_ns ? Json(*arrow.handled_ns) : Json(), arrow.message,
                          arrow.ballot, arrow.sentence});
    for (const Mark& mark : diagram.marks)
        marks.push_back({mark.node, mark.at_ns, mark.event, mark.ballot, mark.round, mark.sentence,
                         mark.knowledge});
    return {{"events", diagram.events},
            {"nodes", diagram.nodes},
            {"arrows", std::move(arrows)},
            {"marks", std::move(marks)}};
}

/// The data of the pictures. '<' is written as an escape, so that no text can end the script.
std::string data_text(const std::vector<Result>& results) {
    Json all = Json::array();
    for (const Result& result : results) {
        Json json{{"name", result.path}, {"rows", Json::array()}};
        if (result.floor_round_ns) json["floorRound"] = *result.floor_round_ns;
        if (result.floor_rate) json["floorRate"] = *result.floor_rate;
        for (const Row& row : result.rows) json["rows"].push_back(data_json(row));
        json["events"] = Json::array();
        for (const Event& event : result.events)
            json["events"].push_back({event.repetition, event.at_ns, event.text});
        if (result.knee) json["knee"] = data_json(*result.knee, result.rows);
        if (result.diagram.events != 0) json["diagram"] = data_json(result.diagram);
        all.push_back(std::move(json));
    }
    std::string text;
    for (const char letter : all.dump(-1, ' ', false, Json::error_handler_t::replace))
        if (letter == '<')
            text += "\\u003c";
        else
            text += letter;
    return text;
}

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>paxos_fast report</title>
<style>
)";

}  // namespace

std::string page_of(const std::vector<Result>& results) {
    std::string text{head};
    text += page_style();
    text += "</style>\n</head>\n<body>\n<h1>paxos_fast</h1>\n";
    for (const Result& result : results) text += section_of(result, results.size() == 1);
    text +=
        "<main id=\"pictures\"></main>\n<noscript>The pictures need JavaScript. The figures are "
        "in the tables above.</noscript>\n<script type=\"application/json\" id=\"data\">";
    text += data_text(results);
    text += "</script>\n<script>";
    text += chart_library();
    text += "</script>\n<script>\n";
    text += diagram_script();
    text += "</script>\n<script>\n";
    text += page_script();
    return text + "</script>\n</body>\n</html>\n";
}

}  // namespace paxos::report
