// Which language the environment selects, and the look-up, plurals and accents of texts.
#include "language/language.h"

#include <gtest/gtest.h>

#include "language/catalogue.h"

namespace paxos::language_test {
namespace {

std::string_view found(const EnvironmentVariables& variables) {
    return language_of_environment(variables);
}

TEST(LanguageOfEnvironment, is_english_without_a_locale) {
    EXPECT_EQ(found({}), "en");
    EXPECT_EQ(found({{"LANG", ""}}), "en");
    EXPECT_EQ(found({{"LANG", "C"}, {"LANGUAGE", "pt"}}), "en");
    EXPECT_EQ(found({{"LANG", "C.UTF-8"}, {"LANGUAGE", "pt"}}), "en");
    EXPECT_EQ(found({{"LC_ALL", "POSIX"}, {"LANG", "pt_BR.UTF-8"}}), "en");
}

TEST(LanguageOfEnvironment, comes_from_the_first_variable_that_is_set) {
    EXPECT_EQ(found({{"LANG", "pt_BR.UTF-8"}}), "pt");
    EXPECT_EQ(found({{"LANG", "pt"}}), "pt");
    EXPECT_EQ(found({{"LANG", "pt_PT@euro"}}), "pt");
    EXPECT_EQ(found({{"LC_MESSAGES", "pt_BR"}, {"LANG", "en_US.UTF-8"}}), "pt");
    EXPECT_EQ(found({{"LC_ALL", "en_US"}, {"LC_MESSAGES", "pt_BR"}, {"LANG", "pt_BR"}}), "en");
    EXPECT_EQ(found({{"LC_ALL", ""}, {"LANG", "pt_BR"}}), "pt");
    EXPECT_EQ(found({{"LC_CTYPE", "pt_BR.UTF-8"}, {"LANG", "en_US.UTF-8"}}), "en");
}

TEST(LanguageOfEnvironment, is_the_first_known_one_of_the_list) {
    EXPECT_EQ(found({{"LANGUAGE", "de:pt_BR:en"}, {"LANG", "de_DE.UTF-8"}}), "pt");
    EXPECT_EQ(found({{"LANGUAGE", "en:pt"}, {"LANG", "pt_BR.UTF-8"}}), "en");
    EXPECT_EQ(found({{"LANGUAGE", "de::fr"}, {"LANG", "pt_BR.UTF-8"}}), "pt");
}

TEST(LanguageOfEnvironment, is_english_if_there_is_no_translation) {
    EXPECT_EQ(found({{"LANG", "de_DE.UTF-8"}}), "en");
    EXPECT_EQ(found({{"LANG", "ptx"}}), "en");
}

TEST(LanguageTest, finds_its_languages) {
    ASSERT_TRUE(Language::find("en", true));
    EXPECT_TRUE(Language::find("en", true)->is_english());
    ASSERT_TRUE(Language::find("pt", true));
    EXPECT_FALSE(Language::find("pt", true)->is_english());
    EXPECT_FALSE(Language::find("de", true));
}

TEST(LanguageTest, uses_the_english_text_without_a_translation) {
    const Language portuguese = *Language::find("pt", true);
    EXPECT_EQ(portuguese.text("not in the catalogue: {0}", 7), "not in the catalogue: 7");
    EXPECT_EQ(portuguese.count(2, "{0} unknown thing", "{0} unknown things"), "2 unknown things");
}

TEST(LanguageTest, chooses_the_form_by_the_count) {
    const Language english, portuguese = *Language::find("pt", true);
    EXPECT_EQ(english.count(1, "{0} node", "{0} nodes"), "1 node");
    EXPECT_EQ(english.count(0, "{0} node", "{0} nodes"), "0 nodes");
    EXPECT_EQ(portuguese.count(1, "{0} node", "{0} nodes"), "1 n\u00F3");
    EXPECT_EQ(portuguese.count(5, "{0} node", "{0} nodes"), "5 n\u00F3s");
}

TEST(LanguageTest, has_the_rule_of_plurals_that_the_catalogue_states) {
    EXPECT_NE(find_translation(portuguese_catalogue(), "")
                  .find("Plural-Forms: nplurals=2; plural=(n != 1);\n"),
              std::string_view::npos);
}

TEST(LanguageTest, without_utf8_letters_lose_their_accents) {
    const Language portuguese = *Language::find("pt", false);
    EXPECT_EQ(portuguese.text("cores"), "nucleos");
    EXPECT_EQ(portuguese.count(2, "{0} run", "{0} runs"), "2 execucoes");
    EXPECT_EQ(portuguese.text("killed by signal {0}", "\u00E7"), "morto pelo sinal \u00E7");
}

TEST(LanguageTest, both_gives_english_for_files_and_the_local_language_for_people) {
    const Language english, portuguese = *Language::find("pt", true);
    const Bilingual text = portuguese.both("signal {0}", 9);
    EXPECT_EQ(text.english, "signal 9");
    EXPECT_EQ(text.local, "sinal 9");
    EXPECT_EQ(english.choose(text), "signal 9");
    EXPECT_EQ(portuguese.choose(text), "sinal 9");
}

}  // namespace
}  // namespace paxos::language_test
