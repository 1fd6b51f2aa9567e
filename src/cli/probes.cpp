// See probes.h.
#include "cli/probes.h"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "io/communicator.h"
#include "io/sockets.h"
#include "store/file.h"

namespace paxos::cli {

void probe_sockets(measure::Environment& environment) {
    // If the socket cannot be opened, `environment` gets neither the buffer size nor the I/O
    // implementation. The reason is ignored here, because a run reports it when it opens its
    // sockets.
    std::string ignored;
    io::Socket socket = io::open_udp_socket(io::Address::loopback(0), ignored);
    if (!socket.is_open()) return;
    if (socket.receive_buffer_size > 0)
        environment.receive_buffer_size = socket.receive_buffer_size;
    const io::PeerTable no_peers;
    const io::Options least{
        .socket = socket.fd, .peers = &no_peers, .sends_max = 1, .receives_max = 1};
    if (const auto communicator = io::Communicator::open(least, ignored))
        environment.io = communicator->description();
    io::close(socket);
}

void probe_disk(const std::string& directory, measure::Environment& environment) {
    struct stat status{};
    std::string path = directory;
    if (::stat(path.c_str(), &status) != 0) {
        path = std::filesystem::absolute(directory + "/").parent_path().parent_path();
        if (::stat(path.c_str(), &status) != 0) return;
    }
    environment.file_system = store::file_system_of(path);
    const std::string device = "/sys/dev/block/" + std::to_string(major(status.st_dev)) + ":" +
                               std::to_string(minor(status.st_dev));
    // A partition has no folder `queue`, but its parent folder is the folder of its disk.
    for (const char* queue : {"/queue", "/../queue"}) {
        std::ifstream file(device + queue + "/write_cache");
        if (std::getline(file, environment.write_cache)) return;
    }
}

}  // namespace paxos::cli
