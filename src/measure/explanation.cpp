#include "measure/explanation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "measure/text.h"

namespace paxos::measure {

std::string_view name_of(Cause cause) {
    switch (cause) {
        case Cause::took_over: return "took_over";
        case Cause::context_switch: return "context_switch";
        case Cause::steal: return "steal";
        case Cause::long_turn: return "long_turn";
        case Cause::socket_full: return "socket_full";
        case Cause::sent_again: return "sent_again";
        case Cause::queued: return "queued";
        case Cause::unknown: break;
    }
    return "unknown";
}

std::string text_of(Cause cause, const Language& language) {
    switch (cause) {
        case Cause::took_over: return language.text("took over");
        case Cause::context_switch: return language.text("context switch");
        case Cause::steal: return language.text("steal");
        case Cause::long_turn: return language.text("long turn");
        case Cause::socket_full: return language.text("socket full");
        case Cause::sent_again: return language.text("retransmission");
        case Cause::queued: return language.text("queued");
        case Cause::unknown: break;
    }
    return language.text("unknown");
}

std::string causes_text(const CauseCounts& counts, const Language& language) {
    const std::uint64_t all = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    if (all == 0) return "";
    std::vector<std::pair<std::uint64_t, Cause>> order;
    for (std::size_t i = 0; i < cause_count; ++i)
        if (counts[i] != 0) order.emplace_back(counts[i], static_cast<Cause>(i));
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [](const auto& one) { return one.first; });
    std::string text = language.count(
        all, "{0} slow decision (beyond p99): ", "{0} slow decisions (beyond p99): ");
    for (const auto& [count, cause] : order) {
        const double percent = 100 * static_cast<double>(count) / static_cast<double>(all);
        text += (&cause == &order.front().second ? "" : ", ") +
                (percent < 0.5 ? "<1" : std::to_string(std::lround(percent))) + "% " +
                text_of(cause, language);
    }
    return text;
}

}  // namespace paxos::measure
