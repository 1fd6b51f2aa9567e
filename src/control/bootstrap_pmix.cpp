// The start through PMIx (srun --mpi=pmix, mpirun). PMIx gives this process its rank and the number
// of processes, and distributes a card in which rank 0 states where it listens.
//
// 1. A child process calls PMIx, because the calls may hang or crash, and because PMIx's library
//    would leave a thread and descriptors in the launcher. The child is killed after
//    `bootstrap_timeout_ns`.
// 2. PMIx is finalized at once, so that the engine (Slurm or Open MPI) does not react when a node
//    dies later.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ranges>
#include <span>
#include <type_traits>

#include "base/clock.h"
#include "base/text.h"
#include "control/bootstrap_parts.h"
#include "control/handshake.h"
#include "control/listener.h"
#include "control/pmix.h"

namespace paxos::control {
namespace {

/// What rank 0 sends to the other ranks through PMIx.
struct Card {
    std::uint32_t version;        ///< handshake_version
    std::uint32_t address_count;  ///< 0 if rank 0 cannot listen.
    Token token;
    std::array<Address, 8> addresses;
    std::array<char, 512> error;  ///< Why rank 0 cannot listen. Zero-terminated.
};

/// What the child learned from PMIx. The child writes these bytes to a pipe unchanged.
struct Report {
    std::uint32_t rank, size;
    Card card;
    std::array<char, 512> error;  ///< Zero-terminated; empty if there was none.
};
static_assert(std::is_trivially_copyable_v<Report> && sizeof(Report) <= 4096,
              "a pipe takes up to 4096 bytes at once (PIPE_BUF)");

bool fail_by_errno(std::string& error, const char* call) {
    error = std::string(call) + ": " + std::strerror(errno);
    return false;
}

/// Opens the listening socket of rank 0 and fills its card. If false, `error` says why.
bool make_card(const BootstrapOptions& options, Card& card, Fd& listening, std::string& error) {
    listening = open_listening_socket(options.port, error);
    if (!listening.is_open()) return false;
    const std::optional<Address> bound = Address::of_socket(listening.get());
    if (!bound) return fail_by_errno(error, "getsockname");
    std::vector<Address> addresses = addresses_of_host(options.network, bound->port());
    // Without --network, loopback suffices if all processes are on this host.
    if (addresses.empty() && !options.network)
        addresses.push_back(Address::loopback(bound->port()));
    if (addresses.empty()) {
        error = "this host has no address in --network " + options.network->text();
        return false;
    }
    card.version = handshake_version;
    card.address_count = static_cast<std::uint32_t>(
        std::min(addresses.size(), card.addresses.size()));
    std::copy_n(addresses.begin(), card.address_count, card.addresses.begin());
    if (::getrandom(card.token.data(), card.token.size(), 0) !=
        static_cast<ssize_t>(card.token.size()))
        return fail_by_errno(error, "getrandom");
    return true;
}

/// Runs in the child. `mine` is the card of rank 0, or null in another rank.
Report talk_to_pmix(const Card* mine) {
    Report report{};
    std::string error;
    Pmix pmix;
    if (pmix.join(error)) {
        report.rank = pmix.rank();
        report.size = pmix.size();
        if (mine != nullptr) report.card = *mine;
        if (report.size > 1)
            static_cast<void>(
                pmix.share(std::as_writable_bytes(std::span{&report.card, 1}), error));
        pmix.leave();
    }
    error.copy(report.error.data(), report.error.size() - 1);
    return report;
}

/// Reads the child's report. False if the child ended without a report, or after a timeout.
bool read_report(int pipe, Report& report, std::string& error) {
    const Tick give_up_at = monotonic_now() + bootstrap_timeout_ns;
    for (;;) {
        const Tick time = monotonic_now();
        const int left_ms = time >= give_up_at
                                ? 0
                                : static_cast<int>((give_up_at - time) / 1'000'000) + 1;
        pollfd readable{pipe, POLLIN, 0};
        const int ready = ::poll(&readable, 1, left_ms);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) {
            error = "PMIx did not finish within " + seconds_text(bootstrap_timeout_ns) +
                    "; check that all hosts reach each other, and that no process was started with "
                    "--peers";
            return false;
        }
        // The child writes the report with one write of at most PIPE_BUF bytes, so one read returns
        // all of it.
        if (::read(pipe, &report, sizeof report) == sizeof report) return true;
        if (errno == EINTR) continue;
        error = "the child process that calls PMIx ended without a result";
        return false;
    }
}

[[noreturn]] void run_child(int pipe, pid_t parent, const Card* mine) {
    // If the launcher is killed, this process must end too, so that the engine does not wait for
    // it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    const Report report = talk_to_pmix(mine);
    ::_exit(::write(pipe, &report, sizeof report) == sizeof report ? 0 : 1);
}

/// Runs the child. If false, `error` says why there is no report.
bool ask_pmix(const Card* mine, Report& report, std::string& error) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_by_errno(error, "pipe");
    const Fd reading{ends[0]};
    Fd writing{ends[1]};
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return fail_by_errno(error, "fork");
    if (child == 0) run_child(writing.get(), parent, mine);
    writing.reset();  // Otherwise read() would not see the end of the pipe when the child ends.
    const bool has_report = read_report(reading.get(), report, error);
    // The child is not needed any more, because it has written its report, has ended, or hangs.
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {}
    if (has_report && report.error.front() != 0) error = report.error.data();
    return error.empty();
}

bool is_valid(const Card& card) {
    if (card.version != handshake_version || card.address_count > card.addresses.size() ||
        card.error.back() != 0)
        return false;
    return std::ranges::all_of(
        card.addresses | std::views::take(card.address_count), [](const Address& address) {
            return address.family() == AF_INET || address.family() == AF_INET6;
        });
}

}  // namespace

std::optional<Bootstrap> bootstrap_pmix(const BootstrapOptions& options, std::string& error) {
    const char* const rank = std::getenv("PMIX_RANK");
    const bool is_first = rank != nullptr && std::strcmp(rank, "0") == 0;
    Bootstrap result;
    Card card{};
    Report report{};
    std::string card_error;
    if (is_first && !make_card(options, card, result.listening, card_error)) {
        // Rank 0 still sends a card, because the other ranks wait for it.
        card.version = handshake_version;
        card.address_count = 0;
        card_error.copy(card.error.data(), card.error.size() - 1);
    }
    if (!ask_pmix(is_first ? &card : nullptr, report, error)) {
        error += "; to run all nodes on this host, unset PMIX_NAMESPACE";
        return std::nullopt;
    }
    if (report.size <= 1) return Bootstrap{};
    if (report.size > options.size_max) {
        error = "PMIx started " + std::to_string(report.size) + " processes; at most " +
                std::to_string(options.size_max) + " are possible";
        return std::nullopt;
    }
    if (!is_valid(report.card) || report.rank >= report.size || (report.rank == 0) != is_first) {
        error = "another version of paxos_fast runs as n0; install the same version on every host";
        return std::nullopt;
    }
    if (report.card.address_count == 0) {
        // All processes read this card and exit. As soon as one has exited, the engine may kill the
        // others, n0 included, before they print anything. So each process reports the cause.
        error = is_first ? card_error
                         : std::string("n0 cannot listen: ") + report.card.error.data();
        return std::nullopt;
    }
    result.how = StartKind::pmix;
    result.rank = report.rank;
    result.size = report.size;
    result.secret = secret_of(options.key, report.card.token);
    result.has_key = options.key.has_value();
    if (is_first) return result;
    const Address* const addresses = report.card.addresses.data();
    result.rank0 = addresses_in(options.network,
                                {addresses, addresses + report.card.address_count});
    if (result.rank0.empty()) {
        error = "n0 has no address in --network " + options.network->text();
        return std::nullopt;
    }
    return result;
}

}  // namespace paxos::control
