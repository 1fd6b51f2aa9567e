// Where the result file goes. Tried out before the run, so that a path that cannot be written is
// known at once; written after it, in one step.
//
// 1. Until the text is complete nothing of a file that is there already is touched: it is written
//    beside it under a name of its own and renamed. A run that is killed leaves no trace.
// 2. What is no regular file (/dev/null, a pipe) is written to directly, and never renamed over.
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

    /// Empty: nothing is to be written; "-": standard output. False: `why` says what is wrong with
    /// the path.
    [[nodiscard]] bool open(const std::string& path, std::string& why);
    /// A regular file is there already, and `write` would take its place.
    [[nodiscard]] bool would_replace() const { return replaces_; }
    /// False: `why` says what went wrong.
    [[nodiscard]] bool write(std::string_view text, std::string& why);

private:
    [[nodiscard]] bool try_folder(std::string& why);
    [[nodiscard]] bool replace(std::string_view text, std::string& why);

    std::string path_;  ///< Without links, so that a link stays one.
    std::string folder_;
    bool replaces_ = false;
    int direct_fd_ = -1;  ///< With invariant 2.
};

/// All of `text` to `fd`. False: errno says why.
[[nodiscard]] bool write_all(int fd, std::string_view text);

}  // namespace paxos::cli
