// See side.h.
#include "compare/side.h"

#include <algorithm>

#include "compare/comparability.h"

namespace paxos::compare {
namespace {

std::string refusal(const Result& first, const Result& other, std::string_view what,
                    std::string_view here, std::string_view there) {
    return other.path + ": " + std::string(what) + " is " + std::string(there) + ", but " +
           std::string(here) + " in " + first.path + ": the files of one side must agree";
}

std::string refuse_pair(const Result& first, const Result& other) {
    if (first.date == other.date && first.rows == other.rows)
        return other.path + ": contains the same runs as " + first.path + "; each run counts once";
    if (build_text(first.build) != build_text(other.build))
        return refusal(first, other, "its build", build_text(first.build), build_text(other.build));
    for (const auto& [facts_a, facts_b] :
         {std::pair(first.settings, other.settings), std::pair(first.machine, other.machine)})
        for (const Difference& difference : differences(facts_a, facts_b))
            return refusal(first, other, difference.name, difference.base, difference.fresh);
    return {};
}

bool has_window(const Result& result, std::uint64_t window) {
    return std::any_of(result.rows.begin(), result.rows.end(),
                       [&](const Row& row) { return row.window == window; });
}

}  // namespace

std::string refuse_pooling(const Side& side) {
    for (std::size_t i = 1; i < side.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (std::string why = refuse_pair(side[j], side[i]); !why.empty()) return why;
    return {};
}

std::vector<std::uint64_t> windows_of(const Side& side) {
    std::vector<std::uint64_t> windows;
    for (const Row& row : side.front().rows)
        if (std::all_of(side.begin(), side.end(),
                        [&](const Result& result) { return has_window(result, row.window); }))
            windows.push_back(row.window);
    std::sort(windows.begin(), windows.end());
    windows.erase(std::unique(windows.begin(), windows.end()), windows.end());
    return windows;
}

std::vector<double> figures_of(const Result& result, std::uint64_t window, Metric metric) {
    std::vector<double> figures;
    for (const Row& row : result.rows)
        if (const auto figure = row.figures[static_cast<std::size_t>(metric)];
            figure && row.window == window)
            figures.push_back(*figure);
    return figures;
}

Sample sample_of(const Side& side, std::uint64_t window, Metric metric) {
    Sample sample;
    for (const Result& result : side)
        if (std::vector<double> figures = figures_of(result, window, metric); !figures.empty())
            sample.push_back(std::move(figures));
    return sample;
}

std::vector<double> pooled(const Sample& sample) {
    std::vector<double> all;
    for (const std::vector<double>& figures : sample)
        all.insert(all.end(), figures.begin(), figures.end());
    return all;
}

std::vector<double> floors_of(const Side& side, double measure::FloorResult::* figure) {
    std::vector<double> floors;
    for (const Result& result : side)
        if (result.floor.*figure > 0) floors.push_back(result.floor.*figure);
    return floors;
}

}  // namespace paxos::compare
