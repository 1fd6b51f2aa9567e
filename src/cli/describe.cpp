// Every setting as the run uses it, for the summary and the result file.
#include "cli/resolve.h"

namespace paxos::cli {
namespace {

using SettingValue = measure::Setting::Value;

const char* name_of(node::IoKind kind) {
    switch (kind) {
        case node::IoKind::uring: return "uring";
        case node::IoKind::mmsg: return "mmsg";
        case node::IoKind::automatic: break;
    }
    return "auto";
}

const char* name_of(node::IdleKind kind) {
    switch (kind) {
        case node::IdleKind::spin: return "spin";
        case node::IdleKind::yield: return "yield";
        case node::IdleKind::block: return "block";
        case node::IdleKind::automatic: break;
    }
    return "auto";
}

const char* name_of(When when) {
    switch (when) {
        case When::always: return "always";
        case When::never: return "never";
        case When::automatic: break;
    }
    return "auto";
}

/// Times are given in nanoseconds, as everywhere in the result file.
SettingValue value_of(Key key, const Options& options, const Given& given) {
    const node::Plan& plan = options.plan;
    switch (key) {
        case Key::nodes: return std::uint64_t{plan.nodes};
        case Key::rounds: return given.rounds;
        case Key::duration: return plan.duration_ns;
        case Key::timeout: return plan.timeout_ns;
        case Key::protocol: return std::string(name_of(plan.protocol));
        case Key::proposers: return std::uint64_t{plan.proposers};
        case Key::thrifty: return plan.thrifty;
        case Key::values: return given.values;
        case Key::window:
            return std::vector<std::uint64_t>(given.windows.begin(), given.windows.end());
        case Key::rate: return given.rates;
        case Key::warmup: return plan.warmup;
        case Key::repetitions: return std::uint64_t{options.repetitions};
        case Key::no_floor: return !options.measures_floor;
        case Key::io: return std::string(name_of(plan.io));
        case Key::idle: return std::string(name_of(plan.idle));
        case Key::cores:
            return std::vector<std::uint64_t>(options.cores.begin(), options.cores.end());
        case Key::port: return std::uint64_t{plan.port};
        case Key::seed: return plan.seed;
        case Key::faults: return options.faults;
        case Key::json: return options.json;
        case Key::log: return plan.log;
        case Key::log_rounds:
            if (!plan.log) return std::string{};
            return std::to_string(plan.log_first) + ".." + std::to_string(plan.log_end - 1);
        case Key::quiet: return options.quiet;
        case Key::color: return std::string(name_of(options.color));
        case Key::progress: return std::string(name_of(options.progress));
    }
    return std::string{};
}

}  // namespace

std::vector<measure::Setting> describe(const Options& options, const Given& given,
                                       const Origins& origins) {
    std::vector<measure::Setting> all;
    for (const Setting& setting : settings()) {
        const Origin& origin = origins[static_cast<std::size_t>(setting.key)];
        const bool assigned = origin.kind == Origin::Kind::dotenv ||
                              origin.kind == Origin::Kind::environment;
        all.push_back(
            {.name = std::string(setting.name),
             .value = value_of(setting.key, options, given),
             .from = origin.name(),
             .assigned = assigned ? setting.variable() + "=" + origin.text : std::string{}});
    }
    return all;
}

}  // namespace paxos::cli
