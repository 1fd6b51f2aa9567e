// AEGISMAC-128L in plain C++, and the choice of an implementation.
#include "wire/auth.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "paxos/assert.h"
#include "wire/auth_engines.h"

namespace paxos::wire {
namespace {

using Block = Authenticator::Block;
using State = Authenticator::State;

static_assert(std::endian::native == std::endian::little, "lengths are absorbed little-endian");

/// Returns `x` doubled in the field of AES, GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
constexpr std::uint8_t doubled(std::uint8_t x) {
    return static_cast<std::uint8_t>(x << 1 ^ (x >> 7) * 0x1b);
}

/// The S-box of AES (FIPS 197, 5.1.1). Walks through the powers of 3 and, in step with them, the
/// powers of the inverse of 3: `inverse` is always the inverse of `number`.
constexpr std::array<std::uint8_t, 256> make_s_box() {
    std::array<std::uint8_t, 256> box{};
    std::uint8_t number = 1, inverse = 1;
    do {
        number = static_cast<std::uint8_t>(number ^ doubled(number));
        inverse = static_cast<std::uint8_t>(inverse ^ inverse << 1);
        inverse = static_cast<std::uint8_t>(inverse ^ inverse << 2);
        inverse = static_cast<std::uint8_t>(inverse ^ inverse << 4);
        inverse = static_cast<std::uint8_t>(inverse ^ (inverse >> 7) * 0x09);
        box[number] = static_cast<std::uint8_t>(inverse ^ std::rotl(inverse, 1) ^
                                                std::rotl(inverse, 2) ^ std::rotl(inverse, 3) ^
                                                std::rotl(inverse, 4) ^ 0x63);
    } while (number != 1);
    box[0] = 0x63;
    return box;
}
constexpr std::array<std::uint8_t, 256> s_box = make_s_box();
static_assert(s_box[0x53] == 0xed && s_box[0xff] == 0x16, "FIPS 197, figure 7");

Block operator^(const Block& a, const Block& b) {
    Block result;
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = a[i] ^ b[i];
    return result;
}

/// One round of AES: SubBytes, ShiftRows, MixColumns, AddRoundKey.
Block aes_round(const Block& in, const Block& key) {
    Block out;
    for (std::size_t column = 0; column < 4; ++column) {
        std::array<std::uint8_t, 4> x{};
        for (std::size_t row = 0; row < 4; ++row)
            x[row] = s_box[std::to_integer<std::uint8_t>(in[(column + row) % 4 * 4 + row])];
        const auto all = static_cast<std::uint8_t>(x[0] ^ x[1] ^ x[2] ^ x[3]);
        for (std::size_t row = 0; row < 4; ++row) {
            const auto pair = static_cast<std::uint8_t>(x[row] ^ x[(row + 1) % 4]);
            out[column * 4 + row] = std::byte(x[row] ^ all ^ doubled(pair));
        }
    }
    return out ^ key;
}

void update(State& state, const Block& m0, const Block& m1) {
    const State old = state;
    for (std::size_t i = 0; i < state.size(); ++i) state[i] = aes_round(old[(i + 7) % 8], old[i]);
    state[0] = state[0] ^ m0;  // aes_round(in, key ^ m) == aes_round(in, key) ^ m.
    state[4] = state[4] ^ m1;
}

State initial_state(const AuthKey& key) {
    constexpr Block nonce{};
    static constexpr std::uint8_t bytes[2][16] = {{0x00, 0x01, 0x01, 0x02, 0x03, 0x05, 0x08, 0x0d,
                                                   0x15, 0x22, 0x37, 0x59, 0x90, 0xe9, 0x79, 0x62},
                                                  {0xdb, 0x3d, 0x18, 0x55, 0x6d, 0xc2, 0x2f, 0xf1,
                                                   0x20, 0x11, 0x31, 0x42, 0x73, 0xb5, 0x28, 0xdd}};
    const auto c0 = std::bit_cast<Block>(bytes[0]), c1 = std::bit_cast<Block>(bytes[1]);
    State state{key ^ nonce, c1, c0, c1, key ^ nonce, key ^ c0, key ^ c1, key ^ c0};
    for (int i = 0; i < auth_initial_updates; ++i) update(state, nonce, key);
    return state;
}

Tag tag_in_plain(State state, const std::byte* message, std::size_t size) {
    for (std::size_t begin = 0; begin < size; begin += auth_rate) {
        std::array<Block, 2> input{};  // The last input is padded with zeros.
        std::memcpy(&input, message + begin, std::min(auth_rate, size - begin));
        update(state, input[0], input[1]);
    }
    const std::uint64_t lengths[2] = {size * 8, auth_tag_bits};
    const Block last = state[2] ^ std::bit_cast<Block>(lengths);
    for (int i = 0; i < auth_final_updates; ++i) update(state, last, last);
    Block sum = state[0];
    for (std::size_t i = 1; i < 7; ++i) sum = sum ^ state[i];
    return std::bit_cast<Tag>(sum);
}

}  // namespace

const char* name_of(AuthEngine engine) {
    static constexpr std::array<const char*, auth_engines> names{"portable", "AES-NI", "VAES"};
    return names[static_cast<std::size_t>(engine)];
}

AuthEngine fastest_auth_engine() {
    for (const AuthEngine engine : {AuthEngine::vaes, AuthEngine::aes})
        if (is_available(engine)) return engine;
    return AuthEngine::portable;
}

Authenticator::Authenticator(const AuthKey& key, AuthEngine engine)
    : initial_(initial_state(key)), engine_(engine) {
    PAXOS_ASSERT(is_available(engine));
}

Tag Authenticator::tag(const std::byte* message, std::size_t size) const {
    return engine_ == AuthEngine::portable ? tag_in_plain(initial_, message, size)
                                           : tag_by_aes(initial_, message, size);
}

std::array<Tag, 2> Authenticator::tags(const std::byte* first, const std::byte* second,
                                       std::size_t size) const {
    if (engine_ == AuthEngine::vaes) return tags_by_vaes(initial_, first, second, size);
    return {tag(first, size), tag(second, size)};
}

}  // namespace paxos::wire
