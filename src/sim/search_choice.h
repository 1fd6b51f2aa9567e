// The choices of a search (search.h), their effects, and the options of its nodes.
#pragma once

#include <vector>

#include "sim/search.h"
#include "sim/search_letters.h"
#include "sim/search_oracle.h"

namespace paxos::sim {

using StateId = std::uint32_t;
inline constexpr std::uint32_t unknown = ~std::uint32_t{0};

/// What a node may do. It may receive one letter (a message in transit) or two letters at once, act
/// as if a timer had expired, skip slots, flush the records of one step, or crash and restart.
struct Choice {
    enum class Kind : std::uint8_t {
        take,
        take_two,
        take_over,
        ask_again,
        skip,
        flush,
        crash
    } kind;
    std::uint16_t first = 0;   ///< take, take_two: a letter. skip: the slot to continue at.
    std::uint16_t second = 0;  ///< take_two: the other letter.
};

struct Effect {
    StateId to = unknown;
    std::vector<MessageId> sent;
    std::vector<Action> actions;
    bool began = false;
    bool crashed = false;
    [[nodiscard]] bool does_nothing(StateId from) const {
        return to == from && sent.empty() && actions.empty();
    }
    [[nodiscard]] bool is_same(const Effect& other) const {
        return to == other.to && began == other.began && sent == other.sent &&
               actions == other.actions;
    }
};

inline constexpr Tick takes_over_ns = 1'000'000'000;
inline constexpr Tick asks_again_ns = 1'000'000'000'000;

/// The options of node `self` in a search. Only the take-over timer and the retransmission timer
/// can expire, and each expiry is a choice. No node is a designated proposer, so a node becomes a
/// proposer only by taking over.
[[nodiscard]] inline Options search_options(const SearchScope& scope, NodeId self,
                                            Incarnation incarnation) {
    constexpr Tick never = Tick{1} << 62;
    Options options;
    options.self = self;
    options.incarnation = incarnation;
    options.nodes = scope.nodes;
    options.proposers = 0;
    options.accept_quorum = scope.accept_quorum;
    options.first_counter = scope.first_counter;
    options.runs = scope.runs;
    options.timing = Timing{.retransmit_min_ns = asks_again_ns,
                            .retransmit_max_ns = asks_again_ns,
                            .catch_up_ns = never,
                            .give_up_ns = never,
                            .heartbeat_ns = never,
                            .contact_ns = never,
                            .silence_ns = never,
                            .silence_max_ns = never,
                            .progress_gap_ns = never,
                            .hold_back_ns = never,
                            .takeover_ns = takes_over_ns,
                            .takeover_step_ns = 0,
                            .backoff_min_ns = 0,
                            .backoff_max_ns = 0};
    return options;
}

}  // namespace paxos::sim
