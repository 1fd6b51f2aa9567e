// Networks, host names, and the addresses of this host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace paxos::control {

/// Parses a number that is written in decimal digits only and is at most `max`.
[[nodiscard]] std::optional<std::uint32_t> parse_number(std::string_view text,
                                                        std::uint32_t max = ~std::uint32_t{0});

/// A network in CIDR notation, "10.77.0.0/24" or "fd00::/8".
class Network {
public:
    [[nodiscard]] static std::optional<Network> parse(const std::string& text);
    [[nodiscard]] bool has(const Address& address) const;
    [[nodiscard]] std::string text() const;

private:
    Address base_;
    unsigned bits_ = 0;
};

/// The addresses that are in `network`. If `network` is not set, all addresses.
[[nodiscard]] std::vector<Address> addresses_in(const std::optional<Network>& network,
                                                std::vector<Address> addresses);

/// The addresses, with `port`, at which other hosts may reach this host: those of interfaces that
/// are up, without loopback and link-local addresses. If `network` is set, only addresses in it are
/// returned.
[[nodiscard]] std::vector<Address> addresses_of_host(const std::optional<Network>& network,
                                                     std::uint16_t port);

/// A host and its port, as in "h1:7000", "10.0.0.1:7000" or "[fd00::1]:7000".
struct HostPort {
    std::string host;
    std::uint16_t port = 0;

    [[nodiscard]] static std::optional<HostPort> parse(const std::string& text);
};

/// The addresses of a host, by the system's resolver. If there are none, `error` says why.
[[nodiscard]] std::vector<Address> resolve(const HostPort& name, std::string& error);

}  // namespace paxos::control
