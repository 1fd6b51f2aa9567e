// Whether this build has a sanitizer. If it has one, tests make fewer random trials.
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

/// The number of trials: `count`, or a tenth of `count` in a sanitizer build. In such a build a
/// trial takes about ten times as long, and a memory error is reported at its first occurrence.
constexpr int trials(int count) { return sanitized ? count / 10 : count; }

}  // namespace paxos::test
