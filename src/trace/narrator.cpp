#include "trace/narrator.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace paxos::trace {
namespace {

/// The rank of an event in a round. Of two events at the same time, the one with the lower rank is
/// printed first, because it may be the cause of the other one.
int stage(const Event& event) {
    const int kind = static_cast<int>(event.message.kind);
    switch (event.kind) {
        case EventKind::resumed:
        case EventKind::took_over: return 0;
        case EventKind::sent: return 10 * kind;
        case EventKind::quorum_promised: return 10 * static_cast<int>(MessageKind::promise) + 2;
        case EventKind::quorum_accepted: return 10 * static_cast<int>(MessageKind::accepted) + 2;
        default: return 10 * kind + 1;  // Such as a receipt, which is printed after its send.
    }
}

auto order_of(const Record& record) { return std::pair(record.at, stage(record.event)); }

Setting in_english(Setting setting) {
    setting.language = Language();
    return setting;
}

int digits(std::uint64_t number) { return static_cast<int>(std::to_string(number).size()); }

}  // namespace

Narrator::Narrator(const Setting& setting, Line line, OnPrinted on_printed)
    : setting_(setting),
      time_width_(setting.round_end - setting.round_first <= 100 ? 8 : 11),
      round_width_(std::min(digits(setting.round_end - 1), 12)),
      sentences_(setting),
      english_(in_english(setting)),
      line_(std::move(line)),
      on_printed_(std::move(on_printed)),
      held_(setting.nodes),
      causes_(setting.nodes) {
    const std::string introduction = sentences_.introduction();
    for (const std::string& text : wrapped(introduction, setting_.columns, introduction.size()))
        line_(text);
    line_("");
    line_(fmt::format("{:>{}} ", "us", time_width_) + setting_.language.text("node round"));
}

void Narrator::add(NodeId node, const Record& record) {
    held_[node].push_back(record);
    ++held_count_;
    if (setting_.shows(record.event.message.slot)) causes_.hold(node, record.event);
    if (held_count_ > held_max) print(*next());
}

std::deque<Record>* Narrator::next() {
    // If the oldest held record of every node waits for another record, a record was lost. The
    // earliest of these oldest records is then printed next.
    std::deque<Record>*first = nullptr, *first_of_all = nullptr;
    const auto is_earlier = [](const std::deque<Record>& queue, const std::deque<Record>* than) {
        return than == nullptr || order_of(queue.front()) < order_of(than->front());
    };
    for (std::deque<Record>& queue : held_) {
        if (queue.empty()) continue;
        if (is_earlier(queue, first_of_all)) first_of_all = &queue;
        const auto node = static_cast<NodeId>(&queue - held_.data());
        if (is_earlier(queue, first) && !causes_.is_waiting(node, queue.front().event))
            first = &queue;
    }
    return first != nullptr ? first : first_of_all;
}

void Narrator::advance(Tick until) {
    while (std::deque<Record>* queue = next()) {
        if (queue->front().at >= until) return;
        print(*queue);
    }
}

Tick Narrator::since_begin(Tick at) {
    if (begin_ == 0) begin_ = at;
    printed_at_ = std::max(printed_at_, at);
    return printed_at_ - begin_;
}

void Narrator::remark(Tick at, const std::string& sentence) {
    advance(at);
    const Tick since = since_begin(at);
    line_(fmt::format("{:>{}.1f} {:<4} {:<{}}  {}", static_cast<double>(since) / 1000.0,
                      time_width_, "--", "", round_width_, sentence));
    if (on_printed_) on_printed_({since, 0, nullptr, sentence});
}

void Narrator::finish(std::uint64_t lost) {
    advance(~Tick{0});
    if (lost != 0)
        line_(setting_.language.count(
            lost, "{0} event is missing: it came faster than it could be printed",
            "{0} events are missing: they came faster than they could be printed"));
}

void Narrator::print(std::deque<Record>& from) {
    const Record record = from.front();
    from.pop_front();
    --held_count_;
    const auto node = static_cast<NodeId>(&from - held_.data());
    if (setting_.shows(record.event.message.slot)) causes_.release(node, record.event);
    const std::string sentence = sentences_.of(node, record.event);
    const std::string english = english_.of(node, record.event);
    if (!sentence.empty()) print_line(node, record, sentence, english);
}

void Narrator::print_line(NodeId node, const Record& record, const std::string& sentence,
                          const std::string& english) {
    const Tick since = since_begin(record.at);
    line_(fmt::format("{:>{}.1f} {:<4} {:<{}}  {}", static_cast<double>(since) / 1000.0,
                      time_width_, fmt::format("n{}", node),
                      record.event.message.slot - setting_.warmup, round_width_, sentence));
    if (on_printed_) on_printed_({since, node, &record.event, english});
}

}  // namespace paxos::trace
