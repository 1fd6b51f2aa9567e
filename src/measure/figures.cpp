#include "measure/figures.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace paxos::measure {
namespace {

/// The rows of all runs, grouped by load. The loads are in the order in which condense() returns
/// them.
std::vector<std::vector<const RowResult*>> rows_by_load(const std::vector<RunResult>& runs) {
    std::vector<std::vector<const RowResult*>> loads;
    for (const RunResult& run : runs) {
        for (const RowResult& row : run.rows) {
            auto load = std::ranges::find_if(loads, [&](const auto& rows) {
                return rows.front()->window == row.window && rows.front()->rate == row.rate;
            });
            if (load == loads.end()) {
                if (&run != &runs.front())
                    load = std::ranges::find_if(
                        loads, [&](const auto& rows) { return rows.front()->rate > row.rate; });
                load = loads.emplace(load);
            }
            load->push_back(&row);
        }
    }
    return loads;
}

std::optional<double> percentile_of(const std::vector<const RowResult*>& rows, const Histogram& all,
                                    double fraction) {
    std::vector<double> own;
    for (const RowResult* row : rows)
        if (const std::optional<double> value = percentile(*row->latency, fraction))
            own.push_back(*value);
    if (!own.empty() && own.size() == rows.size()) return quantile(own, 0.5);
    return percentile(all, fraction);
}

void condense_rate(const std::vector<const RowResult*>& rows, RowFigures& figures) {
    std::vector<double> rates;
    for (const RowResult* row : rows)
        if (row->elapsed_ns > 0)
            rates.push_back(static_cast<double>(row->decisions) * 1e9 /
                            static_cast<double>(row->elapsed_ns));
    if (rates.empty()) return;
    const double median = quantile(rates, 0.5);
    figures.rate = median;
    if (rates.size() > 1)
        figures.spread = (quantile(rates, 0.75) - quantile(rates, 0.25)) / 2 / median;
}

void condense_messages(const std::vector<const RowResult*>& rows, RowFigures& figures) {
    std::uint64_t messages = 0, cells = 0, datagrams = 0;
    for (const RowResult* row : rows) {
        for (const std::uint64_t count : row->messages) messages += count;
        cells += row->cells_sent;
        datagrams += row->datagrams_sent;
    }
    if (figures.rounds == 0) return;
    figures.messages = static_cast<double>(messages) / static_cast<double>(figures.rounds);
    figures.cells = static_cast<double>(cells) / static_cast<double>(figures.rounds);
    figures.datagrams = static_cast<double>(datagrams) / static_cast<double>(figures.rounds);
}

void set_floor_ratio(const FloorResult& floor, RowFigures& figures) {
    if (figures.rate_asked != 0) return;
    if (figures.window == 1) {
        if (floor.round_ns_p50 > 0 && figures.p50_ns)
            figures.floor_ratio = *figures.p50_ns / floor.round_ns_p50;
    } else if (floor.decisions_per_second > 0 && figures.rate) {
        figures.floor_ratio = *figures.rate / floor.decisions_per_second;
    }
}

}  // namespace

double quantile(std::vector<double> samples, double fraction) {
    std::sort(samples.begin(), samples.end());
    const double place = fraction * static_cast<double>(samples.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, samples.size() - 1);
    return samples[below] + (samples[above] - samples[below]) * (place - std::floor(place));
}

bool is_enough(std::uint64_t samples, double fraction) {
    // Rounded, because 1 - 0.999 is not exactly 0.001.
    return samples >= static_cast<std::uint64_t>(std::llround(10 / (1 - fraction)));
}

std::optional<double> percentile(const Histogram& histogram, double fraction) {
    if (!is_enough(histogram.samples(), fraction)) return std::nullopt;
    return static_cast<double>(histogram.percentile(fraction));
}

std::vector<RowFigures> condense(const std::vector<RunResult>& runs, const FloorResult& floor) {
    std::vector<RowFigures> all;
    for (std::vector<const RowResult*>& rows : rows_by_load(runs)) {
        RowFigures& figures = all.emplace_back();
        figures.load = rows.front()->load;
        figures.window = rows.front()->window;
        figures.rate_asked = rows.front()->rate;
        std::erase_if(rows, [](const RowResult* row) { return row->decisions == 0; });
        const auto together = std::make_unique<Histogram>();
        for (const RowResult* repetition : rows) {
            together->merge(*repetition->latency);
            figures.rounds += repetition->decisions;
        }
        figures.repetitions = static_cast<unsigned>(rows.size());
        const bool is_same = std::ranges::all_of(rows, [&](const RowResult* one) {
            return one->rounds == rows.front()->rounds && one->decisions == one->rounds;
        });
        if (!rows.empty() && is_same) figures.rounds_each = rows.front()->rounds;
        condense_rate(rows, figures);
        figures.p50_ns = percentile_of(rows, *together, 0.5);
        figures.p99_ns = percentile_of(rows, *together, 0.99);
        figures.p99_9_ns = percentile_of(rows, *together, 0.999);
        if (together->samples() > 0) figures.max_ns = static_cast<double>(together->max());
        condense_messages(rows, figures);
        set_floor_ratio(floor, figures);
    }
    return all;
}

double uncompared_share(const RunResult& run) {
    if (run.learned_slots == 0) return 0;
    return static_cast<double>(run.uncompared()) / static_cast<double>(run.learned_slots);
}

Verdict worst_verdict(const std::vector<RunResult>& runs) {
    bool unknown = runs.empty();
    for (const RunResult& run : runs) {
        if (run.verdict == Verdict::unsafe) return Verdict::unsafe;
        if (run.verdict == Verdict::unknown) unknown = true;
    }
    return unknown ? Verdict::unknown : Verdict::safe;
}

const char* name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::safe: return "SAFE";
        case Verdict::unsafe: return "UNSAFE";
        case Verdict::unknown: break;
    }
    return "UNKNOWN";
}

}  // namespace paxos::measure
