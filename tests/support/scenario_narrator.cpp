// Writes the trace of a scenario. scenario_narrator.h describes the form of its lines.
#include "support/scenario_narrator.h"

#include <algorithm>

#include <fmt/format.h>

#include "paxos/runs.h"
#include "trace/words.h"

namespace paxos::test {
namespace {

constexpr std::size_t columns = 120;

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

/// Turns a line of `--log` about `slot` into a part of a sentence.
std::string as_prose(std::string text, Slot slot) {
    const std::size_t word_end = text.find(' ');
    if (word_end != std::string::npos)  // `--log` pads the message kind with spaces.
        text.erase(word_end + 1, text.find_first_not_of(' ', word_end) - word_end - 1);
    replace_all(text, "   ", ", ");
    replace_all(text, ",  ", ", ");
    while (text.find("  ") != std::string::npos) replace_all(text, "  ", " ");
    replace_all(text, " -> ", " to ");
    replace_all(text, "this round", fmt::format("slot {}", slot));
    replace_all(text, "from here on", fmt::format("from slot {} on", slot));
    replace_all(text, "round", "slot");
    return text;
}

std::string slots(const Message& message) {
    if (message.slot_count <= 1) return fmt::format("slot {}", message.slot);
    return fmt::format("slots {} to {}", message.slot, message.slot + message.slot_count - 1);
}

/// The messages of `packet`, without the values that follow a message about a run.
std::vector<Message> messages_of(const sim::Packet& packet) {
    std::vector<Message> messages;
    for_each_message(packet.messages,
                     [&](std::span<const Message> cells) { messages.push_back(cells.front()); });
    return messages;
}

bool has(std::span<const Event> events, EventKind kind, const Message& about) {
    return std::any_of(events.begin(), events.end(), [&](const Event& event) {
        return event.kind == kind && event.message == about;
    });
}

}  // namespace

ScenarioNarrator::ScenarioNarrator(std::size_t nodes, bool whole_log, TextOfValue text_of_value)
    : text_of_value_(std::move(text_of_value)), state_(nodes, whole_log) {
    trace::Setting setting;
    setting.nodes = nodes;
    setting.phase_1_for_all = whole_log;
    setting.text_of_value = text_of_value_;
    sentences_.assign(nodes, trace::Sentences(setting));
}

void ScenarioNarrator::print_line(const std::string& line) {
    if (!quiet_) trace_ += line + "\n";
}

void ScenarioNarrator::print_lost(std::span<const sim::Packet> packets) {
    NodeMask receivers;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        if (packets[i].messages.empty()) continue;
        receivers.add(packets[i].to);
        const bool goes_on = i + 1 < packets.size() && packets[i + 1].from == packets[i].from &&
                             packets[i + 1].messages == packets[i].messages;
        if (goes_on) continue;
        for (const Message& message : messages_of(packets[i]))
            print_line("lost, to " + trace::names_of(receivers) + ": " + arrival(message));
        receivers = {};
    }
}

/// A message, described for its receiver.
std::string ScenarioNarrator::arrival(const Message& message) const {
    const std::string name = trace::name_of(message.kind), ballot = trace::text_of(message.ballot);
    // The values of a message about several slots are not printed.
    const std::string value = message.slot_count == 1 ? " " + text_of_value_(message.value) : "";
    const std::string from = fmt::format(" from n{}", message.from);
    switch (message.kind) {
        case MessageKind::prepare:
            return name + " " + ballot +
                   (message.slot_count == 0
                        ? fmt::format(" for slot {} and all after it", message.slot)
                        : " " + slots(message));
        case MessageKind::promise:
            if (message.slot_count == 0)
                return name + " " + ballot + from +
                       fmt::format(", nothing accepted from slot {} on", message.slot);
            return name + " " + ballot + from + ", " + slots(message) +
                   (message.accepted().is_none()
                        ? ", nothing accepted"
                        : ", accepted" + value + " at " + trace::text_of(message.accepted()));
        case MessageKind::accept:
            return name + " " + ballot + (message.slot_count == 1 ? " value" + value + ", " : " ") +
                   slots(message);
        case MessageKind::accepted:
            return name + " " + ballot + (message.slot_count == 1 ? " value" + value : "") + from +
                   ", " + slots(message);
        case MessageKind::decide:
            return name + value + from + ", " + slots(message) + ", accepted by " +
                   trace::names_of(message.quorum()) + " at " + ballot;
        case MessageKind::nack:
            return name + " " + ballot + from +
                   (message.slot_count == 0 ? "" : ", " + slots(message)) + ", has promised " +
                   trace::text_of(message.promised());
        case MessageKind::learn: return name + from + ", " + slots(message);
        case MessageKind::none: break;
    }
    return name;
}

/// Describes the state in which `node` receives `heard`, such as "decided here". No event of the
/// protocol reports this state. Empty if the state does not matter.
std::string ScenarioNarrator::condition_of(NodeId node, const Message& heard,
                                           std::span<const Event> events) const {
    if (has(events, EventKind::stale, heard)) return "no place for it here";
    if (has(events, EventKind::late, heard)) return state_.condition_of_late(node, heard);
    switch (heard.kind) {
        case MessageKind::prepare:
        case MessageKind::accept: return state_.condition_of_request(node, heard);
        case MessageKind::promise:
        case MessageKind::accepted: return state_.condition_of_answer(node, heard);
        case MessageKind::decide:
            return heard.slot_count > 1                   ? state_.condition_of_range(node, heard)
                   : state_.has_learned(node, heard.slot) ? "decided here too"
                                                          : "";
        default: break;
    }
    return "";
}

ScenarioNarrator::Sentence ScenarioNarrator::sentence(NodeId node, const Event& event) {
    const bool is_condition = event.kind == EventKind::quorum_promised ||
                              event.kind == EventKind::quorum_accepted ||
                              event.kind == EventKind::resumed ||
                              event.kind == EventKind::took_over;
    return {is_condition, as_prose(sentences_[node].of(node, event), event.message.slot)};
}

/// The sentences about a step of `node`: first the conditions of the messages `heard`, then the
/// events. `about` is the slot that the cause of the step concerns. An event may concern a single
/// slot. If all such events concern `about`, their sentences name no slot; otherwise each of these
/// sentences names its slot.
std::vector<ScenarioNarrator::Sentence> ScenarioNarrator::sentences_of(
    NodeId node, std::optional<Slot> about, std::span<const Message> heard,
    std::span<const Event> events) {
    std::vector<Sentence> sentences;
    const bool has_quorum = std::any_of(events.begin(), events.end(), [](const Event& event) {
        return event.kind == EventKind::quorum_promised || event.kind == EventKind::quorum_accepted;
    });
    for (const Message& message : heard) {
        const bool is_answer = message.kind == MessageKind::promise ||
                               message.kind == MessageKind::accepted;
        if (is_answer && has_quorum && !has(events, EventKind::late, message)) continue;
        const std::string condition = condition_of(node, message, events);
        if (!condition.empty()) sentences.push_back({true, condition});
    }
    const std::size_t conditions = sentences.size();
    std::vector<const Event*> shown;  // The events of the sentences after the conditions.
    for (const Event& event : events) {
        Sentence next = sentence(node, event);
        if (event.kind == EventKind::late || event.kind == EventKind::stale || next.text.empty())
            continue;
        sentences.push_back(std::move(next));
        shown.push_back(&event);
    }
    const auto is_about_one_slot = [](const Event* event) {
        return event->message.slot_count == 1 || event->kind == EventKind::left_behind;
    };
    const bool all_here = std::ranges::all_of(shown, [&](const Event* event) {
        return !is_about_one_slot(event) || about == event->message.slot;
    });
    if (all_here) return sentences;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        if (!is_about_one_slot(shown[i])) continue;
        Sentence& named = sentences[conditions + i];
        named.text = fmt::format("slot {}: {}", shown[i]->message.slot, named.text);
        named.names_slot = true;
    }
    return sentences;
}

void ScenarioNarrator::print_step(NodeId node, Tick now, const Cause& cause,
                                  std::span<const sim::Packet> arrived,
                                  std::span<const Event> events) {
    std::vector<Message> heard;
    for (const sim::Packet& packet : arrived)
        std::ranges::copy(messages_of(packet), std::back_inserter(heard));
    const bool is_one_slot = heard.size() == 1 && heard[0].slot_count == 1;
    const std::optional<Slot> about = is_one_slot ? heard[0].slot : cause.slot;
    const std::vector<Sentence> sentences = sentences_of(node, about, heard, events);
    bool counted = false;
    for (const Message& message : heard) {
        const bool is_answer = message.kind == MessageKind::promise ||
                               message.kind == MessageKind::accepted;
        const bool counts = is_answer && !has(events, EventKind::late, message) &&
                            !has(events, EventKind::stale, message);
        if (counts) state_.count(node, message);
        counted |= counts;
    }
    for (const Event& event : events) state_.note(node, event);
    if (heard.empty() && sentences.empty()) return;
    if (now != printed_at_ && !quiet_)
        print_line(fmt::format("-- {:.1f} ms", static_cast<double>(now) / 1e6));
    if (!quiet_) printed_at_ = now;
    std::string head = fmt::format("n{} > {}", node,
                                   heard.empty() ? cause.text : arrival(heard[0]));
    for (std::size_t i = 1; i < heard.size(); ++i) head += "\n   + " + arrival(heard[i]);
    const bool moved = std::any_of(events.begin(), events.end(), [](const Event& event) {
        return event.kind != EventKind::late && event.kind != EventKind::stale;
    });
    write(head, sentences, moved ? "" : counted || heard.empty() ? "waits" : "nothing");
}

/// Prints `head`. The leading conditions follow on the same line, until one does not fit or names a
/// slot. If exactly one sentence is left, and it is an action that fits, it follows on that line
/// too. Otherwise each remaining sentence has a line of its own. If no sentence is left,
/// `otherwise` is printed as the action.
void ScenarioNarrator::write(const std::string& head, std::span<const Sentence> sentences,
                             const std::string& otherwise) {
    std::string line = head;
    std::size_t i = 0;
    for (; i < sentences.size() && sentences[i].is_condition && !sentences[i].names_slot; ++i) {
        const std::string longer = line + (i == 0 ? ": " : "; ") + sentences[i].text;
        if (longer.size() - (longer.rfind('\n') + 1) > columns) break;
        line = longer;
    }
    const std::size_t left = sentences.size() - i;
    if (left == 0 && otherwise.empty()) return print_line(line);
    if (left == 0) return print_line(line + " -> " + otherwise);
    const std::size_t begin = line.rfind('\n') + 1;  // 0 without a '\n', because npos + 1 is 0.
    if (left == 1 && !sentences[i].is_condition &&
        line.size() - begin + 4 + sentences[i].text.size() <= columns)
        return print_line(line + " -> " + sentences[i].text);
    print_line(line);
    for (; i < sentences.size(); ++i)
        print_line("     " + std::string(sentences[i].is_condition ? "" : "-> ") +
                   sentences[i].text);
}

}  // namespace paxos::test
