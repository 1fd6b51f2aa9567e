#include "cluster/value_text.h"

#include <cstdio>
#include <cstring>

#include "paxos/value_source.h"

namespace paxos::cluster {

std::string text_of(const node::Plan& plan, const Value& value) {
    if (value.is_no_op()) return "no-op";
    if (plan.value_count != 0) {
        char text[limits::value_size + 1] = {};
        std::memcpy(text, value.words.data(), limits::value_size);
        return text;
    }
    const std::uint64_t proposer = ValueSource::proposer_bits(value);
    const Slot slot = ValueSource::slot_of(value);
    if (proposer < plan.nodes && slot >= plan.warmup)
        return "n" + std::to_string(proposer) + "#" + std::to_string(slot - plan.warmup);
    char text[40];
    std::snprintf(text, sizeof text, "%016llx%016llx",
                  static_cast<unsigned long long>(value.words[0]),
                  static_cast<unsigned long long>(value.words[1]));
    return text;
}

}  // namespace paxos::cluster
