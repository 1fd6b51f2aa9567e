// Planted faults, each in a build of its own, that prove that the checks of a run can fail
// (safety.md, proof 9).
#pragma once

namespace paxos::plants {

#ifdef PAXOS_PLANT_MINORITY
inline constexpr bool minority = true;  ///< A proposer decides on its own vote alone.
#else
inline constexpr bool minority = false;
#endif

#ifdef PAXOS_PLANT_FORGED_QUORUM
/// A proposer sends no ACCEPT and decides as if a quorum had accepted; the named nodes do not
/// object.
inline constexpr bool forged_quorum = true;
#else
inline constexpr bool forged_quorum = false;
#endif

#ifdef PAXOS_PLANT_IGNORED_REPORT
/// A candidate ignores what the promises report as accepted.
inline constexpr bool ignored_report = true;
#else
inline constexpr bool ignored_report = false;
#endif

#ifdef PAXOS_PLANT_FLIP
inline constexpr bool flip = true;  ///< Node 1 has learned one slot's value with a bit flipped.
#else
inline constexpr bool flip = false;
#endif

#ifdef PAXOS_PLANT_SWAP
inline constexpr bool swap = true;  ///< Node 1 has learned two slots' values the wrong way round.
#else
inline constexpr bool swap = false;
#endif

#ifdef PAXOS_PLANT_ABORT
inline constexpr bool abort = true;  ///< Node 1 breaks an invariant.
#else
inline constexpr bool abort = false;
#endif

}  // namespace paxos::plants
