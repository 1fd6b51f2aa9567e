// Runs of slots. A run is one message about several slots, or several messages in a row that are
// about adjacent slots and differ only in slot and value. Handlers take runs of both forms.
#pragma once

#include <algorithm>

#include "paxos/step.h"
#include "paxos/values.h"

namespace paxos {

/// Whether `a` and `b`, each about one slot, differ at most in slot and value.
[[nodiscard]] inline bool are_alike(const Message& a, const Message& b) {
    return a.kind == b.kind && a.from == b.from && a.carries_values == b.carries_values &&
           a.slot_count == b.slot_count && a.ballot == b.ballot && a.detail == b.detail;
}

/// Calls `visit` for each message in `cells`, with the message's cell and the cells of its values.
template <class Visit>
void for_each_message(std::span<const Message> cells, Visit&& visit) {
    while (!cells.empty()) {
        const std::size_t count = cells.front().cell_count();
        visit(cells.first(count));
        cells = cells.subspan(count);
    }
}

/// Stands for one message about each slot of `slots`. Does not own `message`, which usually lies in
/// a datagram.
struct Run {
    /// The first message of the run. All its fields but slot, slot count and values hold for every
    /// slot.
    const Message* message;
    SlotRange slots;           ///< Empty: the message is about all slots from message->slot on.
    std::size_t value_stride;  ///< Bytes from one slot's value to the next slot's.

    [[nodiscard]] static Run of(const Message& message) {
        return {&message, {message.slot, message.slot + message.slot_count}, sizeof(Value)};
    }
    /// REQUIRES: the message has a value for each slot; `slot` is one of `slots`.
    [[nodiscard]] const Value& value_of(Slot slot) const { return values().of(slot); }
    /// REQUIRES: the message has a value for each slot.
    [[nodiscard]] Values values() const {
        return Values::at(message->value, message->slot, value_stride);
    }
    /// The message about `slot` alone. REQUIRES: `slot` is one of `slots`.
    [[nodiscard]] Message at(Slot slot) const {
        Message one = *message;
        one.slot = slot;
        one.slot_count = 1;
        one.carries_values = 0;
        one.value = message->value_count() != 0 ? value_of(slot) : Value{};
        return one;
    }
    /// The message about `some`, a part of `slots`. If `some` has several slots, the message has no
    /// values. REQUIRES: `some` is not empty.
    [[nodiscard]] Message part_as_message(SlotRange some) const {
        Message one = at(some.first);
        if (some.size() == 1) return one;
        one.slot_count = static_cast<std::uint32_t>(some.size());
        one.value = Value{};
        return one;
    }
    /// Calls `visit(message)` with the message about each slot. If `slots` is empty, calls it once,
    /// with the message about all slots from message->slot on.
    template <class Visit>
    void for_each(Visit&& visit) const {
        if (slots.empty()) return visit(*message);
        for (Slot slot = slots.first; slot < slots.end; ++slot) visit(at(slot));
    }
    /// The number of messages about one slot that the run stands for; 1 if `slots` is empty.
    [[nodiscard]] std::uint64_t size() const { return std::max<std::uint64_t>(slots.size(), 1); }
};

/// The number of messages about one slot that the messages in `cells` stand for.
[[nodiscard]] inline std::uint64_t message_count(std::span<const Message> cells) {
    std::uint64_t count = 0;
    for_each_message(cells,
                     [&](std::span<const Message> one) { count += Run::of(one.front()).size(); });
    return count;
}

/// Calls `handle(run)` for each run of `arrival`, in order.
template <class Handle>
void for_each_run(const Arrival& arrival, Handle&& handle) {
    for (std::span rest = arrival.messages; !rest.empty();) {
        const Message& first = rest.front();
        Run run = Run::of(first);
        std::size_t cells = first.cell_count();
        if (first.slot_count == 1)
            for (; cells < rest.size() && rest[cells].slot == run.slots.end; ++cells) {
                PAXOS_VERIFY(!arrival.is_run || are_alike(first, rest[cells]));
                if (!arrival.is_run && !are_alike(first, rest[cells])) break;
                ++run.slots.end;
                run.value_stride = sizeof(Message);
            }
        handle(run);
        rest = rest.subspan(cells);
    }
}

}  // namespace paxos
