// See readers.h.
#include "cli/readers.h"

#include <algorithm>
#include <cstddef>

#include "cli/faults.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

std::string bounds(std::uint64_t least, std::uint64_t most) {
    return "must be " + std::to_string(least) + " to " + std::to_string(most);
}

/// Reads a count of `least` to `most` into `number`.
template <class Number>
std::string read_number(std::string_view text, std::uint64_t least, std::uint64_t most,
                        Number& number) {
    const std::optional<std::uint64_t> value = read_count(text, most);
    if (!value || *value < least) return bounds(least, most);
    number = static_cast<Number>(*value);
    return {};
}

std::string read_time(std::string_view text, std::uint64_t& time_ns) {
    const std::optional<std::uint64_t> value = read_duration(text, time_ns_max);
    if (!value || *value < 1'000'000) return "must be a time of 1ms to 24h, such as 10s or 500ms";
    time_ns = *value;
    return {};
}

template <class Choice>
struct Named {
    std::string_view name;
    Choice choice;
};

template <class Choice, std::size_t count>
std::string read_choice(std::string_view text, const Named<Choice> (&choices)[count],
                        Choice& chosen) {
    std::string names;
    std::vector<std::string_view> known;
    for (const Named<Choice>& named : choices) {
        if (text == named.name) {
            chosen = named.choice;
            return {};
        }
        if (!names.empty()) names += &named == &choices[count - 1] ? " or " : ", ";
        names += named.name;
        known.push_back(named.name);
    }
    const std::string_view meant = did_you_mean(text, known);
    return "must be " + names + (meant.empty() ? "" : "; did you mean " + std::string(meant) + "?");
}

std::string read_flag(std::string_view text, bool& flag) {
    static constexpr Named<bool> words[] = {{"true", true}, {"false", false}, {"1", true},
                                            {"0", false},   {"yes", true},    {"no", false},
                                            {"on", true},   {"off", false}};
    for (const Named<bool>& word : words) {
        if (text != word.name) continue;
        flag = word.choice;
        return {};
    }
    return "must be 1 or 0 (or true, false, yes, no, on, off)";
}

std::string read_when(std::string_view text, When& when) {
    static constexpr Named<When> words[] = {
        {"auto", When::automatic}, {"always", When::always}, {"never", When::never}};
    return read_choice(text, words, when);
}

}  // namespace

std::string read_nodes(std::string_view text, Given& given) {
    const std::string wrong = read_number(text, 1, limits::nodes_max, given.nodes);
    return wrong.empty() ? wrong : wrong + " (a quorum is one 64-bit mask)";
}

std::string read_rounds(std::string_view text, Given& given) {
    return read_number(text, 1, rounds_max, given.rounds);
}

std::string read_duration(std::string_view text, Given& given) {
    return read_time(text, given.duration_ns);
}

std::string read_timeout(std::string_view text, Given& given) {
    return read_time(text, given.timeout_ns);
}

std::string read_protocol(std::string_view text, Given& given) {
    Named<Variant> variants[variant_names.size()];
    for (std::size_t i = 0; i < variant_names.size(); ++i)
        variants[i] = {variant_names[i], static_cast<Variant>(i)};
    return read_choice(text, variants, given.protocol);
}

std::string read_proposers(std::string_view text, Given& given) {
    return read_number(text, 1, limits::nodes_max, given.proposers);
}

std::string read_thrifty(std::string_view text, Given& given) {
    return read_flag(text, given.thrifty);
}

std::string read_values(std::string_view text, Given& given) {
    given.values.clear();
    for (const std::string_view value : split(text, ',')) {
        if (value.empty()) return "has an empty value";
        if (value.size() > limits::value_size)
            return "\"" + shown(value) + "\" has " + std::to_string(value.size()) +
                   " bytes; a value has at most " + std::to_string(limits::value_size);
        for (const char letter : value)
            if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f)
                return "has a control character in it";
        given.values.emplace_back(value);
    }
    if (given.values.size() > node::text_values_max)
        return "has " + std::to_string(given.values.size()) + " values; there can be " +
               std::to_string(node::text_values_max);
    return {};
}

namespace {

/// A list that makes a row of each entry; `read` reads one, and says what is wrong with it.
template <class Number, class Read>
std::string read_rows(std::string_view text, std::string_view what, Read read,
                      std::vector<Number>& rows) {
    rows.clear();
    for (const std::string_view part : split(text, ',')) {
        if (part.empty()) return "has an empty entry";
        Number number = 0;
        if (std::string wrong = read(part, number); !wrong.empty()) return wrong;
        if (std::find(rows.begin(), rows.end(), number) != rows.end())
            return "has " + std::to_string(number) + " twice";
        rows.push_back(number);
    }
    if (rows.size() > node::rows_max)
        return "has " + std::to_string(rows.size()) + " " + std::string(what) + "; there can be " +
               std::to_string(node::rows_max);
    return {};
}

}  // namespace

std::string read_windows(std::string_view text, Given& given) {
    const auto read = [](std::string_view part, std::uint32_t& window) {
        const std::string wrong = read_number(part, 1, limits::Standard::window_max, window);
        return wrong.empty() ? wrong
                             : wrong + " (half of the log's ring of " +
                                   std::to_string(limits::Standard::ring_slots) + " rounds)";
    };
    return read_rows(text, "windows", read, given.windows);
}

std::string read_rates(std::string_view text, Given& given) {
    const auto read = [](std::string_view part, std::uint64_t& rate) {
        return read_number(part, 1, node::rate_max, rate);
    };
    return read_rows(text, "rates", read, given.rates);
}

std::string read_warmup(std::string_view text, Given& given) {
    return read_number(text, 0, rounds_max, given.warmup);
}

std::string read_repetitions(std::string_view text, Given& given) {
    return read_number(text, 1, repetitions_max, given.repetitions);
}

std::string read_no_floor(std::string_view text, Given& given) {
    return read_flag(text, given.no_floor);
}

std::string read_io(std::string_view text, Given& given) {
    static constexpr Named<node::IoKind> kinds[] = {{"auto", node::IoKind::automatic},
                                                    {"uring", node::IoKind::uring},
                                                    {"mmsg", node::IoKind::mmsg}};
    return read_choice(text, kinds, given.io);
}

std::string read_idle(std::string_view text, Given& given) {
    static constexpr Named<node::IdleKind> kinds[] = {{"auto", node::IdleKind::automatic},
                                                      {"spin", node::IdleKind::spin},
                                                      {"yield", node::IdleKind::yield},
                                                      {"block", node::IdleKind::block}};
    return read_choice(text, kinds, given.idle);
}

std::string read_cores(std::string_view text, Given& given) {
    static constexpr int core_max = 65535;
    std::string why;
    given.cores = read_number_list(text, core_max, why);
    return why.empty() ? why : why + "; must be cores such as 0,2-5";
}

std::string read_port(std::string_view text, Given& given) {
    return read_number(text, 0, 65535, given.port);
}

std::string read_seed(std::string_view text, Given& given) {
    const std::optional<std::uint64_t> seed = read_whole(text, ~std::uint64_t{0});
    if (!seed) return "must be a whole number of at most 64 bits";
    given.seed = *seed;
    return {};
}

std::string read_fault_list(std::string_view text, Given& given) {
    given.faults_text = text;
    return read_faults(text, given.faults);
}

std::string read_json(std::string_view text, Given& given) {
    given.json = text;
    return {};
}

std::string read_log(std::string_view text, Given& given) { return read_flag(text, given.log); }

std::string read_log_rounds(std::string_view text, Given& given) {
    const std::size_t dots = text.find("..");
    const std::optional<std::uint64_t> first = read_count(text.substr(0, dots), rounds_max - 1);
    const std::optional<std::uint64_t> last = dots == std::string_view::npos
                                                  ? std::nullopt
                                                  : read_count(text.substr(dots + 2),
                                                               rounds_max - 1);
    if (!first || !last || *first > *last)
        return "must be the first and the last round to show, as 100..119";
    if (*last - *first >= log_rounds_max)
        return "are " + std::to_string(*last - *first + 1) + " rounds; at most " +
               std::to_string(log_rounds_max) + " are shown";
    given.log_first = *first;
    given.log_last = *last;
    return {};
}

std::string read_quiet(std::string_view text, Given& given) { return read_flag(text, given.quiet); }

std::string read_color(std::string_view text, Given& given) { return read_when(text, given.color); }

std::string read_progress(std::string_view text, Given& given) {
    return read_when(text, given.progress);
}

}  // namespace paxos::cli
