// How the text of each setting is read. A reader looks at one text only and writes what it means
// into `Given`; it returns what is wrong with the text, such as "must be 1 to 63", or nothing.
#pragma once

#include <string>
#include <string_view>

#include "cli/settings.h"

namespace paxos::cli {

[[nodiscard]] std::string read_nodes(std::string_view text, Given& given);
[[nodiscard]] std::string read_rounds(std::string_view text, Given& given);
[[nodiscard]] std::string read_duration(std::string_view text, Given& given);
[[nodiscard]] std::string read_timeout(std::string_view text, Given& given);
[[nodiscard]] std::string read_protocol(std::string_view text, Given& given);
[[nodiscard]] std::string read_proposers(std::string_view text, Given& given);
[[nodiscard]] std::string read_thrifty(std::string_view text, Given& given);
[[nodiscard]] std::string read_values(std::string_view text, Given& given);
[[nodiscard]] std::string read_windows(std::string_view text, Given& given);
[[nodiscard]] std::string read_rates(std::string_view text, Given& given);
[[nodiscard]] std::string read_warmup(std::string_view text, Given& given);
[[nodiscard]] std::string read_repetitions(std::string_view text, Given& given);
[[nodiscard]] std::string read_no_floor(std::string_view text, Given& given);
[[nodiscard]] std::string read_io(std::string_view text, Given& given);
[[nodiscard]] std::string read_idle(std::string_view text, Given& given);
[[nodiscard]] std::string read_cores(std::string_view text, Given& given);
[[nodiscard]] std::string read_port(std::string_view text, Given& given);
[[nodiscard]] std::string read_seed(std::string_view text, Given& given);
[[nodiscard]] std::string read_fault_list(std::string_view text, Given& given);
[[nodiscard]] std::string read_json(std::string_view text, Given& given);
[[nodiscard]] std::string read_log(std::string_view text, Given& given);
[[nodiscard]] std::string read_log_rounds(std::string_view text, Given& given);
[[nodiscard]] std::string read_quiet(std::string_view text, Given& given);
[[nodiscard]] std::string read_color(std::string_view text, Given& given);
[[nodiscard]] std::string read_progress(std::string_view text, Given& given);

}  // namespace paxos::cli
