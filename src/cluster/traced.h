// What the launcher needs for --log: the settings of the narrator, and a conversion of its lines to
// events for the result file.
#pragma once

#include <string>

#include "measure/result.h"
#include "node/plan.h"
#include "trace/narrator.h"
#include "trace/words.h"

namespace paxos::cluster {

/// The setting of the narrator for `plan`. `plan` outlives the setting.
[[nodiscard]] trace::Setting setting_of(const node::Plan& plan, const Language& language = {},
                                        std::size_t columns = 80);

[[nodiscard]] measure::TracedEvent traced(const node::Plan& plan,
                                          const trace::Narrator::Printed& printed);

}  // namespace paxos::cluster
