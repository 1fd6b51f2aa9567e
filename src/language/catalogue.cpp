// See catalogue.h.
#include "language/catalogue.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace paxos {
namespace {

// msgfmt writes little-endian files by default.
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t word_size = 4, entry_size = 2 * word_size;
// Positions of words in the header.
constexpr std::size_t count_word = 2, english_word = 3, translations_word = 4;

std::uint32_t word_at(std::string_view file, std::size_t offset) {
    std::uint32_t word = 0;
    std::memcpy(&word, file.substr(offset, word_size).data(), word_size);
    return word;
}

std::string_view text_at(std::string_view file, std::size_t table_word, std::size_t index) {
    const std::size_t entry = word_at(file, table_word * word_size) + index * entry_size;
    return file.substr(word_at(file, entry + word_size), word_at(file, entry));
}

}  // namespace

std::string_view find_translation(std::string_view file, std::string_view english) {
    std::size_t begin = 0, end = word_at(file, count_word * word_size);
    while (begin < end) {
        const std::size_t middle = begin + (end - begin) / 2;
        std::string_view key = text_at(file, english_word, middle);
        key = key.substr(0, key.find('\0'));  // The singular.
        if (key == english) return text_at(file, translations_word, middle);
        if (key < english)
            begin = middle + 1;
        else
            end = middle;
    }
    return {};
}

}  // namespace paxos
