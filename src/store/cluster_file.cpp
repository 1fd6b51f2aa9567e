// See cluster_file.h. A text is valid only if text_of() gives the same text for the values read.
#include "store/cluster_file.h"

#include <xxhash.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace paxos::store {
namespace {

// The file has this key only if the accept quorum is not the smallest majority.
constexpr const char* accept_quorum_key = "accept_quorum ";
constexpr const char* spans_hosts_line = "spans_hosts\n";

}  // namespace

std::string text_of(const ClusterId& id) {
    std::array<char, 33> text{};
    std::snprintf(text.data(), text.size(), "%016" PRIx64 "%016" PRIx64, id.words[0], id.words[1]);
    return text.data();
}

std::string text_of(const Cluster& cluster) {
    std::string text = "paxos_fast cluster " + std::to_string(format_version) + "\nid " +
                       text_of(cluster.id) + "\nnodes " + std::to_string(cluster.nodes) +
                       "\nprotocol " + std::string(name_of(cluster.protocol)) + "\nvalue_size " +
                       std::to_string(cluster.value_size) + "\n" +
                       (cluster.accept_quorum == 0
                            ? ""
                            : accept_quorum_key + std::to_string(cluster.accept_quorum) + "\n") +
                       (cluster.spans_hosts ? spans_hosts_line : "");
    std::array<char, 17> checksum{};
    std::snprintf(checksum.data(), checksum.size(), "%016" PRIx64,
                  std::uint64_t{XXH3_64bits(text.data(), text.size())});
    return text + "checksum " + checksum.data() + "\n";
}

bool read_cluster_text(const std::string& text, Cluster& cluster, std::string& why) {
    unsigned version = 0, nodes = 0, value_size = 0;
    std::array<char, 16> protocol{};
    cluster = Cluster{};
    if (std::sscanf(text.c_str(), "paxos_fast cluster %u", &version) != 1) {
        why = "is not a file of this program";
        return false;
    }
    if (version != format_version) {
        why = "has format version " + std::to_string(version) + "; this program supports version " +
              std::to_string(format_version);
        return false;
    }
    const int fields = std::sscanf(
        text.c_str(),
        "paxos_fast cluster %*u id %16" SCNx64 "%16" SCNx64 " nodes %u protocol %15s value_size %u",
        &cluster.id.words[0], &cluster.id.words[1], &nodes, protocol.data(), &value_size);
    cluster.nodes = nodes;
    cluster.value_size = value_size;
    if (const std::size_t key = text.find(accept_quorum_key); key != std::string::npos) {
        unsigned accept_quorum = 0;
        static_cast<void>(std::sscanf(text.c_str() + key, "accept_quorum %u", &accept_quorum));
        cluster.accept_quorum = accept_quorum;
    }
    cluster.spans_hosts = text.find(spans_hosts_line) != std::string::npos;
    const auto name = std::ranges::find(variant_names, std::string_view(protocol.data()));
    if (name != variant_names.end())
        cluster.protocol = static_cast<Variant>(name - variant_names.begin());
    if (fields == 5 && name != variant_names.end() && nodes >= 1 && nodes <= limits::nodes_max &&
        cluster.accept_quorum <= nodes && text == text_of(cluster))
        return true;
    why = "is damaged";
    return false;
}

}  // namespace paxos::store
