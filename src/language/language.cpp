// See language.h.
#include "language/language.h"

#include <algorithm>
#include <array>

#include "language/catalogue.h"

namespace paxos {
namespace {

constexpr std::array<std::string_view, 2> all_names{"en", "pt"};

/// The name of the language of a locale such as "pt_BR.UTF-8"; empty if there is no translation.
std::string_view language_of_locale(std::string_view locale) {
    const std::string_view language = locale.substr(0, locale.find_first_of("_.@"));
    const auto found = std::ranges::find(all_names, language);
    return found == all_names.end() ? std::string_view() : *found;
}

/// One character for each of the characters U+00C0 to U+00FF: the letter without its accent, or a
/// similar ASCII character.
constexpr std::string_view plain_letters =
    "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
static_assert(plain_letters.size() == 64);

/// `text` in ASCII: letters lose their accents, other characters become '?'.
std::string without_accents(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80)
            result += text[i];
        else if (byte == 0xC3 && i + 1 < text.size())  // The lead byte of U+00C0 to U+00FF.
            result += plain_letters[static_cast<unsigned char>(text[++i]) & 0x3F];
        else if ((byte & 0xC0) == 0xC0)  // The lead byte of another character.
            result += '?';
    }
    return result;
}

}  // namespace

std::optional<Language> Language::find(std::string_view name, bool utf8) {
    if (name == "en") return Language();
    if (name == "pt") return Language(portuguese_catalogue(), utf8);
    return std::nullopt;
}

std::string Language::shown(std::string_view translation) const {
    return utf8_ ? std::string(translation) : without_accents(translation);
}

std::string Language::translation_of(std::string_view english) const {
    if (is_english()) return std::string(english);
    const std::string_view translation = find_translation(catalogue_, english);
    return translation.empty() ? std::string(english) : shown(translation);
}

std::string Language::count_translation_of(std::string_view one, std::string_view many,
                                           std::uint64_t count) const {
    // Portuguese has the same plural rule as English. A test checks that the catalogue states this
    // rule.
    const bool is_one = count == 1;
    const std::string_view forms = is_english() ? std::string_view()
                                                : find_translation(catalogue_, one);
    if (forms.empty()) return std::string(is_one ? one : many);
    const std::size_t separator = std::min(forms.find('\0'), forms.size() - 1);
    return shown(is_one ? forms.substr(0, separator) : forms.substr(separator + 1));
}

std::string_view language_of_environment(const EnvironmentVariables& variables) {
    const auto value_of = [&](std::string_view name) -> std::string_view {
        const auto found = std::ranges::find(variables, name,
                                             &EnvironmentVariables::value_type::first);
        return found == variables.end() ? std::string_view() : found->second;
    };
    std::string_view locale;
    for (const std::string_view name : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (locale.empty()) locale = value_of(name);
    // For example "C" if the locale is "C.UTF-8".
    const std::string_view base = locale.substr(0, locale.find('.'));
    if (base.empty() || base == "C" || base == "POSIX") return "en";
    std::string_view list = value_of("LANGUAGE");
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(':'), list.size());
        if (const std::string_view found = language_of_locale(list.substr(0, end)); !found.empty())
            return found;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    const std::string_view found = language_of_locale(locale);
    return found.empty() ? "en" : found;
}

}  // namespace paxos
