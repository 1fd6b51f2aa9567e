// The messages between rank 0 (the launcher of n0) and the launchers of the other nodes. They are
// sent over a control::Channel.
//
// Rank 0 sends orders, and the other launchers send reports. The list has the messages of a run.
// ORDER -> REPORT means that the report answers the order. Names after <- are reports that no order
// asked for. "The node" is the node of the launcher that gets the order.
//
//   PREPARE -> SOCKET          opens the sockets of the node and creates its board
//   PING -> PONG               measures the offset of the clock (control/clock_offset.h); 16 times
//   MEMBERS                    has the addresses at which every node receives and sends
//   MESH -> MESH               checks which nodes the node hears; before the first run only
//   FLOOR -> FLOOR             opens the socket of the process that answers in one measurement of
//                              the floor (host_floor.h); before the first run only
//   FLOOR_START                starts that process
//   FLOOR_END -> FLOOR         ends that process and reports its counts
//   FILES -> FILES             examines the file of the node, opens it, or undoes the opening;
//                              before the first run of a durable cluster only (host_files.h)
//   DISK_FLOOR -> DISK_FLOOR   measures how long a write to the disk takes; before the first run
//                              of a durable cluster only
//   LAUNCH, START              LAUNCH forks the node, START begins the run
//   <- STATUS, DIGESTS, TRACE  are sent ten times a second; STATUS also at each change of state
//   <- ENDED                   reports that the process of the launcher's node has ended
//   ENDED                      announces to all launchers which nodes have ended
//   RESTART                    forks the node again, after its launcher sent BOARD and ENDED
//   RESTARTED                  announces to all launchers that a node runs again
//   KILL                       kills a node that was started again but is not ready in time
//   STOP                       stops the node
//   COLLECT -> BOARD           asks for all that the node and its launcher measured; each BOARD
//                              has a part of the node's board; COLLECTED follows the last part
//
// BEAT shows that rank 0 is alive. GOODBYE dismisses the launchers. A launcher sends CARD once,
// when it has connected, and INTERRUPTED when it has received a signal.
//
// 1. Contents are trivially copyable structs, copied as bytes. All processes have the same structs,
//    because a process of a different build is refused (Identity).
// 2. Contents are trusted, because the sender has the cluster's key. They are only checked for
//    their size, and for values that would cause accesses out of bounds.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "base/address.h"
#include "cluster/children.h"
#include "control/channel.h"
#include "measure/floor.h"
#include "node/plan.h"
#include "store/format.h"
#include "trace/record.h"

namespace paxos::cluster {

enum class Order : std::uint16_t {
    prepare = static_cast<std::uint16_t>(control::FrameKind::first_free),
    members,
    mesh,
    floor,
    floor_start,
    floor_end,
    files,
    disk_floor,
    launch,
    start,
    ended,
    restart,
    restarted,
    kill,
    beat,
    stop,
    collect,
    goodbye,
};

enum class Report : std::uint16_t {
    card = static_cast<std::uint16_t>(Order::goodbye) + 1,
    socket,
    mesh,
    floor,
    files,
    disk_floor,
    status,
    digests,
    trace,
    ended,
    interrupted,
    board,
    collected,
};

/// The interval at which rank 0 sends BEAT and, during a run, a launcher sends STATUS.
inline constexpr Tick beat_interval_ns = 100'000'000;
/// A launcher that has heard nothing from rank 0 for this long ends its node and itself.
inline constexpr Tick orphaned_after_ns = 3'000'000'000;
/// A host from which rank 0 has heard nothing for this long is called silent.
inline constexpr Tick host_silent_after_ns = 1'000'000'000;

template <std::size_t size>
using Text = std::array<char, size>;

/// Copies as much of `from` as fits. `text` is always terminated.
template <std::size_t size>
void set_text(Text<size>& text, const std::string& from) {
    text.fill('\0');
    std::memcpy(text.data(), from.data(), std::min(from.size(), size - 1));
}
/// Converts a received `text`, which may lack the terminating zero.
template <std::size_t size>
std::string text_of(const Text<size>& text) {
    return {text.data(), ::strnlen(text.data(), size)};
}

inline constexpr std::size_t core_ids_max = 1024;

/// What a launcher reports about its host when it has connected.
struct HostCard {
    Text<128> kernel{};
    Text<64> machine{};  ///< Equal for all processes under one kernel.
    std::uint32_t cores_online = 0;
    bool is_durable = false;  ///< The launcher was started with --durable.
    std::array<std::uint64_t, core_ids_max / 64> cores_allowed{};
};

struct Prepare {
    std::uint32_t repetition = 0;
    std::uint64_t run = 0;
    /// Mask of the recipient's node, and of the nodes whose launchers may use at least one of the
    /// recipient's cores.
    std::uint64_t neighbours = 0;
    node::Plan plan;
};

struct SocketReport {
    Address receiver, sender;
    std::uint64_t receive_buffer_size = 0;
    std::int32_t core = -1;
    node::IdleKind idle = node::IdleKind::spin;
    Slot log_end = 0;   ///< Above every slot that the node's file has a record of.
    Text<512> error{};  ///< Why this host cannot run a node; empty if it can.
};

/// The addresses at which the nodes receive and send, by node.
struct Members {
    std::array<Address, limits::nodes_max> receivers{}, senders{};
};

struct MeshReport {
    /// The size in bytes of the largest datagram that has arrived from each node; 0 if none has.
    std::array<std::uint32_t, limits::nodes_max> heard{};
    std::array<std::uint32_t, limits::nodes_max> mtu{};  ///< Path MTU by node; 0 if unknown.
    Text<256> error{};
};

/// One measurement of the floor.
struct FloorOrder {
    measure::FloorPart part{};
    bool runs = true;
    std::uint32_t phases = 2;
    std::uint32_t nodes = 0;  ///< The first `nodes` nodes take part.
    std::uint16_t port = 0;   ///< Plan::port.
    std::array<std::int32_t, limits::nodes_max> core_of{}, machine_of{};
};
struct FloorReport {
    Address address;  ///< The address at which the answering process receives.
    std::uint64_t dropped = 0, refused = 0;
    Text<256> error{};  ///< Why that process cannot run; empty if it can.
};

enum class FilesStep : std::uint8_t {
    examine,  ///< Changes nothing.
    open,     ///< Makes the file if it is missing.
    undo,     ///< Removes what `open` has made, because `open` failed on another host.
};
struct FilesOrder {
    FilesStep step = FilesStep::examine;
    Variant protocol = default_variant;
    std::uint64_t nodes = 0;
    std::uint64_t accept_quorum = 0;  ///< As in store::Cluster.
    store::ClusterId cluster{};       ///< Used with FilesStep::open.
};
struct FilesReport {
    bool has_cluster = false;  ///< The directory has files of a cluster.
    bool has_file = false;     ///< The file of this node is among them.
    /// As FilesFault::is_contradicted; used only if there is an error.
    bool is_contradicted = false;
    /// The incarnation of the last start on the file; 0 if there was no start.
    std::uint16_t incarnation = 0;
    store::ClusterId cluster{};
    Text<512> path{};  ///< The path of the node's file.
    Text<32> file_system{};
    Text<512> error{};  ///< Why the node can neither use nor create its file; empty if it can.
};
struct DiskFloorReport {
    double flush_ns_p50 = 0;  ///< 0 if it could not be measured.
    Text<256> problem{};
};

struct Launch {
    Slot base = 0;  ///< LogFiles::base.
};

/// The words of a NodeBoard that rank 0 reads during a run, and the state of the process.
struct Status {
    std::uint64_t state = 0, learned = 0, skipped = 0, plan_end = 0, proposing = 0, heard = 0,
                  leader = 0, turns = 0;
    /// The words of IncarnationBoard.
    std::uint64_t begin = 0, recovered = 0, behind = 0, ready_at = 0, took_part_at = 0,
                  caught_up_at = 0;
    std::array<std::uint64_t, node::rows_max> row_begun_at{};  ///< RowBoard::first_proposal_at.
    std::uint32_t starts = 0;  ///< How often the node was started in this run.
    std::int32_t pid = 0;
    bool is_stopped = false;  ///< Stopped from outside (SIGSTOP).
};

/// Precedes the entries [first, first + count) of a node's digests. All words of `entry` follow,
/// then all words of `slots`.
struct DigestsHead {
    std::uint64_t log2_size = 0, complete_end = 0;
    std::uint32_t first = 0, count = 0;
};

struct EndedReport {
    Ending ending;
    std::int32_t pid = 0;
    std::uint64_t prefix_end = 0, prefix_sum = 0, prefix_slots = 0;
};

/// The nodes that do not run now, and the ends of their logs, by node.
struct EndedOrder {
    std::uint64_t nodes = 0;
    std::array<std::uint64_t, limits::nodes_max> log_end{};
};

/// What the next process of a node needs.
struct RestartOrder {
    std::uint64_t recorded_end = 0;  ///< Context::recorded_end.
    std::array<std::uint64_t, limits::nodes_max> learned{};
    /// When the cluster began each row, on the clock of the node's host; 0 if the row has not
    /// begun.
    std::array<std::uint64_t, node::rows_max> row_begun_at{};
};
struct RestartedOrder {
    NodeId node = 0;
    std::uint64_t begin = 0, recovered = 0;  ///< As in IncarnationBoard.
};

struct Collected {
    /// Number of datagrams from other nodes that were still unread in the node's socket.
    std::uint64_t unread = 0;
    std::uint64_t trace_lost = 0;
    // As in HostWatch (run_record.h).
    std::uint64_t throttled = 0, oom_kills = 0;
    Text<512> environment_changes{};
    Text<512> memory_limit{};
};

/// Copies `content` to `to`. False if `content` does not have the size of a T.
template <class T>
[[nodiscard]] bool read(control::Bytes content, T& to) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (content.size() != sizeof to) return false;
    std::memcpy(&to, content.data(), sizeof to);
    return true;
}

/// False if Channel::send() refuses the frame.
template <class Kind, class T>
bool send(control::Channel& channel, Kind kind, const T& content) {
    return channel.send(static_cast<std::uint16_t>(kind), control::bytes_of(content));
}
template <class Kind>
bool send(control::Channel& channel, Kind kind) {
    return channel.send(static_cast<std::uint16_t>(kind), {});
}

}  // namespace paxos::cluster
