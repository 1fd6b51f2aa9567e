// A catalogue of translations as msgfmt writes it (a .mo file), in memory.
//
// The GNU gettext manual describes this format in "The Format of GNU MO Files": a header of seven
// 32-bit words, then a table of the English texts in ascending order, then a table of the
// translations. Each entry of a table is a length and an offset. Each text ends in a NUL that the
// length does not count. A text with a plural consists of two texts with a NUL between them.
#pragma once

#include <string_view>

namespace paxos {

/// The content of the Portuguese catalogue file, which is generated from pt.po at build time.
[[nodiscard]] std::string_view portuguese_catalogue();

/// The translation of `english` in `file`; empty if there is none. For a text with a plural,
/// `english` is the singular, and the result is both forms with a NUL between them. REQUIRES:
/// msgfmt wrote `file`.
[[nodiscard]] std::string_view find_translation(std::string_view file, std::string_view english);

}  // namespace paxos
