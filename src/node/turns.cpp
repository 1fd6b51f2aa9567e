#include "node/turns.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "paxos/violation_text.h"

namespace paxos::node {
namespace {

/// Maps all pages of the program and its libraries. Without this, a forked process would take a
/// page fault at the first use of each page. Linux before 5.14 has no MADV_POPULATE_READ, so a run
/// may count a few page faults on such a kernel.
void touch_program() {
    const auto map = [](dl_phdr_info* object, std::size_t, void*) {
        const auto page_size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
        for (const auto& segment : std::span{object->dlpi_phdr, object->dlpi_phnum}) {
            if (segment.p_type != PT_LOAD || (segment.p_flags & PF_R) == 0) continue;
            const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
            const std::uintptr_t first_page = begin & ~(page_size - 1);
            // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader gives addresses as numbers.
            static_cast<void>(madvise(reinterpret_cast<void*>(first_page),
                                      begin + segment.p_memsz - first_page, MADV_POPULATE_READ));
        }
        return 0;
    };
    static_cast<void>(dl_iterate_phdr(map, nullptr));
}

[[gnu::noinline]] void touch_stack() {
    std::array<volatile char, 65536> bytes;
    for (std::size_t i = 0; i < bytes.size(); i += 4096) bytes[i] = 0;
}

/// Proposers that preempt each other decide only if one of them backs off for longer than a slot
/// takes. With files, a slot takes two flushes, each of which lasts about 100 ms on a busy disk.
constexpr Tick durable_backoff_max_ns = 1'000'000'000;

Timing timing_for(const Context& context) {
    Timing timing;
    if (context.files != nullptr) timing.backoff_max_ns = durable_backoff_max_ns;
    return timing;
}

}  // namespace

Options options_for(const Context& context, std::span<Decision> history) {
    return {.self = context.self,
            .nodes = context.plan->nodes,
            .proposers = context.plan->proposers,
            .thrifty = context.plan->thrifty,
            .accept_quorum = context.plan->accept_quorum,
            .runs = context.plan->runs,
            .datagram_size = context.plan->datagram_size,
            .seed = context.plan->seed,
            .incarnation = context.membership.incarnation,
            .history = history,
            .timing = timing_for(context)};
}

Slot kill_slot(const Plan& plan, NodeId self, std::uint64_t kills) {
    std::array<double, kills_max> shares{};
    std::size_t count = 0;
    for (std::size_t i = 0; i < plan.faults.kill_count; ++i)
        if (plan.faults.kills[i].node == self) shares[count++] = plan.faults.kills[i].at;
    if (kills >= count) return ~Slot{0};
    std::ranges::sort(std::span{shares}.first(count));
    const auto rounds = static_cast<double>(plan.slot_end() - plan.warmup);
    return plan.warmup + std::max<Slot>(static_cast<Slot>(rounds * shares[kills]), 1);
}

void touch_pages(void* bytes, std::size_t size) {
    // Volatile, because the compiler would remove a store that does not change the value.
    auto* const each = static_cast<volatile char*>(bytes);
    for (std::size_t i = 0; i < size; i += 4096) each[i] = each[i];
    each[size - 1] = each[size - 1];
}

void touch(NodeBoard& board, const Plan& plan) {
    const auto touch_bytes = [](auto& what) { touch_pages(&what, sizeof what); };
    touch_program();
    touch_stack();
    touch_bytes(board.digests);
    touch_bytes(board.checkpoints.own);
    touch_bytes(board.checkpoints.sums);
    touch_bytes(board.evidence);
    touch_bytes(board.listed);
    touch_bytes(board.error);
    for (std::size_t i = 0; i < plan.row_count; ++i) touch_bytes(board.rows[i]);
    if (plan.log) touch_bytes(board.trace);
    if (plan.explain) touch_bytes(board.moments);
}

void describe_start(const Context& context, const io::Communicator& communicator) {
    NodeBoard& board = *context.board;
    board.plan_end.set(unbounded);
    board.heard.set((NodeMask::first(context.plan->nodes) - NodeMask::of(context.self)).bits());
    board.leader.set(no_node);
    board.receive_buffer_size.set(context.receive_buffer_size);
    std::snprintf(board.io_text.data(), board.io_text.size(), "%s",
                  communicator.description().c_str());
}

void announce(const Context& context, NodeState state) {
    context.board->state.publish(static_cast<std::uint64_t>(state));
    const std::uint64_t one = 1;
    // This write fails only if the eventfd's counter is full. In that case, the launcher has a
    // wake-up pending already.
    static_cast<void>(!write(context.wake, &one, sizeof one));
}

void fail(const Context& context, NodeState state, const std::string& error) {
    std::snprintf(context.board->error.data(), context.board->error.size(), "%s", error.c_str());
    announce(context, state);
}

void describe(const Violation& violation, std::span<char> text) {
    const char* const what = violation.kind == ViolationKind::none
                                 ? "no node proposed the decided value"
                                 : text_of(violation.kind);
    const auto hex = [](const Value& value, std::array<char, 2 * limits::value_size + 1>& out) {
        for (std::size_t i = 0; i < value.words.size(); ++i)
            std::snprintf(out.data() + 16 * i, 17, "%016llx",
                          static_cast<unsigned long long>(value.words[i]));
        return out.data();
    };
    std::array<char, 2 * limits::value_size + 1> here{}, there{};
    std::snprintf(text.data(), text.size(),
                  "%s: slot %llu; known: ballot %llu.n%u value %s; new: ballot %llu.n%u value %s; "
                  "quorum %llx",
                  what, static_cast<unsigned long long>(violation.slot),
                  static_cast<unsigned long long>(violation.ballot_here.counter()),
                  violation.ballot_here.node(), hex(violation.value_here, here),
                  static_cast<unsigned long long>(violation.ballot_there.counter()),
                  violation.ballot_there.node(), hex(violation.value_there, there),
                  static_cast<unsigned long long>(violation.mask.bits()));
}

}  // namespace paxos::node
