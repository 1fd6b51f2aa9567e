// The start through --peers and --id. Every process is given the same list of peers, and its own
// position in the list.
#include <algorithm>

#include "control/bootstrap_parts.h"
#include "control/listener.h"
#include "paxos/assert.h"

namespace paxos::control {
namespace {

struct Peer {
    std::string text;  ///< The entry of --peers as given.
    std::vector<Address> addresses;
};

std::string label(const std::string& peer) { return "--peers " + peer + ": "; }

/// The addresses of all entries of --peers. If the result is empty, `error` names the entry without
/// an address.
std::vector<Peer> resolve_all(const std::vector<std::string>& texts, std::string& error) {
    std::vector<Peer> peers;
    for (const std::string& text : texts) {
        const std::optional<HostPort> parsed = HostPort::parse(text);
        PAXOS_ASSERT(parsed);
        std::string why;
        peers.push_back({text, resolve(*parsed, why)});
        if (!peers.back().addresses.empty()) continue;
        error = label(text) + why + "; check the name, and that this host can resolve it";
        return {};
    }
    return peers;
}

/// If two peers are the same, returns true and names them in `error`. Host names are compared by
/// their first address.
bool has_duplicate(const std::vector<Peer>& peers, std::string& error) {
    for (std::size_t i = 0; i < peers.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (peers[i].addresses.front() == peers[j].addresses.front()) {
                error = label(peers[i].text) + "n" + std::to_string(j) + " and n" +
                        std::to_string(i) +
                        " have the same address; nodes on one host need different ports";
                return true;
            }
    return false;
}

bool is_only_loopback(const Peer& peer) {
    return std::ranges::all_of(peer.addresses, &Address::is_loopback);
}

/// Whether n0 has only loopback addresses although another peer has an address that is not
/// loopback. The host of that peer cannot reach n0. This happens, for example, on Debian, which
/// resolves a host's own name to 127.0.1.1.
bool is_out_of_reach(const Peer& n0, const std::vector<Peer>& peers, std::string& error) {
    if (!is_only_loopback(n0) || std::ranges::all_of(peers, is_only_loopback)) return false;
    error = label(n0.text) + "resolves to " + n0.addresses.front().ip() +
            " on this host, which other hosts cannot reach; give an address that they can reach";
    return true;
}

/// The addresses of `peer` in --network, or all its addresses without --network. If there are none,
/// `error` says so.
std::vector<Address> addresses_of(const Peer& peer, const BootstrapOptions& options,
                                  std::string& error) {
    std::vector<Address> addresses = addresses_in(options.network, peer.addresses);
    if (addresses.empty())
        error = label(peer.text) + "has no address in --network " + options.network->text();
    return addresses;
}

}  // namespace

std::optional<Bootstrap> bootstrap_peers(const BootstrapOptions& options, std::string& error) {
    PAXOS_ASSERT(options.id && *options.id < options.peers.size());
    const std::vector<Peer> peers = resolve_all(options.peers, error);
    if (peers.empty() || has_duplicate(peers, error)) return std::nullopt;

    Bootstrap result;
    result.how = StartKind::peers;
    result.rank = *options.id;
    result.size = static_cast<std::uint32_t>(peers.size());
    result.self = addresses_of(peers[result.rank], options, error);
    if (result.self.empty()) return std::nullopt;
    result.secret = secret_of(options.key, Token{});
    result.has_key = options.key.has_value();
    for (const Peer& peer : peers)
        result.peer_list += (result.peer_list.empty() ? "" : ",") + peer.text;
    if (result.rank == 0)
        result.listening = open_listening_socket(result.self.front().port(), error);
    else if (!is_out_of_reach(peers.front(), peers, error))
        result.rank0 = addresses_of(peers.front(), options, error);
    if (!error.empty()) return std::nullopt;
    return result;
}

}  // namespace paxos::control
