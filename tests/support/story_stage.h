// Plays a story: its commands drive a world of real protocol code (src/sim/world.h) under the
// oracle, in which nothing moves but by a command. The ring is the tiny one: 8 slots, 4 in flight.
//
// The scene, before anything happens:
//   protocol classic|multi   nodes N   proposers K   window W   thrifty   counter C (of the first
//   ballots)
// Nodes:
//   step N                      looks at its clock; a designated proposer begins propose N slot S
//   [NAME]     may propose its value there from now on, and takes a step. The story calls it NAME.
//   propose N slots A..B [NAME...] crash N   pause N   resume N            what goes to a paused
//   node waits in its socket
// The network; a FILTER is [first] [KIND...] [A->B | A-> | ->B] [slot S], all that is said of it,
// or nothing for everything:
//   deliver [FILTER]            what is under way now, one message a step
//   together [FILTER]           the same, all for one node in one step
//   settle [FILTER]             until no such thing is under way
//   drop [FILTER]   double [FILTER]   reverse [FILTER]
//   hold [FILTER]   release     out of everybody's reach, and back
//   cut A... | B...   cut A... -> B...   heal       nothing passes between them, or that way
// Time:
//   advance TIME                every node looks at its clock; nothing is delivered
//   run TIME                    the same every 100 us, with all that is under way delivered
// The trace:
//   note SENTENCE               stands in it
//   quietly COMMAND             is played and not told
// What must hold here:
//   expect learned N slot S NAME    expect unlearned N slot S    expect learned N below S expect
//   decided slot S NAME      expect undecided slot S      expect proposing N    expect passive N
#pragma once

#include <string>

#include "support/story_text.h"

namespace paxos::test {

/// The trace that the commands give. A StoryError says what went wrong, with the end of the trace.
[[nodiscard]] std::string play(const StoryText& story);

}  // namespace paxos::test
