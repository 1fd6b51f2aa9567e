// The authentication tag of a datagram: AEGISMAC-128L (RFC 10032) under a key of the run.
//
// 1. All nodes of a run share the key. Each run has its own key, so a datagram of an earlier run
//    has no valid tag (S30, S45).
// 2. The nonce is always zero. The initial state therefore depends only on the key, and is computed
//    once. AEGIS permits many messages under one key and nonce if it is used only as a MAC, as it
//    is here: nothing is encrypted.
// 3. Tags are compared as a whole, so the time does not depend on where two tags differ.
//
// Used by Wire, and by tests and benchmarks that compute tags.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace paxos::wire {

/// The key of a run: uniformly random, and used for nothing but the tags of the run.
using AuthKey = std::array<std::byte, 16>;

/// The 16 bytes of a tag, in the order in which a header stores them.
struct Tag {
    std::uint64_t low, high;
    [[nodiscard]] bool operator==(const Tag& other) const {
        return ((low ^ other.low) | (high ^ other.high)) == 0;
    }
};

/// The implementations, from the slowest to the fastest. All compute the same tags.
enum class AuthEngine : std::uint8_t {
    portable,  ///< Plain C++ with a table, for processors without AES instructions.
    aes,       ///< AES-NI: one message at a time.
    vaes,      ///< VAES on AVX2: two messages at a time.
};
inline constexpr std::size_t auth_engines = 3;
[[nodiscard]] const char* name_of(AuthEngine engine);
/// Whether this processor has the instructions that `engine` needs.
[[nodiscard]] bool is_available(AuthEngine engine);
[[nodiscard]] AuthEngine fastest_auth_engine();

class Authenticator {
public:
    using Block = std::array<std::byte, 16>;
    using State = std::array<Block, 8>;

    /// REQUIRES: is_available(engine).
    explicit Authenticator(const AuthKey& key, AuthEngine engine = fastest_auth_engine());

    [[nodiscard]] Tag tag(const std::byte* message, std::size_t size) const;
    /// The tags of two messages of `size` bytes each. With VAES both cost little more than one tag;
    /// the other engines compute one tag after the other.
    [[nodiscard]] std::array<Tag, 2> tags(const std::byte* first, const std::byte* second,
                                          std::size_t size) const;

private:
    alignas(64) State initial_;
    AuthEngine engine_;
};

}  // namespace paxos::wire
