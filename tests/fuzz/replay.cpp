// Runs a fuzz target without libFuzzer, on the files given as arguments and on all files of the
// folders given. On the corpus it is a regression test that any compiler can build.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/fuzz.h"

namespace {

bool feed(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad()) {
        std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
        return false;
    }
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);  // If the target aborts the program, the last line names the file.
    // A heap block of exactly the size of the file, so that ASan detects a read past its end.
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    return true;
}

}  // namespace

int main(int argument_count, char** arguments) {
    int fed = 0;
    for (int i = 1; i < argument_count; ++i) {
        if (!std::filesystem::is_directory(arguments[i])) {
            if (!feed(arguments[i])) return 1;
            ++fed;
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
            if (!feed(entry.path())) return 1;
            ++fed;
        }
    }
    if (fed == 0) std::fprintf(stderr, "no input files\n");
    return fed == 0;
}
