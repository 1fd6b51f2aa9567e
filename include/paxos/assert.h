// Assertions. PAXOS_ASSERT checks invariants in every build, including release builds. PAXOS_VERIFY
// checks invariants that cost too much to check at full speed. It is on only in builds that define
// PAXOS_VERIFY_ENABLED: debug and sanitizer builds.
#pragma once

namespace paxos {

/// Called when an invariant does not hold. Must not return. Defined by the program; apart from
/// memcpy and the like it is the only external function that the protocol calls.
[[noreturn]] void assert_failed(const char* condition, const char* file, int line);

}  // namespace paxos

#define PAXOS_ASSERT(condition)                                                                 \
    (__builtin_expect(!(condition), 0) ? ::paxos::assert_failed(#condition, __FILE__, __LINE__) \
                                       : void())

/// Marks code that is never reached; `why` is the reason.
#define PAXOS_UNREACHABLE(why) ::paxos::assert_failed(why, __FILE__, __LINE__)

#ifdef PAXOS_VERIFY_ENABLED
#define PAXOS_VERIFY(condition) PAXOS_ASSERT(condition)
#else
#define PAXOS_VERIFY(condition) static_cast<void>(0)
#endif

namespace paxos {

/// Whether costly checks are on. Use this constant where PAXOS_VERIFY does not suit: for example,
/// the check of a received value must report a fault instead of aborting.
#ifdef PAXOS_VERIFY_ENABLED
inline constexpr bool verifies = true;
#else
inline constexpr bool verifies = false;
#endif

}  // namespace paxos
