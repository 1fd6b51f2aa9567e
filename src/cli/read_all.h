// Reads a whole file of bounded size.
#pragma once

#include <cstddef>
#include <string>

namespace paxos::cli {

/// Reads `fd` to its end and appends the bytes to `text`. On failure returns false and sets errno.
/// Fails with EFBIG if `text` exceeds `size_max` bytes.
[[nodiscard]] bool read_all(int fd, std::size_t size_max, std::string& text);

/// Replaces `text` by the content of the file `path` ("-": standard input), of at most `size_max`
/// bytes. On failure returns false and sets `why` to a message without the path.
[[nodiscard]] bool read_file(const std::string& path, std::size_t size_max, std::string& text,
                             std::string& why);

}  // namespace paxos::cli
