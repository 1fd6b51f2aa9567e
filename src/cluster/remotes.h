// Rank 0's view of the nodes that other launchers start, usually on other hosts. Rank 0, the
// launcher of n0, has one channel to each of these launchers (host_messages.h). It copies the
// nodes' boards into its own board, whose readers therefore need not distinguish local and remote
// nodes.
//
// 1. Only rank 0 writes its copies of the boards of remote nodes, so every word has one writer.
// 2. A node counts as ended when its launcher reports its end. It also counts as ended when the
//    launcher has closed the connection or ended, because no node outlives its launcher. The node
//    of a host that is silent or unreachable may still be running, so it is reported as silent.
// 3. All times in rank 0's copies are times of rank 0's own clock. Times in a report are times of
//    the sender's clock. Rank 0 converts them when the report arrives, with the offset of that
//    clock, which it measures before each run.
// 4. Only the following functions block: those that are called before the first run, `beside`,
//    `prepare` and the destructor.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>

#include "cluster/cluster.h"
#include "cluster/host_files.h"
#include "cluster/host_messages.h"
#include "cluster/run_record.h"
#include "cluster/seat.h"
#include "control/clock_offset.h"
#include "measure/report.h"
#include "node/board.h"
#include "wire/wire.h"

namespace paxos::cluster {

class Remotes {
public:
    /// How long rank 0 waits for an answer. This is much longer than an answer takes: launchers
    /// answer within milliseconds, or within a second if a port is still in use.
    static constexpr Tick answer_timeout_ns_default = 5'000'000'000;

    /// `channels` lead to the launchers of nodes 1, 2, ..., in this order, and are not empty. n0
    /// receives at `port`; if `port` is 0, the kernel chooses.
    Remotes(std::vector<control::Channel> channels, const control::Secret& secret,
            std::uint16_t port, Tick answer_timeout_ns = answer_timeout_ns_default);
    /// Dismisses the launchers.
    ~Remotes();
    Remotes(const Remotes&) = delete;
    Remotes& operator=(const Remotes&) = delete;

    [[nodiscard]] const control::Secret& secret() const { return secret_; }
    /// Where n0 binds its sockets.
    [[nodiscard]] const Address& own_address() const { return own_address_; }
    [[nodiscard]] std::size_t nodes() const { return remotes_.size() + 1; }

    /// Called before the first run. Waits for the HostCard of each launcher, places every node, and
    /// checks that each node hears every other node. Sets `placement`, hosts() and datagram_size().
    /// False if a signal is pending on `signals`, or if the check failed. After a failed check,
    /// `error` says what is wrong and where, and names the remedy.
    [[nodiscard]] bool check(const node::Plan& plan, const std::vector<int>& cores, int signals,
                             Placement& placement, std::string& error);
    /// The hosts of all ranks.
    [[nodiscard]] const std::vector<measure::Host>& hosts() const { return hosts_; }
    /// The size of the largest full datagram, in bytes, that fits every path (Plan::datagram_size).
    [[nodiscard]] std::size_t datagram_size() const { return datagram_size_; }
    /// The maximum error in a comparison of the times of two nodes.
    [[nodiscard]] Tick clock_error_ns() const;
    /// Why no other run can begin: a launcher has ended, or it did not answer at the end of the
    /// last run. Empty if another run can begin.
    [[nodiscard]] std::string missing() const;

    /// Like measure::measure_floor, but over the addresses of the nodes. `port` is Plan::port.
    /// Stops when a signal is pending on `signals`. Blocks for at most a few seconds.
    [[nodiscard]] measure::FloorResult measure_floor(const measure::FloorPlan& plan,
                                                     std::uint16_t port, int signals,
                                                     std::string& problem);

    // ---- durable nodes, before the first run ----

    /// Opens the files of all nodes. `directory` is the value of --durable at n0; empty if
    /// --durable was not given. Sets the file systems in hosts(). If false, `fault` says what is
    /// wrong, and on which host. Stops when a signal is pending on `signals`. Blocks for as long as
    /// the disks take, which may be minutes.
    [[nodiscard]] bool open_files(const std::string& directory, const node::Plan& plan,
                                  node::LogFiles& files, int signals, FilesFault& fault);
    /// Like measure::measure_disk_floor, but every launcher measures the disk of its own node with
    /// one process. Returns the median over the nodes.
    [[nodiscard]] double measure_disk_floor(const std::string& directory, int signals,
                                            std::string& problem);
    /// Does `work`, which may take seconds, in another thread. Meanwhile sends BEAT, the heartbeat
    /// of rank 0 (host_messages.h).
    void beside(const std::function<void()>& work);

    // ---- a run, in this order ----

    /// Makes every launcher open the sockets of its node, measures the offsets of the clocks, and
    /// adds all nodes to `peers`, n0 first. `board` outlives the run.
    [[nodiscard]] bool prepare(const node::Plan& plan, int repetition, std::uint64_t run,
                               node::Board& board, int signals, const io::Socket& receiver,
                               const io::Socket& sender, io::PeerTable& peers, std::string& error);
    /// A slot above all slots that the files of nodes 1, 2, ... have records of.
    [[nodiscard]] Slot log_end() const;
    /// `base`: LogFiles::base.
    void launch(Slot base);
    [[nodiscard]] bool are_launched() const { return are_launched_; }
    void start() { order_all(Order::start); }
    void stop() { order_all(Order::stop); }
    /// Asks for the boards. Launchers kill nodes that still run.
    void collect();
    /// Copies the boards that have arrived into rank 0's board. Call when has_collected(), or after
    /// a timeout. If a node is not known to have ended by then, it counts as killed by its
    /// launcher.
    void settle();

    // ---- during a run ----

    void watch(std::vector<pollfd>& watched) const;
    /// Handles what has arrived, and sends BEAT if it is due.
    void step();
    /// Informs all launchers which nodes have ended. `dead` has all nodes, on any host, that do not
    /// run now. Does nothing if the launchers have already been informed of all of these nodes.
    void announce_ended(NodeMask dead);
    /// Orders the launcher of `node` to start the node again. `recorded_end` becomes
    /// Context::recorded_end of the new process. If false, `error` says why not. REQUIRES: the node
    /// has ended.
    [[nodiscard]] bool restart(NodeId node, Slot recorded_end, std::string& error);
    /// Informs all launchers that `node`, on any host, runs again.
    void announce_restarted(NodeId node);
    void kill(NodeId node) { static_cast<void>(send(of(node).channel, Order::kill)); }
    /// The nodes that have been started and have not ended.
    [[nodiscard]] NodeMask live() const;
    /// The nodes on hosts that are silent or unreachable.
    [[nodiscard]] NodeMask silent(Tick now) const;
    /// Whether every launcher has sent its board, has none, or is silent.
    [[nodiscard]] bool has_collected() const;
    [[nodiscard]] const Ending& ending(NodeId node) const { return of(node).ending; }
    [[nodiscard]] int pid(NodeId node) const { return of(node).status.pid; }
    [[nodiscard]] bool is_stopped(NodeId node) const { return of(node).status.is_stopped; }
    /// A signal that a launcher has received; 0 if none.
    [[nodiscard]] int take_signal() { return std::exchange(signal_, 0); }
    /// Why a launcher cannot continue. Empty if all can.
    [[nodiscard]] std::string failure() const;
    [[nodiscard]] std::uint64_t unread() const;
    [[nodiscard]] std::uint64_t trace_lost() const;
    /// What the launchers of nodes 1, 2, ... observed on their hosts.
    [[nodiscard]] std::vector<HostWatch> watches() const;

private:
    /// Time limit for an answer that requires disk accesses. A disk may need this long to write or
    /// read a file of 70 MiB for each node.
    static constexpr Tick files_timeout_ns = 60'000'000'000;

    struct Remote {
        control::Channel channel;
        std::string name;  ///< "n3 on h2"
        HostCard card{};
        bool has_card = false;
        std::optional<FloorReport> floor{};  ///< The answer to the last floor order.
        std::optional<FilesReport> files{};  ///< The answer to the last files order.
        std::optional<DiskFloorReport> disk_floor{};

        // State of the current run.
        control::ClockOffset clock{};
        SocketReport socket{};
        bool has_socket = false;
        MeshReport mesh{};
        Status status{};
        std::uint32_t starts = 1;  ///< How many times the node was started.
        Ending ending{};
        std::vector<std::byte> board{};
        bool has_collected = false;
        Collected collected{};

        [[nodiscard]] bool is_open() const {
            return channel.state() == control::Channel::State::open;
        }
        /// An error text that says why this launcher has not answered in time.
        [[nodiscard]] std::string absence() const {
            return name + ": " +
                   (is_open() ? "its launcher does not answer"
                              : "the connection to its launcher has ended: " + channel.why());
        }
        void begin_run();
    };
    [[nodiscard]] const Remote& of(NodeId node) const { return remotes_[node - 1U]; }
    [[nodiscard]] Remote& of(NodeId node) { return remotes_[node - 1U]; }

    /// Handles what arrives until `ready()` is true. False after `timeout_ns`, or if a signal is
    /// pending.
    [[nodiscard]] bool await(const std::function<bool()>& ready, Tick timeout_ns, int signals);
    /// Like await(), until each launcher of `remotes` has answered or has ended.
    bool await_answers(std::span<const Remote> remotes,
                       const std::function<bool(const Remote&)>& has_answered, Tick timeout_ns,
                       int signals);
    void take(NodeId node, const control::Frame& frame);
    void take_status(Remote& remote, Status status, node::NodeBoard& board);
    void take_ended(NodeId node, const EndedReport& report);
    /// Copies the board that has arrived, and converts its times. False if no whole board has
    /// arrived.
    [[nodiscard]] bool take_board(Remote& remote, node::NodeBoard& board) const;
    void note_lost(NodeId node);
    void order_all(Order order);
    [[nodiscard]] bool order_prepare(const node::Plan& plan, int repetition, std::uint64_t run,
                                     int signals, std::string& error);
    [[nodiscard]] bool measure_clocks(int signals, std::string& error);
    void share_members(const io::Socket& receiver, const io::Socket& sender, io::PeerTable& peers);
    [[nodiscard]] bool place_all(const node::Plan& plan, const std::vector<int>& cores, int signals,
                                 std::string& error);
    [[nodiscard]] bool check_mesh(const node::Plan& plan, int signals, std::string& error);
    /// Whether, on every path, the largest datagram that its MTU allows has arrived.
    [[nodiscard]] bool is_mesh_complete(const MeshReport& own) const;
    [[nodiscard]] std::string fault_of_mesh(const MeshReport& own) const;
    [[nodiscard]] const MeshReport& mesh_of(NodeId node, const MeshReport& own) const;
    [[nodiscard]] std::string name_of(NodeId node) const;
    [[nodiscard]] measure::BareEnd run_floor(const FloorOrder& order, const measure::BarePlan& bare,
                                             int signals, measure::BareFigures& figures,
                                             std::string& problem);
    /// Sends `order` to `others` and waits for their answers. If false, `problem` says which answer
    /// is missing, or what failed on the other host.
    [[nodiscard]] bool order_floor(std::span<Remote> others, Order order, const FloorOrder& content,
                                   int signals, std::string& problem);
    void describe(Placement& placement, const MeshReport& mesh);
    /// Sends `order` to all launchers, executes it here with `own`, and waits for all reports.
    /// Stores them in `reports`, by node. If false, `fault` says what is wrong.
    [[nodiscard]] bool order_files(const FilesOrder& order, HostFiles& own,
                                   std::vector<FilesReport>& reports, int signals,
                                   FilesFault& fault);
    [[nodiscard]] bool agree_on_files(const node::Plan& plan, HostFiles& own, int signals,
                                      FilesFault& fault);

    std::vector<Remote> remotes_;
    const control::Secret secret_;
    const Tick answer_timeout_ns_;
    Address own_address_;
    HostCard own_card_;
    Seat own_seat_;
    std::vector<NodeMask> neighbours_;  // By node.
    std::vector<measure::Host> hosts_;
    std::size_t datagram_size_ = limits::datagram_size;
    bool are_durable_ = false;
    node::Board* board_ = nullptr;  // The board of the current run.
    std::size_t rows_ = 0;
    NodeMask announced_;  // Nodes whose end was announced to the launchers.
    bool are_launched_ = false;
    Tick beat_at_ = 0;
    int signal_ = 0;
};

}  // namespace paxos::cluster
