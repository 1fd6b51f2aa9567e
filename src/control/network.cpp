#include "control/network.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace paxos::control {
namespace {

/// The address in network order: 4 or 16 bytes.
struct Raw {
    std::array<std::uint8_t, 16> bytes{};
    unsigned bits = 0;
};
Raw raw_of(const Address& address) {
    Raw raw;
    if (address.family() == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address.get());
        std::memcpy(raw.bytes.data(), &v6->sin6_addr, sizeof v6->sin6_addr);
        raw.bits = 128;
    } else {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address.get());
        std::memcpy(raw.bytes.data(), &v4->sin_addr, sizeof v4->sin_addr);
        raw.bits = 32;
    }
    return raw;
}

/// Whether `address` is in fe80::/10 or 169.254.0.0/16, and so is valid on one link only.
bool is_link_local(const Address& address) {
    const Raw raw = raw_of(address);
    if (address.family() == AF_INET6) return raw.bytes[0] == 0xfe && (raw.bytes[1] & 0xc0) == 0x80;
    return raw.bytes[0] == 169 && raw.bytes[1] == 254;
}

}  // namespace

std::optional<Network> Network::parse(const std::string& text) {
    const std::size_t slash = text.find('/');
    const std::optional<Address> base = Address::parse(text.substr(0, slash), 0);
    if (!base) return std::nullopt;
    Network network;
    network.base_ = *base;
    network.bits_ = raw_of(*base).bits;
    if (slash == std::string::npos) return network;
    const std::optional<unsigned> bits = parse_number(text.substr(slash + 1), network.bits_);
    if (!bits) return std::nullopt;
    network.bits_ = *bits;
    return network;
}

bool Network::has(const Address& address) const {
    if (address.family() != base_.family()) return false;
    const Raw ours = raw_of(base_), theirs = raw_of(address);
    for (unsigned bit = 0; bit < bits_; ++bit)
        if (((ours.bytes[bit / 8] ^ theirs.bytes[bit / 8]) & (0x80U >> bit % 8)) != 0) return false;
    return true;
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
    std::uint32_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size() || value > max)
        return std::nullopt;
    return value;
}

std::string Network::text() const { return base_.ip() + "/" + std::to_string(bits_); }

std::vector<Address> addresses_in(const std::optional<Network>& network,
                                  std::vector<Address> addresses) {
    if (network)
        std::erase_if(addresses, [&](const Address& address) { return !network->has(address); });
    return addresses;
}

std::vector<Address> addresses_of_host(const std::optional<Network>& network, std::uint16_t port) {
    std::vector<Address> found;
    ifaddrs* list = nullptr;
    // If getifaddrs fails for lack of memory or netlink, this host counts as one without addresses.
    if (::getifaddrs(&list) != 0) return found;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_UP) == 0) continue;
        const std::optional<Address> address = Address::of(one->ifa_addr);
        if (address && !address->is_loopback() && !is_link_local(*address))
            found.push_back(address->at(port));
    }
    return addresses_in(network, std::move(found));
}

std::optional<HostPort> HostPort::parse(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return std::nullopt;
    HostPort parsed;
    parsed.host = text.substr(0, colon);
    const std::optional<unsigned> port = parse_number(text.substr(colon + 1), 65535);
    if (!port || *port == 0) return std::nullopt;
    parsed.port = static_cast<std::uint16_t>(*port);
    const bool is_bracketed = parsed.host.front() == '[' && parsed.host.back() == ']';
    if (is_bracketed) parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
    // Brackets are required for IPv6, because "fd00::1:7000" could be a host without a port.
    if (parsed.host.empty() || (!is_bracketed && parsed.host.find(':') != std::string::npos))
        return std::nullopt;
    return parsed;
}

std::vector<Address> resolve(const HostPort& name, std::string& error) {
    addrinfo wanted{};
    // Without this, each address would be listed once for each socket type.
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int failure = ::getaddrinfo(name.host.c_str(), nullptr, &wanted, &list);
    if (failure != 0) {
        error = failure == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(failure);
        return {};
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);
    std::vector<Address> found;
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next)
        if (const std::optional<Address> address = Address::of(one->ai_addr))
            if (std::ranges::find(found, address->at(name.port)) == found.end())
                found.push_back(address->at(name.port));
    if (found.empty()) error = "has no address";
    return found;
}

}  // namespace paxos::control
