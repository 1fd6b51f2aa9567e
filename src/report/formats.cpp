// See formats.h.
#include "report/formats.h"

#include <fmt/format.h>

#include <cmath>

#include "base/histogram.h"
#include "measure/markdown.h"
#include "measure/text.h"

namespace paxos::report {
namespace {

using measure::markdown_escaped;

std::string csv_cell(const std::string& text) {
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    std::string cell = "\"";
    for (const char letter : text) cell += letter == '"' ? "\"\"" : std::string(1, letter);
    return cell + "\"";
}

std::string csv_cell(const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : std::string();
}

/// `value` as text. Empty for zero, which means that the file lacks the figure.
std::string measured(double value) { return value > 0 ? fmt::format("{}", value) : std::string(); }

std::string csv_line(const Result& result, const Row& row) {
    return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                       csv_cell(result.path), csv_cell(result.protocol), result.nodes,
                       csv_cell(result.verdict), result.degraded ? "true" : "false",
                       csv_cell(row.load), row.window,
                       row.rate_asked == 0 ? std::string() : std::to_string(row.rate_asked),
                       row.repetitions, row.rounds, csv_cell(row.rate), csv_cell(row.spread),
                       csv_cell(row.p50_ns), csv_cell(row.p99_ns), csv_cell(row.p99_9_ns),
                       csv_cell(row.max_ns), csv_cell(row.floor_ratio), measured(row.messages),
                       measured(row.cells), measured(row.datagrams));
}

std::string markdown_row(const Row& row) {
    std::string line = "|";
    for (const std::string& cell : cells_of(row)) line += " " + markdown_escaped(cell) + " |";
    return line + "\n";
}

/// The standard deviation of the samples. Each sample counts as the middle of its bucket.
double deviation_of(const Row& row) {
    double samples = 0, sum = 0;
    for (const Bucket& bucket : row.histogram) {
        const double middle = (static_cast<double>(bucket.low_ns) +
                               static_cast<double>(bucket.high_ns)) /
                              2;
        const auto count = static_cast<double>(bucket.samples);
        samples += count;
        sum += count * (middle - row.mean_ns) * (middle - row.mean_ns);
    }
    return std::sqrt(sum / samples);
}

}  // namespace

std::vector<std::string> cells_of(const Row& row) {
    const auto time = [](const std::optional<double>& ns) {
        return ns ? measure::time_text(*ns) : std::string("n/a");
    };
    return {row.label,
            std::to_string(row.rounds),
            row.rate ? measure::rate_text(*row.rate) : "n/a",
            row.spread ? measure::scaled_text(100 * *row.spread) + "%" : "",
            time(row.p50_ns),
            time(row.p99_ns),
            time(row.p99_9_ns),
            time(row.max_ns),
            row.floor};
}

std::string csv_of(const std::vector<Result>& results) {
    std::string text =
        "file,protocol,nodes,verdict,degraded,load,window,rate,repetitions,rounds,"
        "decisions_per_second,spread,latency_ns_p50,latency_ns_p99,latency_ns_p99_9,latency_ns_max,"
        "floor_ratio,messages_per_decision,cells_per_decision,"
        "datagrams_per_decision\n";
    for (const Result& result : results)
        for (const Row& row : result.rows) text += csv_line(result, row);
    return text;
}

std::string markdown_of(const std::vector<Result>& results) {
    std::string text;
    for (const Result& result : results) {
        text += (text.empty() ? "**" : "\n**") + markdown_escaped(result.path) +
                "**: " + markdown_escaped(result.verdict) + (result.degraded ? ", DEGRADED" : "") +
                "; " + markdown_escaped(result.command) + "\n\n|";
        for (const std::string_view head : cell_heads) text += " " + std::string(head) + " |";
        text += "\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";
        for (const Row& row : result.rows) text += markdown_row(row);
        if (!result.reasons.empty()) text += "\n";
        for (const std::string& reason : result.reasons)
            text += "- " + markdown_escaped(reason) + "\n";
    }
    return text;
}

std::string hgrm_of(const Row& row) {
    constexpr double ns_per_ms = 1e6;
    std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
    std::uint64_t samples = 0, below = 0;
    for (const Bucket& bucket : row.histogram) samples += bucket.samples;
    for (const Bucket& bucket : row.histogram) {
        below += bucket.samples;
        text += fmt::format("{:12.6f} {:.12f} {:10}",
                            static_cast<double>(bucket.high_ns) / ns_per_ms,
                            static_cast<double>(below) / static_cast<double>(samples), below);
        // The last line has no inverse, which would be infinite.
        if (below < samples)
            text += fmt::format(
                " {:14.2f}", static_cast<double>(samples) / static_cast<double>(samples - below));
        text += "\n";
    }
    constexpr unsigned sub_buckets = 2u << Histogram::precision_bits;
    return text + fmt::format(
                      "#[Mean    = {:12.6f}, StdDeviation   = {:12.6f}]\n"
                      "#[Max     = {:12.6f}, Total count    = {:12}]\n"
                      "#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                      row.mean_ns / ns_per_ms, deviation_of(row) / ns_per_ms,
                      static_cast<double>(row.histogram.back().high_ns) / ns_per_ms, samples,
                      Histogram::value_bits - Histogram::precision_bits, sub_buckets);
}

}  // namespace paxos::report
