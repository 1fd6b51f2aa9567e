// Measures a node's bookkeeping for one decision: a histogram sample, the audit of a slot
// (node/audit.h), its digest, and its evidence (node/evidence_recorder.h).
#include <memory>
#include <vector>

#include "base/histogram.h"
#include "count.h"
#include "node/audit.h"
#include "node/digester.h"
#include "node/evidence_recorder.h"
#include "paxos/value_source.h"

namespace paxos::bench {
namespace {

constexpr std::size_t samples = 4096;

/// Latencies from 10 us to 5 ms, spread over many buckets as in a saturated run.
std::vector<std::uint64_t> latencies() {
    std::vector<std::uint64_t> all(samples);
    for (std::size_t i = 0; i < samples; ++i) all[i] = 10'000 + mix(i) % 5'000'000;
    return all;
}

void record(benchmark::State& state) {
    const std::vector<std::uint64_t> all = latencies();
    const auto histogram = std::make_unique<Histogram>();
    std::size_t recorded = 0;
    for (auto _ : state) histogram->record(all[recorded++ % samples]);
    if (histogram->samples() != recorded) state.SkipWithError("samples are missing");
    report(state, "per_sample", recorded);
}

/// One iteration of audit() stands for one turn in which a node learns this many slots. The number
/// is the length of the shortest interval of slots for which a node keeps a digest
/// (node/digester.h). All longer intervals are multiples of it, so no iteration crosses the end of
/// an interval.
constexpr Slot slots_a_turn = 64;

/// Does what a node does for each batch of slots that it has learned: audits the batch, adds it to
/// the digest, and adds its sampled slots to the evidence.
void audit(benchmark::State& state) {
    const ValueSource source(1, 5);
    std::vector<Value> values(samples);
    for (Slot slot = 0; slot < samples; ++slot) values[slot] = source.value_of(0, slot);
    const auto digests = std::make_unique<node::Digests>();
    const auto prefix = std::make_unique<node::Prefix>();
    const auto evidence = std::make_unique<node::Evidence>();
    node::Digester digester(*digests, *prefix);
    node::EvidenceRecorder recorder(*evidence);
    Slot slot = 0;
    bool is_proposed = true;
    for (auto _ : state) {
        const Slot place = slot % samples;
        const node::Audit audited = node::audit(std::span{values}.subspan(place, slots_a_turn),
                                                place, source);
        is_proposed &= audited.is_proposed;
        digester.add(slot, audited.digest, slots_a_turn);
        recorder.add({slot, slot + slots_a_turn},
                     [&](Slot sampled) { return LogSlot{sampled, {}, values[sampled % samples]}; });
        slot += slots_a_turn;
        digester.complete(slot);
        recorder.complete(slot);
    }
    std::uint64_t entered = 0;
    for (const node::Word& count : digests->slots) entered += count.get();
    if (entered != slot || !is_proposed)
        state.SkipWithError("slots are missing, or a value was not proposed");
    report(state, "per_slot", slot);
}

BENCHMARK(record)->Name("bookkeeping/histogram");
BENCHMARK(audit)->Name("bookkeeping/audit");

}  // namespace
}  // namespace paxos::bench
