// See superblocks.h.
#include "store/superblocks.h"

#include <cstring>

#include "store/checksum.h"

namespace paxos::store {
namespace {

enum class State : std::uint8_t { valid, damaged, unknown_version, no_magic };

State state_of(const Superblock& block, std::size_t index) {
    if (block.magic != file_magic) return State::no_magic;
    // Another version may compute the checksum in another way, so in a file of another version a
    // wrong checksum does not prove damage.
    if (block.checksum != checksum_of(block, index * block_size))
        return block.version == format_version ? State::damaged : State::unknown_version;
    if (block.version != format_version) return State::unknown_version;
    // Recovery must start at the very first batch, or at a batch that was durable.
    const Position& start = block.start;
    const bool has_start = start.sequence == 1 ? start == Position{}
                                               : block.durable_up_to >= start.sequence &&
                                                     start.offset >= ring_begin;
    const bool is_possible = block.geometry().is_possible() && has_start && start.sequence != 0 &&
                             start.offset % block_size == 0 && start.offset <= block.file_size &&
                             block.nodes >= 1 && block.nodes <= limits::nodes_max &&
                             block.node < block.nodes;
    return is_possible ? State::valid : State::damaged;
}

std::string protocol_text(std::uint8_t protocol) {
    return protocol < variant_names.size() ? std::string(variant_names[protocol])
                                           : "number " + std::to_string(protocol);
}

/// Compares the file with what its owner expects (S28).
void check_owner(const Owner& owner, Recovered& result) {
    const Superblock& block = result.superblock;
    const auto refuse = [&](Verdict verdict, const std::string& reason) {
        if (result.verdict != Verdict::intact) return;
        result.verdict = verdict;
        result.reason = reason;
    };
    if (block.cluster != owner.cluster.id) refuse(Verdict::cluster, "belongs to another cluster");
    if (block.node != owner.node)
        refuse(Verdict::node, "is the file of node " + std::to_string(block.node));
    if (block.nodes != owner.cluster.nodes)
        refuse(Verdict::node_count, node_count_text(block.nodes, owner.cluster.nodes));
    if (block.protocol != static_cast<std::uint8_t>(owner.cluster.protocol))
        refuse(Verdict::protocol, "belongs to a cluster with the protocol " +
                                      protocol_text(block.protocol) + ", not " +
                                      std::string(name_of(owner.cluster.protocol)));
    if (block.value_size != owner.cluster.value_size)
        refuse(Verdict::value_size, "has values of " + std::to_string(block.value_size) +
                                        " bytes, not " + std::to_string(owner.cluster.value_size));
}

}  // namespace

void read_superblocks(Image& image, const Owner& owner, Recovered& result) {
    const auto refuse = [&](Verdict verdict, const std::string& reason) {
        result.verdict = verdict;
        result.reason = reason;
    };
    const std::uint64_t size = image.size();
    if (size < ring_begin)
        return refuse(Verdict::truncated,
                      "has " + std::to_string(size) + " bytes, too few for its superblocks");
    std::array<Superblock, 2> blocks;
    std::array<State, 2> states{};
    for (std::size_t i = 0; i < 2; ++i) {
        if (const int error = image.read(i * block_size,
                                         std::as_writable_bytes(std::span{&blocks[i], 1})))
            return refuse(Verdict::unreadable,
                          std::string("cannot be read: ") + std::strerror(error));
        states[i] = state_of(blocks[i], i);
        if (states[i] != State::valid) result.bad_superblock = i;
    }
    const bool is_first = states[0] == State::valid, is_second = states[1] == State::valid;
    if (!is_first && !is_second) {
        result.bad_superblock.reset();
        if (states[0] == State::no_magic && states[1] == State::no_magic)
            return refuse(Verdict::foreign, "is not a file of this program");
        if (states[0] == State::unknown_version && states[1] == State::unknown_version)
            return refuse(Verdict::version,
                          "has format version " + std::to_string(blocks[0].version) +
                              "; this program supports version " + std::to_string(format_version));
        return refuse(Verdict::corrupt, "has two damaged superblocks");
    }
    const bool take_second = !is_first ||
                             (is_second && blocks[1].generation > blocks[0].generation);
    result.superblock = blocks[take_second ? 1 : 0];
    check_owner(owner, result);
    if (result.verdict != Verdict::intact || size == result.superblock.file_size) return;
    refuse(Verdict::truncated, "has " + std::to_string(size) + " bytes, but was made with " +
                                   std::to_string(result.superblock.file_size));
}

Superblock new_superblock(const Owner& owner, const Geometry& geometry) {
    PAXOS_ASSERT(geometry.is_possible());
    Superblock block{.checksum = {},
                     .value_size = static_cast<std::uint32_t>(owner.cluster.value_size),
                     .cluster = owner.cluster.id,
                     .node = owner.node,
                     .nodes = static_cast<std::uint8_t>(owner.cluster.nodes),
                     .protocol = static_cast<std::uint8_t>(owner.cluster.protocol),
                     .batch_size = geometry.batch_size,
                     .file_size = geometry.file_size,
                     .start = {}};
    return block;
}

std::string node_count_text(std::size_t found, std::size_t wanted) {
    return "belongs to a cluster of " + std::to_string(found) + " nodes, not " +
           std::to_string(wanted);
}

Superblock sealed(Superblock superblock, std::size_t index) {
    superblock.checksum = checksum_of(superblock, index * block_size);
    return superblock;
}

}  // namespace paxos::store
