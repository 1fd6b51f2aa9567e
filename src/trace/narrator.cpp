#include "trace/narrator.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace paxos::trace {
namespace {

/// The rank of an event in a round: of two events at the same time, the cause is printed first.
int stage(const Event& event) {
    const int kind = static_cast<int>(event.message.kind);
    switch (event.kind) {
        case EventKind::resumed:
        case EventKind::took_over: return 0;
        case EventKind::sent: return 10 * kind;
        case EventKind::quorum_promised: return 10 * static_cast<int>(MessageKind::promise) + 2;
        case EventKind::quorum_accepted: return 10 * static_cast<int>(MessageKind::accepted) + 2;
        default: return 10 * kind + 1;  // A receipt, after its send.
    }
}

auto order_of(const Record& record) { return std::pair(record.at, stage(record.event)); }

int digits(std::uint64_t number) { return static_cast<int>(std::to_string(number).size()); }

}  // namespace

Narrator::Narrator(const Setting& setting, Line line, OnPrinted on_printed)
    : warmup_(setting.warmup),
      time_width_(setting.round_end - setting.round_first <= 100 ? 8 : 11),
      round_width_(std::min(digits(setting.round_end - 1), 12)),
      sentences_(setting),
      line_(std::move(line)),
      on_printed_(std::move(on_printed)),
      held_(setting.nodes) {
    for (const std::string& text : sentences_.introduction()) line_(text);
    line_("");
    line_(fmt::format("{:>{}} node round", "us", time_width_));
}

void Narrator::add(NodeId node, const Record& record) {
    held_[node].push_back(record);
    ++held_count_;
    if (held_count_ > held_max) print(*earliest());
}

std::deque<Record>* Narrator::earliest() {
    std::deque<Record>* first = nullptr;
    for (std::deque<Record>& queue : held_)
        if (!queue.empty() &&
            (first == nullptr || order_of(queue.front()) < order_of(first->front())))
            first = &queue;
    return first;
}

void Narrator::advance(Tick until) {
    while (std::deque<Record>* first = earliest()) {
        if (first->front().at >= until) return;
        print(*first);
    }
}

void Narrator::remark(Tick at, const std::string& sentence) {
    advance(at);
    if (begin_ == 0) begin_ = at;
    const Tick since = at - std::min(begin_, at);
    line_(fmt::format("{:>{}.1f} {:<4} {:<{}}  {}", static_cast<double>(since) / 1000.0,
                      time_width_, "--", "", round_width_, sentence));
    if (on_printed_) on_printed_({since, 0, nullptr, sentence});
}

void Narrator::finish(std::uint64_t lost) {
    advance(~Tick{0});
    if (lost != 0)
        line_(fmt::format("{} events are missing: they came faster than they could be printed",
                          lost));
}

void Narrator::print(std::deque<Record>& from) {
    const Record record = from.front();
    from.pop_front();
    --held_count_;
    const auto node = static_cast<NodeId>(&from - held_.data());
    const std::string sentence = sentences_.of(node, record.event);
    if (!sentence.empty()) print_line(node, record, sentence);
}

void Narrator::print_line(NodeId node, const Record& record, const std::string& sentence) {
    if (begin_ == 0) begin_ = record.at;
    const Tick since = record.at - std::min(begin_, record.at);
    line_(fmt::format("{:>{}.1f} {:<4} {:<{}}  {}", static_cast<double>(since) / 1000.0,
                      time_width_, fmt::format("n{}", node), record.event.message.slot - warmup_,
                      round_width_, sentence));
    if (on_printed_) on_printed_({since, node, &record.event, sentence});
}

}  // namespace paxos::trace
