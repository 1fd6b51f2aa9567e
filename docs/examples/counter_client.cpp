// The client of the replicated counter. Adds AMOUNT to the counter and prints the new total.
//
//   counter_client PORT,PORT,PORT AMOUNT        the ports that counter_nodes prints
//
// It sends the command to all nodes, because only the leader proposes it and the client does not
// know which node leads. It resends the command until a node answers. After ten seconds without an
// answer it ends with exit code 1.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "counter.h"

namespace {

constexpr int attempts = 100;  // How many times the command is sent.
constexpr int wait_ms = 100;   // How long each attempt waits for a reply.

/// Reads replies until the reply to `command` is found, and stores that one in `reply`. Returns
/// false if it has not arrived.
bool receive(int fd, const counter::Command& command, counter::Reply& reply) {
    while (recv(fd, &reply, sizeof reply, MSG_DONTWAIT) == sizeof reply)
        if (reply.client == command.client && reply.number == command.number) return true;
    return false;
}

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count != 3) {
        std::fprintf(stderr, "usage: counter_client PORT,PORT,PORT AMOUNT\n");
        return 2;
    }
    counter::Command command{.client = 0, .number = 1, .amount = std::atoll(arguments[2])};
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || getrandom(&command.client, sizeof command.client, 0) < 0) {
        std::perror("counter_client");
        return 1;
    }
    command.client |= 1;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        for (char* port = arguments[1]; *port != 0; port += *port == ',') {
            sockaddr_in node{};
            node.sin_family = AF_INET;
            node.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(port, &port, 10)));
            node.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            // Ignores errors, because the next attempt resends the command.
            sendto(fd, &command, sizeof command, 0, reinterpret_cast<sockaddr*>(&node),
                   sizeof node);
            if (*port != 0 && *port != ',') {
                std::fprintf(stderr, "counter_client: not a list of ports: %s\n", port);
                return 2;
            }
        }
        pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
        poll(&readable, 1, wait_ms);
        counter::Reply reply{};
        if (!receive(fd, command, reply)) continue;
        std::printf("total %lld, from node %llu\n", static_cast<long long>(reply.total),
                    static_cast<unsigned long long>(reply.node));
        close(fd);
        return 0;
    }
    std::fprintf(stderr, "counter_client: no answer; is a majority of the nodes alive?\n");
    return 1;
}
