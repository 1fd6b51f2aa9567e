// Asserts that stay on. PAXOS_ASSERT guards invariants in every build, the measured one too;
// PAXOS_VERIFY guards truths that cost more than they are worth at speed and is on where
// PAXOS_VERIFY_ENABLED is defined.
//
// The handler is the one thing the protocol asks of its surroundings: the program that links it
// says what happens.
//
// In a mutant (mutants.h) all of them are off: it must be found from outside.
#pragma once

namespace paxos {

/// Called when an invariant does not hold. Must not return. Defined by the program, not by the
/// protocol.
[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace paxos

#ifdef PAXOS_MUTANT
#define PAXOS_ASSERT(condition) static_cast<void>(sizeof(!(condition)))
#define PAXOS_UNREACHABLE(why) static_cast<void>(why)
#else
#define PAXOS_ASSERT(condition)                                                                 \
    (__builtin_expect(!(condition), 0) ? ::paxos::assert_failed(#condition, __FILE__, __LINE__) \
                                       : void())

/// Marks a place that no state may reach; says why.
#define PAXOS_UNREACHABLE(why) ::paxos::assert_failed(why, __FILE__, __LINE__)
#endif

#ifdef PAXOS_VERIFY_ENABLED
#define PAXOS_VERIFY(condition) PAXOS_ASSERT(condition)
#else
#define PAXOS_VERIFY(condition) static_cast<void>(0)
#endif

namespace paxos {

/// Whether costly truths are looked at (PAXOS_VERIFY): where it is the world that may break one, no
/// assert may stand.
#if defined(PAXOS_VERIFY_ENABLED) && !defined(PAXOS_MUTANT)
inline constexpr bool verifies = true;
#else
inline constexpr bool verifies = false;
#endif

}  // namespace paxos
