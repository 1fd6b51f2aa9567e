// A catalogue of translations as msgfmt writes it (a .mo file), in memory.
//
// The GNU gettext manual describes it in "The Format of GNU MO Files": a header of seven
// 32-bit words, then a table of the English texts in ascending order and one of the translations.
// Each entry of a table is a length and an offset; texts end in a NUL that the length leaves out.
// A text with a plural is two texts with a NUL between them.
#pragma once

#include <string_view>

namespace paxos {

/// The file of the Portuguese catalogue. Generated at build time from pt.po.
[[nodiscard]] std::string_view portuguese_catalogue();

/// The translation of `english` in `file`; empty if there is none. For a text with a plural,
/// `english` is the singular, and the result is both forms with a NUL between them. REQUIRES:
/// msgfmt wrote `file`.
[[nodiscard]] std::string_view find_translation(std::string_view file, std::string_view english);

}  // namespace paxos
