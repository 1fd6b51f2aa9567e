// Is this build watched by a sanitizer, and how much less of a long random test does it then do?
#pragma once

namespace paxos::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

/// So many random trials, or a tenth of them: a trial under a sanitizer costs ten times as much,
/// and a fault of the memory shows at its first occasion. The plain build does them all.
constexpr int trials(int count) { return sanitized ? count / 10 : count; }

}  // namespace paxos::test
