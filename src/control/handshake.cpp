#include "control/handshake.h"

#include <sys/random.h>

#include "control/hash.h"
#include "paxos/assert.h"

namespace paxos::control {
namespace {

Nonce draw_nonce() {
    Nonce nonce;
    // This call cannot fail: the kernel never shortens a request of up to 256 bytes, and its random
    // source is ready long before a program starts (getrandom(2)).
    PAXOS_ASSERT(::getrandom(nonce.data(), nonce.size(), 0) == static_cast<ssize_t>(nonce.size()));
    return nonce;
}

/// A hash of the secret and of both nonces, used as a proof or a key.
std::array<std::byte, 32> derive(const char* purpose, const Secret& secret, const Hello& hello,
                                 const Nonce& nonce) {
    return hash<32>(purpose, secret, {bytes_of(hello), nonce});
}

ProofBytes listener_proof(const Secret& secret, const Hello& hello, const Nonce& nonce) {
    return derive("paxos_fast listener", secret, hello, nonce);
}
ProofBytes connector_proof(const Secret& secret, const Hello& hello, const Nonce& nonce) {
    return derive("paxos_fast connector", secret, hello, nonce);
}

bool equal(const ProofBytes& a, const ProofBytes& b) {
    return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Hello make_hello() { return {handshake_magic, handshake_version, 0, draw_nonce()}; }

Challenge make_challenge(const Secret& secret, const Hello& hello) {
    const Nonce nonce = draw_nonce();
    return {handshake_magic, handshake_version, 0, nonce, listener_proof(secret, hello, nonce)};
}

Proof make_proof(const Secret& secret, const Hello& hello, const Challenge& challenge) {
    return {connector_proof(secret, hello, challenge.nonce)};
}

bool is_proved(const Secret& secret, const Hello& hello, const Challenge& challenge) {
    return equal(challenge.proof, listener_proof(secret, hello, challenge.nonce));
}
bool is_proved(const Secret& secret, const Hello& hello, const Challenge& challenge,
               const Proof& proof) {
    return equal(proof.proof, connector_proof(secret, hello, challenge.nonce));
}

SessionKeys keys_of_listener(const Secret& secret, const Hello& hello, const Challenge& challenge) {
    return {.sends = derive("paxos_fast to connector", secret, hello, challenge.nonce),
            .receives = derive("paxos_fast to listener", secret, hello, challenge.nonce)};
}
SessionKeys keys_of_connector(const Secret& secret, const Hello& hello,
                              const Challenge& challenge) {
    const SessionKeys theirs = keys_of_listener(secret, hello, challenge);
    return {.sends = theirs.receives, .receives = theirs.sends};
}

}  // namespace paxos::control
