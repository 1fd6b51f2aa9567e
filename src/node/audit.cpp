// Audits every decision of every node. For generated values the loop has no branch, so that the
// compiler vectorises it. The vectorised loop is three times as fast.
#include "node/audit.h"

#include "node/digest.h"

namespace paxos::node {
namespace {

/// `foreign(value, slot)` is zero if the value may be decided in the slot.
template <class Foreign>
Audit audit_each(std::span<const Value> values, Slot first, Foreign&& foreign) {
    std::uint64_t digest = 0, bits = 0, no_ops = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Value& value = values[i];
        const Slot slot = first + i;
        bits |= foreign(value, slot);
        no_ops += value.is_no_op();
        digest += digest_of(slot, value);
    }
    return {digest, no_ops, bits == 0};
}

}  // namespace

Audit audit(std::span<const Value> values, Slot first, const ValueSource& source) {
    if (source.is_generated())
        return audit_each(values, first, [&](const Value& value, Slot slot) {
            const std::uint64_t difference = source.difference(value, slot);
            return value.is_no_op() ? 0 : difference;
        });
    return audit_each(values, first, [&](const Value& value, Slot slot) {
        return std::uint64_t{!may_be_decided(value, slot, source)};
    });
}

}  // namespace paxos::node
