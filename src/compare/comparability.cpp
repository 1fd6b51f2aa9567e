// See comparability.h.
#include "compare/comparability.h"

#include <algorithm>

namespace paxos::compare {
namespace {

constexpr std::string_view absent = "absent";

std::string fact_of(const Facts& facts, const std::string& name) {
    const auto found = facts.find(name);
    return found == facts.end() ? std::string(absent) : found->second;
}

/// Whether the setting makes a newer build behave like builds that lack the setting. For example,
/// builds without --runs send one message for each round, as newer builds do with --runs off.
bool is_as_before(const std::string& name, const std::string& value) {
    return name == "runs" && value == "off";
}

/// Whether only one of the builds has the setting, with a value that is the default or makes that
/// build behave like the other build.
bool is_news(const Difference& difference, const Result& base, const Result& fresh) {
    const std::string& name = difference.name;
    return (difference.base == absent &&
            (fresh.by_default.contains(name) || is_as_before(name, difference.fresh))) ||
           (difference.fresh == absent &&
            (base.by_default.contains(name) || is_as_before(name, difference.base)));
}

bool all_asked(const std::vector<Difference>& all) {
    return std::all_of(all.begin(), all.end(), [](const Difference& one) { return one.is_asked; });
}

}  // namespace

std::vector<Difference> differences(const Facts& base, const Facts& fresh) {
    Facts names = base;
    names.insert(fresh.begin(), fresh.end());
    std::vector<Difference> all;
    for (const auto& [name, value] : names) {
        Difference difference{.name = name,
                              .base = fact_of(base, name),
                              .fresh = fact_of(fresh, name),
                              .is_asked = false};
        if (difference.base != difference.fresh) all.push_back(std::move(difference));
    }
    return all;
}

bool Differences::are_all_asked() const { return all_asked(settings) && all_asked(machine); }

Differences differences_of(const Result& base, const Result& fresh,
                           const std::set<std::string, std::less<>>& across) {
    Differences found{.settings = differences(base.settings, fresh.settings),
                      .machine = differences(base.machine, fresh.machine)};
    std::erase_if(found.settings,
                  [&](const Difference& difference) { return is_news(difference, base, fresh); });
    for (Difference& difference : found.settings)
        difference.is_asked = across.contains(difference.name);
    for (Difference& difference : found.machine)
        difference.is_asked = across.contains(across_machine);
    return found;
}

std::string build_text(const measure::Build& build) {
    return build.version + " (" + build.commit + (build.dirty ? ", modified; " : "; ") +
           build.compiler + " " + build.flags + ")";
}

}  // namespace paxos::compare
