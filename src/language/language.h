// The language of the summary and of the live log: English, or a translation (pt.po).
//
// 1. A text is an English sentence in the source, and this sentence is the key of its translation,
//    as with gettext. Without a translation the English sentence is used.
// 2. Arguments are numbered, {0} {1:.1f}, so that a translation may reorder them. The compiler
//    checks the English text; msgfmt and a test check that a translation has the same arguments.
// 3. Translations are compiled by msgfmt and embedded in the program, which looks them up itself.
//    libintl is not used: it needs a file at a known path and a generated locale, and it never
//    translates in the locales C and POSIX, which containers usually have.
// 4. Result files are always in English. A text that goes to both a result file and the summary is
//    a Bilingual.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace paxos {

/// A text in English, and in the user's language.
struct Bilingual {
    Bilingual() = default;
    Bilingual(std::string english_text, std::string local_text)
        : english(std::move(english_text)), local(std::move(local_text)) {}
    /// A text that is never translated.
    Bilingual(std::string text) : english(text), local(std::move(text)) {}
    Bilingual(const char* text) : english(text), local(text) {}

    std::string english;  ///< For result files.
    std::string local;    ///< For the summary.
};

class Language {
public:
    /// English.
    constexpr Language() = default;

    /// The language with the name `name`, which is "en" or "pt". None for other names. Without
    /// `utf8`, letters lose their accents.
    [[nodiscard]] static std::optional<Language> find(std::string_view name, bool utf8);

    /// `english` in this language. `arguments` are formatted as by fmt::format.
    template <class... Arguments>
    [[nodiscard]] std::string text(fmt::format_string<Arguments...> english,
                                   Arguments&&... arguments) const {
        return fmt::vformat(translation_of(view(english)), fmt::make_format_args(arguments...));
    }

    /// `one` or `many` in this language, depending on `count`. `count` is argument {0}, and
    /// `arguments` are {1}, {2}, ...
    template <class... Arguments>
    [[nodiscard]] std::string count(std::uint64_t count,
                                    fmt::format_string<std::uint64_t&, Arguments...> one,
                                    fmt::format_string<std::uint64_t&, Arguments...> many,
                                    Arguments&&... arguments) const {
        return fmt::vformat(count_translation_of(view(one), view(many), count),
                            fmt::make_format_args(count, arguments...));
    }

    /// `english` with its arguments, in English and in this language.
    template <class... Arguments>
    [[nodiscard]] Bilingual both(fmt::format_string<Arguments...> english,
                                 Arguments&&... arguments) const {
        return {fmt::vformat(view(english), fmt::make_format_args(arguments...)),
                fmt::vformat(translation_of(view(english)), fmt::make_format_args(arguments...))};
    }

    /// The text of `both` in this language. REQUIRES: this is English, or `both` was made in this
    /// language.
    [[nodiscard]] const std::string& choose(const Bilingual& both) const {
        return is_english() ? both.english : both.local;
    }

    [[nodiscard]] bool is_english() const { return catalogue_.empty(); }

private:
    Language(std::string_view catalogue, bool utf8) : catalogue_(catalogue), utf8_(utf8) {}

    static std::string_view view(fmt::string_view text) { return {text.data(), text.size()}; }
    [[nodiscard]] std::string translation_of(std::string_view english) const;
    [[nodiscard]] std::string count_translation_of(std::string_view one, std::string_view many,
                                                   std::uint64_t count) const;
    [[nodiscard]] std::string shown(std::string_view translation) const;

    std::string_view catalogue_;  // Empty for English.
    bool utf8_ = true;
};

/// The names and values of environment variables.
using EnvironmentVariables = std::vector<std::pair<std::string, std::string>>;

/// The language that `variables` select, as with gettext: the locale is the first of LC_ALL,
/// LC_MESSAGES and LANG that is not empty. LANGUAGE, a list such as "pt_BR:en", overrides it unless
/// the locale is C, POSIX or not set. Returns a name that Language::find() takes; "en" if there is
/// no translation.
[[nodiscard]] std::string_view language_of_environment(const EnvironmentVariables& variables);

}  // namespace paxos
