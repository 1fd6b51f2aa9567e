// A side of a comparison is a list of result files whose repetitions are pooled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/result_reader.h"

namespace paxos::compare {

/// The result files of one side; never empty. All functions but refuse_pooling() require that the
/// files can be pooled.
using Side = std::vector<Result>;

/// The values of a figure on one side. Each file has a list with one entry per repetition.
using Sample = std::vector<std::vector<double>>;

/// Why the files of a side cannot be pooled: they have different builds, settings or machines, or
/// contain the same runs twice. Empty if the files can be pooled.
[[nodiscard]] std::string refuse_pooling(const Side& side);

/// The windows that every file of the side has, ascending.
[[nodiscard]] std::vector<std::uint64_t> windows_of(const Side& side);

/// The figure of each repetition of one file. Leaves out repetitions without the figure.
[[nodiscard]] std::vector<double> figures_of(const Result& result, std::uint64_t window,
                                             Metric metric);

/// figures_of() for each file of the side. Leaves out files without the figure.
[[nodiscard]] Sample sample_of(const Side& side, std::uint64_t window, Metric metric);

/// All entries of all files.
[[nodiscard]] std::vector<double> pooled(const Sample& sample);

/// A floor figure of each file. Leaves out files without the figure.
[[nodiscard]] std::vector<double> floors_of(const Side& side,
                                            double measure::FloorResult::* figure);

}  // namespace paxos::compare
