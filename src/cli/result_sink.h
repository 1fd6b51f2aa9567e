// Writes a result file atomically. open() checks the path, so that a wrong path is reported before
// the run and not after it.
//
// 1. A regular file is written under a temporary name in the same folder and then renamed. An
//    existing file stays intact until the rename, even if the run is killed.
// 2. Anything else (/dev/null, a pipe) is written directly and never replaced.
#pragma once

#include <string>
#include <string_view>

namespace paxos::cli {

class ResultSink {
public:
    ResultSink() = default;
    ~ResultSink();
    ResultSink(const ResultSink&) = delete;
    ResultSink& operator=(const ResultSink&) = delete;

    /// Checks `path`. If `path` is empty, nothing will be written; "-" is standard output. Call it
    /// once. On failure returns false and sets `why`.
    [[nodiscard]] bool open(const std::string& path, std::string& why);
    /// True if `write` would replace an existing regular file.
    [[nodiscard]] bool would_replace() const { return replaces_; }
    /// Writes the whole result. On failure returns false and sets `why`. REQUIRES: open()
    /// succeeded.
    [[nodiscard]] bool write(std::string_view text, std::string& why);

private:
    [[nodiscard]] bool try_folder(std::string& why);
    [[nodiscard]] bool replace(std::string_view text, std::string& why);

    std::string path_;  ///< Symbolic links are resolved, because rename() would replace a link.
    std::string folder_;
    bool replaces_ = false;
    int direct_fd_ = -1;  ///< Open if the file is written directly (2 above); otherwise -1.
};

/// Whether both paths name the same file, which need not exist. False for standard output and for
/// what is not a regular file, such as /dev/null.
[[nodiscard]] bool is_same_file(const std::string& one, const std::string& other);

/// Writes all of `text` to `fd`. On failure returns false and sets errno.
[[nodiscard]] bool write_all(int fd, std::string_view text);

/// A file that an option names.
struct Output {
    std::string option;
    const std::string& path;  ///< Empty if the option is not given.
    ResultSink sink;

    /// The start of a message about this file.
    [[nodiscard]] std::string label() const { return "--" + option + " " + path + ": "; }
};

}  // namespace paxos::cli
