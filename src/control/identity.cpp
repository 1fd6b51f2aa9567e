#include "control/identity.h"

#include <cstring>

#include "paxos/assert.h"

namespace paxos::control {
namespace {

constexpr std::size_t quoted_max = 64;  // Maximum size of a value in an error text.

void append(std::vector<std::byte>& bytes, std::uint32_t number) {
    const Bytes raw = bytes_of(number);
    bytes.insert(bytes.end(), raw.begin(), raw.end());
}
void append(std::vector<std::byte>& bytes, const std::string& text) {
    PAXOS_ASSERT(text.size() <= identity_text_max);
    append(bytes, static_cast<std::uint32_t>(text.size()));
    const Bytes raw = std::as_bytes(std::span{text});
    bytes.insert(bytes.end(), raw.begin(), raw.end());
}

/// Decodes numbers and texts, one after the other, from bytes that a peer sent.
class Decoder {
public:
    explicit Decoder(Bytes bytes) : rest_(bytes) {}
    std::uint32_t number() {
        std::uint32_t value = 0;
        const Bytes raw = take(sizeof value);
        if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof value);
        return value;
    }
    std::string text() {
        const std::uint32_t size = number();
        if (size > identity_text_max) is_valid_ = false;
        const Bytes raw = take(is_valid_ ? size : 0);
        std::string text{reinterpret_cast<const char*>(raw.data()), raw.size()};
        // The text may be printed, and control characters could change the state of a terminal.
        for (const char letter : text)
            if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) is_valid_ = false;
        return text;
    }
    [[nodiscard]] bool is_valid() const { return is_valid_; }
    [[nodiscard]] bool is_at_end() const { return is_valid_ && rest_.empty(); }

private:
    Bytes take(std::size_t size) {
        if (size > rest_.size()) is_valid_ = false;
        if (!is_valid_) return {};
        const Bytes taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }

    Bytes rest_;
    bool is_valid_ = true;
};

std::string by_fact(const Identity& ours, const Identity& theirs, const Fact& our_fact,
                    const std::string& their_value) {
    if (our_fact.value.size() > quoted_max || their_value.size() > quoted_max)
        return name_of(theirs) + " has a different " + our_fact.name + " from " + name_of(ours);
    return name_of(theirs) + " has " + our_fact.name + " " + their_value + ", " + name_of(ours) +
           " has " + our_fact.name + " " + our_fact.value;
}

}  // namespace

std::vector<std::byte> encode(const Identity& identity) {
    PAXOS_ASSERT(identity.facts.size() <= identity_facts_max);
    std::vector<std::byte> bytes;
    append(bytes, identity.rank);
    append(bytes, identity.size);
    append(bytes, identity.host);
    append(bytes, static_cast<std::uint32_t>(identity.facts.size()));
    for (const Fact& fact : identity.facts) {
        append(bytes, fact.name);
        append(bytes, fact.value);
    }
    return bytes;
}

std::optional<Identity> decode_identity(Bytes bytes) {
    Decoder decoder(bytes);
    Identity identity;
    identity.rank = decoder.number();
    identity.size = decoder.number();
    identity.host = decoder.text();
    const std::uint32_t count = decoder.number();
    if (count > identity_facts_max) return std::nullopt;
    for (std::uint32_t i = 0; i < count && decoder.is_valid(); ++i) {
        Fact fact;
        fact.name = decoder.text();
        fact.value = decoder.text();
        identity.facts.push_back(std::move(fact));
    }
    if (!decoder.is_at_end()) return std::nullopt;
    return identity;
}

std::string difference(const Identity& ours, const Identity& theirs) {
    if (ours.size != theirs.size)
        return name_of(theirs) + " is in a cluster of " + std::to_string(theirs.size) +
               " processes, " + name_of(ours) + " in one of " + std::to_string(ours.size);
    if (theirs.rank >= ours.size)
        return name_of(theirs) + ": a cluster of " + std::to_string(ours.size) +
               " processes has no n" + std::to_string(theirs.rank);
    for (std::size_t i = 0; i < ours.facts.size(); ++i) {
        const Fact& fact = ours.facts[i];
        // A different build may list different facts.
        const bool has_it = i < theirs.facts.size() && theirs.facts[i].name == fact.name;
        if (!has_it) return by_fact(ours, theirs, fact, "unknown");
        if (theirs.facts[i] != fact) return by_fact(ours, theirs, fact, theirs.facts[i].value);
    }
    if (theirs.facts.size() != ours.facts.size())
        return name_of(theirs) + " is a different build from " + name_of(ours);
    return {};
}

std::string name_of(const Identity& identity) {
    return "n" + std::to_string(identity.rank) + " on " + identity.host;
}

}  // namespace paxos::control
