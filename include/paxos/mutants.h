// Rules broken on purpose, one in a build of its own: PAXOS_MUTANT=<name> breaks just that one. A
// check that lets one of them live is no check (safety.md, proof 5). scripts/mutants.sh builds them
// all and shows what kills each.
//
// Without PAXOS_MUTANT nothing is broken, and nothing of this stands in the code. With it, `none`
// included, the asserts are off and nobody heeds a node's own alarm (`is_on_trial`): what kills a
// mutant is the check from outside, not the code that it stands in.
#pragma once

#include <cstdint>

namespace paxos {

enum class Mutant : std::uint8_t {
    none,
    S01_repeat_forgets_what_is_accepted,  ///< And is answered as if nothing had been.
    S01_promises_a_lower_ballot,
    S02_accepts_a_lower_ballot,
    S02_accepting_raises_no_promise,
    S03_accepts_only_what_it_promised,
    S04_counters_are_compared_alone,  ///< Equal counters of two nodes are one ballot.
    S04_counters_are_compared_in_32_bits,
    S05_promise_stands_in_the_ring,  ///< One a slot, where it is for the whole log.
    S05_a_decision_resets_promises,
    S05_being_preempted_resets_promises,
    S05_being_left_behind_resets_promises,
    S06_a_promise_is_not_recorded,
    S06_an_acceptance_is_not_recorded,
    S07_a_refusal_is_a_promise,  ///< One that says "nothing accepted".
    S07_a_refusal_names_no_higher_ballot,
    S08_answers_are_counted,  ///< Two of one sender are two.
    S09_promise_of_another_ballot_counts,
    S09_promise_counts_as_accepted,      ///< An answer of the phase before.
    S09_answer_for_another_slot_counts,  ///< For the place's last tenant.
    S10_first_report_wins,
    S10_last_report_wins,
    S10_reports_are_ignored,
    S10_own_report_is_forgotten,
    S11_late_promise_changes_the_value,
    S11_retry_sends_another_value,
    S11_second_value_is_accepted,  ///< At one ballot, by an acceptor.
    S12_ballot_is_used_again,
    S13_accepted_of_another_ballot_counts,
    S14_own_vote_is_not_recorded,
    S14_own_vote_counts_though_refused,
    S15_half_is_a_quorum,
    S16_first_gap_ends_the_log,  ///< What was accepted above it is not asked for.
    S16_gap_is_passed_over,      ///< Instead of being filled with a no-op.
    S16_one_quorum_for_all_slots,
    S16_rest_covers_what_was_accepted,  ///< "Nothing from here on" begins too early.
    S16_learned_is_reported_as_empty,
    S16_candidate_below_retained_leads,
    S17_deposed_leader_goes_on,
    S18_second_decision_overwrites,
    S18_quorum_is_not_checked,
    S18_named_without_vote_is_not_checked,
    S18_range_teaches_what_other_ballots_accepted,
    S19_accepted_is_shown_as_decided,
    S20_place_is_reused_early,
    S20_late_message_finds_the_next_tenant,
    S20_votes_below_what_it_retains,
    S21_hole_is_passed_over,
    S21_given_out_twice,
    S21_gives_up_what_is_retained,  ///< One slot more than anybody has forgotten.
    S22_a_value_is_invented,
    S42_cut_off_leader_stays,  ///< It goes on proposing without a majority.
    S42_who_is_heard_is_live,  ///< Even if it does not hear this node.
    S42_a_peer_is_waited_for_without_end,
};

#ifdef PAXOS_MUTANT
inline constexpr Mutant mutant = Mutant::PAXOS_MUTANT;
inline constexpr bool is_on_trial = true;
#else
inline constexpr Mutant mutant = Mutant::none;
inline constexpr bool is_on_trial = false;
#endif

}  // namespace paxos
