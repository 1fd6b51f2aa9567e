// The handshake: each end of a connection proves that it has the cluster's secret, without sending
// the secret. Both ends derive the keys of the connection from the secret.
//
//   connector -> listener   Hello      a nonce
//   listener -> connector   Challenge  a nonce, and a proof over both nonces
//   connector -> listener   Proof      a proof over both nonces; zeros if the Challenge is wrong
//
// 1. Both nonces are in each proof, so a recorded proof cannot be replayed. The two ends hash
//    different labels (domain separation), so a proof cannot be reflected.
// 2. Messages have fixed sizes, so an unauthenticated peer cannot make us allocate memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "control/frame.h"
#include "control/secret.h"

namespace paxos::control {

using Nonce = std::array<std::byte, 32>;
using ProofBytes = std::array<std::byte, 32>;

/// Must be incremented when Hello, Challenge, Proof, FrameHead or Identity changes.
inline constexpr std::uint32_t handshake_version = 1;

struct Hello {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t reserved;  ///< Zero.
    Nonce nonce;
};
struct Challenge {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t reserved;  ///< Zero.
    Nonce nonce;
    ProofBytes proof;
};
struct Proof {
    ProofBytes proof;
};
static_assert(sizeof(Hello) == 48 && sizeof(Challenge) == 80 && sizeof(Proof) == 32);

/// The keys of one end of a connection: one for what it sends, one for what it receives.
struct SessionKeys {
    FrameKey sends{}, receives{};
};

/// A Hello with a fresh nonce.
[[nodiscard]] Hello make_hello();
/// The answer to `hello`, with a fresh nonce.
[[nodiscard]] Challenge make_challenge(const Secret& secret, const Hello& hello);
[[nodiscard]] Proof make_proof(const Secret& secret, const Hello& hello,
                               const Challenge& challenge);

inline constexpr std::array<char, 8> handshake_magic{'p', 'a', 'x', 'o', 's', 'T', 'C', 'P'};

/// Whether a Hello or Challenge comes from paxos_fast, of any version.
template <class Message>
[[nodiscard]] bool is_ours(const Message& message) {
    return message.magic == handshake_magic && message.reserved == 0;
}

/// Whether the listener has proved that it has the secret. The overload with `proof` returns
/// whether the connector has proved that it has the secret.
[[nodiscard]] bool is_proved(const Secret& secret, const Hello& hello, const Challenge& challenge);
[[nodiscard]] bool is_proved(const Secret& secret, const Hello& hello, const Challenge& challenge,
                             const Proof& proof);

[[nodiscard]] SessionKeys keys_of_listener(const Secret& secret, const Hello& hello,
                                           const Challenge& challenge);
[[nodiscard]] SessionKeys keys_of_connector(const Secret& secret, const Hello& hello,
                                            const Challenge& challenge);

}  // namespace paxos::control
