// What remains on the screen of a narrow terminal after lines of progress.
#include <pty.h>

#include <csignal>

#include "support/program.h"

namespace paxos::terminal_test {
namespace {

/// The lines that a terminal shows. Supports only carriage return, line feed and "erase to the end
/// of the line".
class Screen {
public:
    explicit Screen(std::size_t columns) : columns_(columns) {}

    void write(std::string_view bytes) {
        for (const char byte : bytes) write(byte);
    }
    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

private:
    static constexpr std::string_view erase_to_end = "\x1b[K";

    void write(char byte) {
        if (byte == erase_to_end[escape_size_]) {
            if (++escape_size_ < erase_to_end.size()) return;
            lines_[row_].resize(std::min(lines_[row_].size(), column_));
        } else if (byte == '\r') {
            column_ = 0;
        } else if (byte == '\n') {
            move_down();
        } else {
            put(byte);
        }
        escape_size_ = 0;
    }
    /// Writes a character at the cursor. As on a VT100, a character in the last column does not yet
    /// move the cursor to the next line; the character after it does.
    void put(char byte) {
        if (column_ == columns_) {
            move_down();
            column_ = 0;
        }
        std::string& line = lines_[row_];
        line.resize(std::max(line.size(), column_ + 1), ' ');
        line[column_++] = byte;
    }
    void move_down() {
        if (++row_ == lines_.size()) lines_.emplace_back();
    }

    std::size_t columns_, row_ = 0, column_ = 0, escape_size_ = 0;
    std::vector<std::string> lines_ = std::vector<std::string>(1);
};

class TerminalCase : public Cli {
protected:
    static constexpr unsigned short columns = 40;

    /// Runs the program on a terminal of `columns` columns. Sends SIGINT to the program once it has
    /// written `text`. Returns everything that the program wrote.
    std::string run_until(const std::string& text, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "paxos_fast");
        std::vector<char*> argv;
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        winsize size{};
        size.ws_row = 24;
        size.ws_col = columns;
        int terminal = -1;
        const pid_t process = forkpty(&terminal, nullptr, nullptr, &size);
        if (process == 0) {
            char* const environment[] = {nullptr};
            if (chdir((folder_ / "work").c_str()) == 0)
                execve(program_.c_str(), argv.data(), environment);
            _exit(98);
        }
        EXPECT_GT(process, 0);
        std::string written;
        bool is_stopped = false;
        char bytes[4096];
        // read() fails with EIO when the program has ended.
        for (ssize_t count; (count = read(terminal, bytes, sizeof bytes)) > 0;) {
            written.append(bytes, static_cast<std::size_t>(count));
            if (is_stopped || written.find(text) == std::string::npos) continue;
            EXPECT_EQ(kill(process, SIGINT), 0);
            is_stopped = true;
        }
        int status = 0;
        EXPECT_EQ(waitpid(process, &status, 0), process);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGINT) << written;
        close(terminal);
        return written;
    }
};

TEST_F(TerminalCase, of_40_columns_shows_no_remains_of_progress) {
    // A line of progress is longer than 40 columns: "run 1 of 10  176 of 1000000002 slots  0.1s".
    const std::string written = run_until(
        " slots", {"--nodes", "3", "--rounds", "1000000000", "--window", "1", "--color", "never"});
    Screen screen(columns);
    screen.write(written);
    bool has_summary = false;
    for (const std::string& line : screen.lines()) {
        EXPECT_EQ(line.find("run 1 of 10  "), std::string::npos) << line;
        EXPECT_EQ(line.find("measuring"), std::string::npos) << line;
        EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
        has_summary = has_summary || line.starts_with("stopped ");
    }
    EXPECT_TRUE(has_summary) << written;
    EXPECT_NE(written.find("measuring the floor"), std::string::npos) << written;
}

}  // namespace
}  // namespace paxos::terminal_test
