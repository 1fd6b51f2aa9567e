// The parts of the page that are separate files, embedded at build time: the style and the scripts
// of src/report/, and chart.js from the Debian package libjs-chart.js. scripts/cmake/embed.cmake
// generates the definitions.
#pragma once

#include <string_view>

namespace paxos::report {

[[nodiscard]] std::string_view page_style();
[[nodiscard]] std::string_view page_script();
[[nodiscard]] std::string_view diagram_script();
[[nodiscard]] std::string_view chart_library();

}  // namespace paxos::report
