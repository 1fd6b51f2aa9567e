// A file's whole text, with a bound.
#pragma once

#include <cstddef>
#include <string>

namespace paxos::cli {

/// Reads `fd` to its end into `text`. False: errno says why; EFBIG: there is more than `size_max`.
[[nodiscard]] bool read_all(int fd, std::size_t size_max, std::string& text);

/// The same of the file `path`. False: `why` says what is wrong, without the path.
[[nodiscard]] bool read_file(const std::string& path, std::size_t size_max, std::string& text,
                             std::string& why);

}  // namespace paxos::cli
