// One side of a comparison: result files whose repetitions are pooled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/result_reader.h"

namespace paxos::compare {

/// REQUIRES of what works on it: not empty, and alike (refuse_pooling).
using Side = std::vector<Result>;

/// A figure of a side: an entry a repetition, kept apart by file.
using Sample = std::vector<std::vector<double>>;

/// Why files cannot be pooled: other builds, settings or machines. Empty: they can be.
[[nodiscard]] std::string refuse_pooling(const Side& side);

/// The windows that every file of the side has, ascending.
[[nodiscard]] std::vector<std::uint64_t> windows_of(const Side& side);

/// A figure of each repetition of one file that has it.
[[nodiscard]] std::vector<double> figures_of(const Result& result, std::uint64_t window,
                                             Metric metric);

[[nodiscard]] Sample sample_of(const Side& side, std::uint64_t window, Metric metric);

/// All entries of all files.
[[nodiscard]] std::vector<double> pooled(const Sample& sample);

/// A floor figure of each file that has it.
[[nodiscard]] std::vector<double> floors_of(const Side& side,
                                            double measure::FloorResult::* figure);

}  // namespace paxos::compare
