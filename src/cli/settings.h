// Every setting of `bench`, in one table: its names, its help and how its text is read.
//
// 1. A setting `--log-rounds` is PAXOS_LOG_ROUNDS in the environment and in .env.
// 2. A reader looks at one text only; what depends on other settings is for resolve.h.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "paxos/limits.h"

namespace paxos::cli {

/// In the order of --help.
enum class Key : std::uint8_t {
    nodes,
    rounds,
    duration,
    timeout,
    protocol,
    proposers,
    thrifty,
    values,
    window,
    rate,
    warmup,
    repetitions,
    no_floor,
    io,
    idle,
    cores,
    port,
    seed,
    faults,
    json,
    log,
    log_rounds,
    quiet,
    color,
    progress,
};
inline constexpr std::size_t key_count = static_cast<std::size_t>(Key::progress) + 1;

/// Three whole batches in flight: enough that none of the cores waits, and no fragments of batches
/// circulate.
inline constexpr std::uint32_t window_saturated = 3 * limits::messages_per_send;
static_assert(window_saturated <= limits::Standard::window_max);

/// Rounds of a run: a year at thirty million a second. With warm-up and sixteen rows still far
/// below limits::slot_max.
inline constexpr std::uint64_t rounds_max = 1'000'000'000'000'000;
static_assert(rounds_max * (node::rows_max + 1) < limits::slot_max);

inline constexpr std::uint64_t repetitions_max = 10'000;
inline constexpr std::uint64_t log_rounds_max = 1'000;  ///< That --log shows: more is no lesson.
inline constexpr std::uint64_t time_ns_max = 24ull * 3600 * 1'000'000'000;
inline constexpr std::uint64_t delay_ns_max = 1'000'000'000;

/// Settings as given, each one read, none yet held against another. What is not given has its
/// default.
struct Given {
    std::size_t nodes = 5;
    std::uint64_t rounds = 100'000;
    std::uint64_t duration_ns = 0;
    std::uint64_t timeout_ns = 60'000'000'000;
    node::ProtocolKind protocol = default_variant;
    std::size_t proposers = 1;
    bool thrifty = false;
    std::vector<std::string> values;
    std::vector<std::uint32_t> windows{1, window_saturated};
    std::vector<std::uint64_t> rates;
    std::uint64_t warmup = 0;
    unsigned repetitions = 10;
    bool no_floor = false;
    node::IoKind io = node::IoKind::automatic;
    node::IdleKind idle = node::IdleKind::automatic;
    std::vector<int> cores;
    std::uint16_t port = 0;
    std::uint64_t seed = 0;
    node::Faults faults;
    std::string faults_text;
    std::string json;
    bool log = false;
    std::uint64_t log_first = 0, log_last = 0;  ///< Both are shown.
    bool quiet = false;
    When color = When::automatic;
    When progress = When::automatic;
};

struct Setting {
    Key key;
    std::string_view name;  ///< log-rounds.
    char letter;            ///< q for -q; 0: none.
    std::string_view type;  ///< What stands for its value in the help; empty: a flag.
    std::string_view group;
    std::string_view help;  ///< Lines of at most 54 characters.
    /// Reads `text` into `given`. Returns what is wrong with it, such as "must be 1 to 63"; empty:
    /// nothing.
    std::string (*read)(std::string_view text, Given& given);

    [[nodiscard]] bool is_flag() const { return type.empty(); }
    /// PAXOS_LOG_ROUNDS.
    [[nodiscard]] std::string variable() const;
};

[[nodiscard]] std::span<const Setting, key_count> settings();
[[nodiscard]] inline const Setting& setting_of(Key key) {
    return settings()[static_cast<std::size_t>(key)];
}

/// Where a setting comes from.
struct Origin {
    enum class Kind : std::uint8_t {
        by_default,
        dotenv,
        environment,
        flag
    };  ///< The later one wins.
    Kind kind = Kind::by_default;
    int line = 0;      ///< Of .env.
    std::string text;  ///< As given.

    [[nodiscard]] bool is_given() const { return kind != Kind::by_default; }
    /// "flag", "environment", ".env:3" or "default".
    [[nodiscard]] std::string name() const;
};
using Origins = std::array<Origin, key_count>;

/// The start of a message about a setting: "paxos_fast: --nodes 64", "paxos_fast: PAXOS_NODES=64"
/// or ".env:3: PAXOS_NODES=64".
[[nodiscard]] std::string label(Key key, const Origin& origin);

inline constexpr std::string_view variable_prefix = "PAXOS_";
inline constexpr std::string_view program_prefix = "paxos_fast: ";

}  // namespace paxos::cli
