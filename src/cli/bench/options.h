// The options of `bench` and `knee`, and their sources.
//
//   command line, environment, .env (dotenv.h)
//     -> Options: each option read by itself (option_table.h), with its Origin
//     -> checked against each other and completed (resolve.h)
//
// The command line overrides the environment, the environment overrides `.env`, and `.env`
// overrides the defaults. Parsing is pure: all its inputs are in ProcessInputs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bench/process_inputs.h"
#include "cli/terminal.h"
#include "measure/report.h"
#include "node/plan.h"

namespace paxos::cli {

/// The window of the saturated row: three full batches in flight, where a batch is what one send
/// can carry. Three full batches keep every core busy. With fewer rounds in flight, the cores would
/// stay busy only with smaller batches, which need more system calls for each round.
[[nodiscard]] constexpr std::uint32_t window_saturated(bool runs) {
    return 3 * (runs ? limits::slots_per_send : limits::messages_per_send);
}
static_assert(window_saturated(true) <= limits::Standard::window_max);
static_assert(window_saturated(false) <= limits::Standard::window_max);

/// The number of windows if neither --window nor --rate is given: the window of the unloaded row
/// and the window of the saturated row.
inline constexpr std::size_t windows_default = 2;

/// The language of summary and log; `automatic` takes it from the environment.
enum class Lang : std::uint8_t { automatic, english, portuguese };
/// Indexed by Lang.
inline constexpr std::array<std::string_view, 3> lang_names{"auto", "en", "pt"};

/// Everything that a run needs. Initialised to the defaults.
struct Options {
    node::Plan plan;
    std::uint64_t rounds = 100'000;  ///< As given; 0 if a duration alone ends the run.
    /// In the order of the rows. Unless --window is given, empty until resolve.h chooses the
    /// windows.
    std::vector<std::uint32_t> windows;
    std::vector<std::uint64_t> rates;
    std::optional<measure::Objective> objective;  ///< Of `knee`; none in `bench`.
    std::uint64_t duration_ns = 0;                ///< Of the whole command; 0 without a limit.
    unsigned repetitions = 10;
    bool no_floor = false;
    std::vector<int> cores;           ///< Cores for the nodes; empty for the whole affinity mask.
    std::string json;                 ///< Path of the result file ("-": standard output) or empty.
    std::string trace;                ///< Path for trace events ("-": standard output) or empty.
    std::string series;               ///< Path of --series ("-": standard output) or empty.
    std::string faults;               ///< As given; may be empty.
    std::string durable;              ///< Directory for the files of the nodes, or empty.
    std::string key;                  ///< File with the secret for authentication, or empty.
    std::vector<std::string> peers;   ///< HOST:PORT of each node; empty without --peers.
    std::optional<std::uint32_t> id;  ///< This process's position in `peers`.
    std::string network;              ///< CIDR; empty for any network.
    bool quiet = false;
    Lang lang = Lang::automatic;  ///< After resolve(), never automatic.
    When color = When::automatic;
    When progress = When::automatic;
    std::vector<measure::Setting> settings;  ///< Every option as resolved, in the order of --help.
    std::vector<std::string> warnings;       ///< For standard error, one line each.
};

/// What the arguments request, or why the arguments are refused.
struct Parsed {
    enum class Request : std::uint8_t { run, help, version, version_json, none };
    Request request = Request::none;
    Options options;    ///< Valid with Request::run.
    std::string text;   ///< The help with Request::help, or the error with Request::none.
    int exit_code = 0;  ///< With Request::none: 2, or 3 if the machine lacks what was requested.
};

/// Reads and checks all options. Ignores settings in the environment and in `.env` that the command
/// does not take.
[[nodiscard]] Parsed parse(const ProcessInputs& inputs);

}  // namespace paxos::cli
