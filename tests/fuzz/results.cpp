// Fuzz target: reading any text as a result file must give either figures or a one-line error. If
// there are figures, they are compared with themselves, and the comparison is printed in every
// format.
#include <algorithm>
#include <cmath>

#include "compare/outputs.h"
#include "fuzz/fuzz.h"
#include "nlohmann/json.hpp"

namespace paxos::fuzz {
namespace {

/// Fails if `text` has a control character other than a newline.
void check_words(const std::string& text) {
    for (const char letter : text)
        demand(letter == '\n' || (static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f),
               "a control character: " + text);
}

void read(std::string_view text) {
    compare::Side side(1);
    std::string why;
    if (!compare::read_result("x.json", text, true, side.front(), why)) {
        demand(why.starts_with("x.json: ") && why.find('\n') == std::string::npos,
               "an error of more than one line, or without the file name: " + why);
        return check_words(why);
    }
    demand(!side.front().rows.empty(), "a result without figures");
    for (const compare::Row& row : side.front().rows)
        for (const std::optional<double>& figure : row.figures)
            demand(!figure || (std::isfinite(*figure) && *figure > 0), "an invalid figure");

    if (!compare::refuse_pooling(side).empty()) return;
    compare::Comparison comparison;
    if (!compare::compare(side, side, {}, comparison, why)) return check_words(why);
    demand(!comparison.has(compare::Verdict::worse), "a result is worse than itself");
    check_words(compare::table_of(comparison, {.color = false, .all = true}));
    check_words(compare::markdown_of(comparison, true));
    demand(nlohmann::json::accept(compare::json_of(comparison)),
           "the JSON of the comparison is invalid");
}

}  // namespace
}  // namespace paxos::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    paxos::fuzz::read({reinterpret_cast<const char*>(data), size});
    return 0;
}
