// Declares the two ways in which a process can learn its rank: --peers and PMIx. Only bootstrap.cpp
// and the sources of these two ways include this file.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "control/bootstrap.h"

namespace paxos::control {

/// A random number that rank 0 draws and PMIx distributes. With --peers it is zero, because nothing
/// distributes it.
using Token = std::array<std::byte, 16>;

/// The cluster's secret. Without a key file, anyone who knows the token can compute the secret.
[[nodiscard]] Secret secret_of(const std::optional<Secret>& key, const Token& token);

[[nodiscard]] std::optional<Bootstrap> bootstrap_peers(const BootstrapOptions& options,
                                                       std::string& error);
[[nodiscard]] std::optional<Bootstrap> bootstrap_pmix(const BootstrapOptions& options,
                                                      std::string& error);

}  // namespace paxos::control
