// AEGISMAC-128L with the AES instructions of x86-64. The functions that use these instructions have
// a target attribute, so that a build for an older processor contains these functions too.
#include "paxos/assert.h"
#include "wire/auth_engines.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

namespace paxos::wire {
namespace {

#define PAXOS_AES gnu::target("aes")
#define PAXOS_VAES gnu::target("aes,avx2,vaes")

using State = Authenticator::State;

// ---- one message ----

using One = __m128i;

[[PAXOS_AES]] inline One load(const std::byte* place) {
    return _mm_loadu_si128(reinterpret_cast<const One*>(place));
}

[[PAXOS_AES]] inline void update(One (&state)[8], One m0, One m1) {
    const One last = state[7];
    for (int i = 7; i > 0; --i)
        state[i] = _mm_aesenc_si128(state[i - 1], i == 4 ? _mm_xor_si128(state[i], m1) : state[i]);
    state[0] = _mm_aesenc_si128(last, _mm_xor_si128(state[0], m0));
}

// ---- two messages, one in each half of a register ----

using Two = __m256i;

[[PAXOS_VAES]] inline Two load(const std::byte* first, const std::byte* second) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(load(first)), load(second), 1);
}

[[PAXOS_VAES]] inline void update(Two (&state)[8], Two m0, Two m1) {
    const Two last = state[7];
    for (int i = 7; i > 0; --i)
        state[i] = _mm256_aesenc_epi128(state[i - 1],
                                        i == 4 ? _mm256_xor_si256(state[i], m1) : state[i]);
    state[0] = _mm256_aesenc_epi128(last, _mm256_xor_si256(state[0], m0));
}

/// The last bytes of a message, padded with zeros.
struct Tail {
    alignas(16) std::byte bytes[auth_rate] = {};
    Tail(const std::byte* message, std::size_t size) {
        std::memcpy(bytes, message + size / auth_rate * auth_rate, size % auth_rate);
    }
};

}  // namespace

bool is_available(AuthEngine engine) {
    const bool has_aes = __builtin_cpu_supports("aes") != 0;
    if (engine == AuthEngine::aes) return has_aes;
    return engine == AuthEngine::portable ||
           (has_aes && __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("vaes") != 0);
}

[[PAXOS_AES]] Tag tag_by_aes(const State& initial, const std::byte* message, std::size_t size) {
    One state[8];
    for (std::size_t i = 0; i < 8; ++i) state[i] = load(initial[i].data());
    std::size_t begin = 0;
    for (; begin + auth_rate <= size; begin += auth_rate)
        update(state, load(message + begin), load(message + begin + 16));
    if (begin < size) {
        const Tail tail(message, size);
        update(state, load(tail.bytes), load(tail.bytes + 16));
    }
    const One lengths = _mm_set_epi64x(auth_tag_bits, static_cast<long long>(size) * 8);
    const One last = _mm_xor_si128(state[2], lengths);
    for (int i = 0; i < auth_final_updates; ++i) update(state, last, last);
    One sum = state[0];
    for (int i = 1; i < 7; ++i) sum = _mm_xor_si128(sum, state[i]);
    Tag tag;
    std::memcpy(&tag, &sum, sizeof tag);
    return tag;
}

[[PAXOS_VAES]] std::array<Tag, 2> tags_by_vaes(const State& initial, const std::byte* first,
                                               const std::byte* second, std::size_t size) {
    Two state[8];
    for (std::size_t i = 0; i < 8; ++i)
        state[i] = _mm256_broadcastsi128_si256(load(initial[i].data()));
    std::size_t begin = 0;
    for (; begin + auth_rate <= size; begin += auth_rate)
        update(state, load(first + begin, second + begin),
               load(first + begin + 16, second + begin + 16));
    if (begin < size) {
        const Tail one(first, size), two(second, size);
        update(state, load(one.bytes, two.bytes), load(one.bytes + 16, two.bytes + 16));
    }
    const One lengths = _mm_set_epi64x(auth_tag_bits, static_cast<long long>(size) * 8);
    const Two last = _mm256_xor_si256(state[2], _mm256_broadcastsi128_si256(lengths));
    for (int i = 0; i < auth_final_updates; ++i) update(state, last, last);
    Two sum = state[0];
    for (int i = 1; i < 7; ++i) sum = _mm256_xor_si256(sum, state[i]);
    std::array<Tag, 2> tags;
    std::memcpy(&tags, &sum, sizeof tags);
    return tags;
}

}  // namespace paxos::wire

#else

namespace paxos::wire {

bool is_available(AuthEngine engine) { return engine == AuthEngine::portable; }

Tag tag_by_aes(const Authenticator::State&, const std::byte*, std::size_t) {
    PAXOS_ASSERT(false);
    return {};
}
std::array<Tag, 2> tags_by_vaes(const Authenticator::State&, const std::byte*, const std::byte*,
                                std::size_t) {
    PAXOS_ASSERT(false);
    return {};
}

}  // namespace paxos::wire

#endif
