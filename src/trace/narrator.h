// The live log: merges the records of all nodes by time and prints a line for each record that
// Sentences describes.
//
// 1. Lines are sorted by time across the nodes; the records of a node keep their order. Records of
//    different nodes with the same time are sorted by their stage in a round (for example a send,
//    its receipt, the quorum), so that a cause precedes its effect.
// 2. A receipt is never printed before its send. Between nodes with the same clock, the order of
//    time suffices, because a send is stamped before the message is sent and a receipt after the
//    message is received. But the clocks of two hosts may differ by more than the transit time of a
//    message. A receipt that seems earlier than its send waits for the send (causes.h), and is
//    printed with the time of the line above it.
// 3. A record is held until a call of `advance` states that no earlier record of another node can
//    follow.
// 4. Memory is bounded: if more than `held_max` records are held, the earliest ones are printed
//    without waiting for `advance`.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "trace/causes.h"
#include "trace/record.h"
#include "trace/sentences.h"

namespace paxos::trace {

class Narrator {
public:
    using Line = std::function<void(const std::string&)>;
    /// A printed event of a node, or a remark.
    struct Printed {
        Tick since;                   ///< Time since the first printed record.
        NodeId node;                  ///< The node of the event.
        const Event* event;           ///< Null for a remark.
        const std::string& sentence;  ///< In English.
    };
    using OnPrinted = std::function<void(const Printed&)>;
    static constexpr std::size_t held_max = 1 << 18;

    /// Passes the introduction to `line` at once. Later passes each line of the log to `line`.
    /// Times count from the first printed record. Unless `on_printed` is empty, passes each event
    /// and remark to `on_printed` as well.
    Narrator(const Setting& setting, Line line, OnPrinted on_printed = {});

    /// Adds the next record of `node`.
    void add(NodeId node, const Record& record);
    /// Prints all records before `at`, and then `sentence`, which belongs to no node. REQUIRES: as
    /// for advance(at).
    void remark(Tick at, const std::string& sentence);
    /// Prints all records before `until`. REQUIRES: no record before `until` will be added later.
    void advance(Tick until);
    /// Prints the remaining records. `lost` is the number of records that were lost because a ring
    /// was full.
    void finish(std::uint64_t lost);

private:
    /// The queue whose first record is the next to be printed; null if there is no record.
    [[nodiscard]] std::deque<Record>* next();
    /// The time to print for `at`, in ns since the first record. It is never less than the time on
    /// the line above.
    [[nodiscard]] Tick since_begin(Tick at);
    void print(std::deque<Record>& from);
    void print_line(NodeId node, const Record& record, const std::string& sentence,
                    const std::string& english);

    const Setting setting_;
    int time_width_;
    int round_width_;
    Sentences sentences_;  // In the language of the setting, for `line`.
    Sentences english_;    // For `on_printed`.
    Line line_;
    OnPrinted on_printed_;
    std::vector<std::deque<Record>> held_;  // By node. Each queue is in order of time.
    std::size_t held_count_ = 0;
    Causes causes_;
    Tick begin_ = 0, printed_at_ = 0;
};

}  // namespace paxos::trace
