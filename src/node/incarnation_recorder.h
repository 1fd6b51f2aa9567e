// Publishes how an incarnation of a node begins (IncarnationBoard). Only a later incarnation, which
// continues a killed node, publishes when it first took part and when it had caught up.
#pragma once

#include <algorithm>

#include "node/board.h"

namespace paxos::node {

class IncarnationRecorder {
public:
    explicit IncarnationRecorder(IncarnationBoard& board) : board_(board) {}

    /// Called when this incarnation has restored the slots `restored`. At that time, the other node
    /// with the longest log had learned all slots below `others_end`. `is_later`: the node ran
    /// before in this run.
    void begin(SlotRange restored, Slot others_end, bool is_later) {
        board_.begin.set(restored.first);
        board_.recovered.set(restored.end);
        board_.behind.set(others_end - std::min(others_end, restored.end));
        others_end_ = others_end;
        is_watching_ = is_later;
    }
    /// Called at `now`, when this incarnation becomes able to receive.
    void note_ready(Tick now) { board_.ready_at.set(now); }
    /// Whether note() has something left to publish.
    [[nodiscard]] bool is_watching() const { return is_watching_; }
    /// Called when the node has learned every slot below `learned`. `counters` count what the node
    /// has sent.
    void note(Slot learned, const Counters& counters, Tick now) {
        const auto has_sent = [&](MessageKind kind) {
            return counters.sent[static_cast<std::size_t>(kind)] != 0;
        };
        const bool takes_part = has_sent(MessageKind::prepare) || has_sent(MessageKind::promise) ||
                                has_sent(MessageKind::accept) || has_sent(MessageKind::accepted);
        if (takes_part && board_.took_part_at.get() == 0) board_.took_part_at.set(now);
        if (learned >= others_end_ && board_.caught_up_at.get() == 0) board_.caught_up_at.set(now);
        is_watching_ = board_.took_part_at.get() == 0 || board_.caught_up_at.get() == 0;
    }

private:
    IncarnationBoard& board_;
    Slot others_end_ = 0;
    bool is_watching_ = false;
};

}  // namespace paxos::node
