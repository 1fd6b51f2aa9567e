#!/usr/bin/python3
"""Prints the table of tests/compare/statistics_test.cpp: scipy's results for edge cases.

Needs Debian's python3-scipy. The test contains a copy of this output and does not run the script.
For two samples the script uses method='exact' if there are no ties and both have at most 30
figures; otherwise method='asymptotic'. src/compare uses the same rule.
"""
import math
import random

import numpy
from scipy import stats


def normal(seed, count, mean, deviation):
    chance = random.Random(seed)
    return [round(math.exp(chance.gauss(mean, deviation)), 6) for _ in range(count)]


PAIRS = [
    ("one each", [1.0], [2.0]),
    ("two and three", [1.0, 2.0], [3.0, 4.0, 5.0]),
    ("two and three, interleaved", [2.0, 4.0], [1.0, 3.0, 5.0]),
    ("all equal", [3.0, 3.0, 3.0], [3.0, 3.0, 3.0, 3.0]),
    ("the same figures", [1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0]),
    ("ties", [1.0, 1.0, 2.0, 2.0, 3.0, 3.0], [2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]),
    ("ties within one", [1.0, 1.5, 1.5, 2.0, 7.0], [2.5, 3.0, 3.5, 4.0, 4.5]),
    ("a huge shift", normal(1, 10, 0.0, 0.01), normal(2, 10, 20.0, 0.01)),
    ("ten each, 5 % more", normal(3, 10, 0.0, 0.03), normal(4, 10, 0.05, 0.03)),
    ("thirty each", normal(5, 30, 0.0, 0.1), normal(6, 30, 0.02, 0.1)),
    ("thirty-one each", normal(7, 31, 0.0, 0.1), normal(8, 31, 0.06, 0.1)),
    ("seven and thirty", normal(9, 7, 0.0, 0.2), normal(10, 30, 0.1, 0.2)),
]

LOG_RATIOS = [
    ("three", [0.01, 0.02, 0.04]),
    ("five", [0.01, 0.02, -0.005, 0.03, 0.017]),
    ("ten", [round(x, 6) for x in numpy.random.default_rng(11).normal(-0.05, 0.03, 10).tolist()]),
    (
        "sixty-one",
        [round(x, 6) for x in numpy.random.default_rng(12).normal(0.01, 0.03, 61).tolist()],
    ),
]


def floats(values):
    return "{" + ", ".join(repr(float(value)) for value in values) + "}"


def has_ties(values):
    return len(set(values)) < len(values)


def interval(differences, p_at):
    """The shifts at which p crosses 0.1. Between two neighbouring differences p is constant.

    `differences` are the differences between two samples, or the Walsh averages of one sample.
    """
    ends = sorted(set(differences))
    places = [ends[0] - 1] + [(a + b) / 2 for a, b in zip(ends, ends[1:])] + [ends[-1] + 1]
    kept = [k for k, place in enumerate(places) if p_at(place) > 0.1]
    if not kept:  # All differences are equal.
        return math.expm1(ends[0]), math.expm1(ends[0])
    low = math.expm1(ends[kept[0] - 1]) if kept[0] > 0 else -1.0
    high = math.expm1(ends[kept[-1]]) if kept[-1] < len(ends) else math.inf
    return low, high


def number(value):
    return "infinite" if value == math.inf else repr(float(value))


def of_pair(name, base, fresh):
    is_exact = max(len(base), len(fresh)) <= 30 and not has_ties(base) and not has_ties(fresh)
    method = "exact" if is_exact else "asymptotic"

    logs = [math.log(x) for x in base], [math.log(y) for y in fresh]
    differences = [y - x for x in logs[0] for y in logs[1]]

    def p_at(move):
        shifted = [y - move for y in logs[1]]
        return stats.mannwhitneyu(logs[0], shifted, method=method).pvalue

    low, high = interval(differences, p_at)
    print(f'    {{"{name}",\n     {floats(base)},\n     {floats(fresh)},')
    print(f"     {{{math.expm1(numpy.median(differences))!r}, {number(low)}, {number(high)}}}}},")


def of_log_ratios(name, sample):
    walsh = [(x + y) / 2 for i, x in enumerate(sample) for y in sample[: i + 1]]
    mode = "exact" if len(sample) <= 60 else "approx"

    def p_at(move):
        return stats.wilcoxon([x - move for x in sample], mode=mode, correction=True).pvalue

    low, high = interval(walsh, p_at)
    print(f'    {{"{name}",\n     {floats(sample)},')
    print(f"     {{{math.expm1(numpy.median(walsh))!r}, {number(low)}, {number(high)}}}}},")


def main():
    numpy.seterr(all="ignore")  # If all figures are equal, scipy computes 0 / 0.
    print("const TwoSamples two_samples[] = {  // Intervals at a confidence of 0.9.")
    for pair in PAIRS:
        of_pair(*pair)
    print("};\n\nconst OneSample one_sample[] = {")
    for sample in LOG_RATIOS:
        of_log_ratios(*sample)
    print("};")


main()
