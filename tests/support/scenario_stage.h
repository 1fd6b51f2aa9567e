// Plays a scenario: its commands drive a simulated cluster of real protocol code (src/sim/world.h),
// which an oracle checks. Only commands make nodes step, time pass or messages arrive. The ring has
// 8 slots, of which at most 4 are in flight.
//
// Set-up, before all other commands:
//   protocol classic|multi   nodes N   proposers K   window W   thrifty   runs
//   counter C                   the counter of the first ballots
// Nodes:
//   step N                      N takes a step. If it is one of the K proposers, it may take a
//                               ballot, but it has no values to propose
//   propose N slot S [NAME]     gives N a value to propose in slot S, and N takes a step. The trace
//                               calls this value NAME
//   propose N slots A..B [NAME...]
//   crash N   pause N   resume N     messages for a paused node wait in its socket
// The network. A FILTER is [first] [KIND...] [A->B | A-> | ->B] [slot S]. A packet matches if it
// has one of the KINDs and matches all other parts. A KIND is prepare, accept and so on, or
// `header` for a packet without messages. `first` selects only the first packet that matches.
// Without a filter a command applies to all packets:
//   deliver [FILTER]            delivers packets now in flight, each in a step of its own
//   together [FILTER]           delivers packets now in flight, all packets of a node in one step
//   settle [FILTER]             delivers until no matching packet is in flight
//   drop [FILTER]   double [FILTER]   reverse [FILTER]
//   hold [FILTER]   release     sets packets aside, and puts them back
//   cut A... | B...             cuts all paths between the two sets
//   cut A... -> B...            cuts the paths in this direction
//   heal                        restores all paths
// Time:
//   advance TIME                advances the clock; every running node takes a step; no delivery
//   run TIME                    repeats for TIME: advance by 100 us, deliver all in flight
// The trace:
//   note SENTENCE               writes SENTENCE into the trace
//   quietly COMMAND             plays COMMAND without a trace, then writes how far each node has
//                               learned, if that has changed
// Expectations:
//   expect learned N slot S NAME    expect unlearned N slot S    expect learned N below S
//   expect decided slot S NAME      expect undecided slot S
//   expect proposing N              expect passive N
#pragma once

#include <string>

#include "support/scenario_text.h"

namespace paxos::test {

/// Returns the trace that the commands give. Throws ScenarioError with the problem and the last
/// lines of the trace.
[[nodiscard]] std::string play(const ScenarioText& scenario);

}  // namespace paxos::test
