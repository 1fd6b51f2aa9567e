// Recovery: reads and checks a node's file, gives its records to a visitor, and finds where the
// next batch goes. Changes nothing. `paxos_fast inspect` and every start of a durable node use it.
//
// 1. The file may contain any bytes, so they are validated, never asserted.
// 2. The work is bounded by the size of the file. Each batch of the chain is read once. Where the
//    chain ends, recovery searches for a later batch. If there is one, the batch that should
//    continue the chain was durable and is damaged. The batch after that one can begin only in the
//    next Superblock::batch_size bytes or, near the end of the file, in the first batch_size bytes
//    of the ring, so recovery searches nowhere else.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "store/format.h"
#include "store/image.h"
#include "store/verdict.h"

namespace paxos::store {

/// The cluster and the node to which the file must belong.
struct Owner {
    Cluster cluster;
    NodeId node = 0;
};

struct Recovered {
    Verdict verdict = Verdict::intact;
    /// What is wrong and where, as the end of a sentence about the file. Empty if nothing is wrong.
    std::string reason;
    /// The newer valid superblock. Meaningless if no superblock is valid.
    Superblock superblock{};
    /// The index of the one superblock that is damaged or was written in part. None if both or
    /// neither are valid.
    std::optional<std::size_t> bad_superblock;

    std::uint64_t batches = 0;
    std::uint64_t records = 0;
    std::uint64_t values = 0;  ///< The number of values in all records.
    std::uint64_t checkpoints = 0;
    std::uint64_t bytes = 0;        ///< Bytes from Superblock::start to `next`.
    std::uint16_t incarnation = 0;  ///< The incarnation of the last start.
    Slot learned = 0;
    Ballot ballot;  ///< The highest ballot in a record.
    Slot end = 0;   ///< One above the highest slot of a record; 0: none.
    Position next;  ///< Where the next batch goes.
    Checkpoints checkpoints_found;
    std::uint64_t bytes_since_checkpoint = 0;  ///< Bytes since the last checkpoint began.
};

/// Receives the records of a batch, in their order. They are not valid after the call.
using Visitor = std::function<void(std::span<const Message> records)>;

/// Reads the file of `owner`. `visit`, which may be empty, gets the records of each batch from
/// Superblock::start on. If the verdict is not usable, records may be missing. REQUIRES: the
/// owner's values have limits::value_size bytes.
[[nodiscard]] Recovered recover(Image& image, const Owner& owner, const Visitor& visit);

}  // namespace paxos::store
