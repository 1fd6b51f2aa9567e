// Reads a whole file of bounded size.
#pragma once

#include <cstddef>
#include <string>

namespace paxos::cli {

/// Reads `fd` to its end into `text`. On failure returns false and sets errno; EFBIG: more than
/// `size_max` bytes.
[[nodiscard]] bool read_all(int fd, std::size_t size_max, std::string& text);

/// The same for the file `path`. On failure returns false and sets `why`, without the path.
[[nodiscard]] bool read_file(const std::string& path, std::size_t size_max, std::string& text,
                             std::string& why);

}  // namespace paxos::cli
