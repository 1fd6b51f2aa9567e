// The summary in Portuguese: complete texts, and the properties that hold in every language.
#include <sstream>

#include "gtest/gtest.h"
#include "language/language.h"
#include "measure/summary.h"
#include "measure/summary_lines.h"
#include "measure/text.h"
#include "support/made_up_report.h"

namespace paxos::measure::summary_portuguese_test {
namespace {

std::string summary(const Report& report, bool utf8 = true) {
    return summary_of(report, {.utf8 = utf8, .language = *Language::find("pt", utf8)});
}

/// Expects at most 14 lines of at most 80 columns.
void expect_usual_size(const std::string& text) {
    std::istringstream stream(text);
    std::size_t lines = 0;
    for (std::string line; std::getline(stream, line); ++lines)
        EXPECT_LE(width_of(line), 80u) << line;
    EXPECT_LE(lines, 14u) << text;
}

TEST(SummaryInPortuguese, of_ten_runs_without_trouble) {
    Report report = made_up_report();
    report.placement.local = "n0 no 0; n1 n2 n3 n4 dividem o 1 (yield)";
    const std::string text = summary(report);
    expect_usual_size(text);
    EXPECT_EQ(text,
              "SEGURO    5 de 5 nós têm o mesmo log em cada execução: 106544 posições\n"
              "          comparadas, 0% de fora; valores e 3330 quóruns conferem\n"
              "decidido  todas as 101000 rodadas por execução, pelo n0 na primeira proposta\n"
              "\n"
              "carga         exec x rodada    taxa         p50    p99  p99.9    máx vs UDP puro\n"
              "uma por vez       10 x 1000 27.5k/s ±2%  36.1us 61.2us 61.2us  215us   1.03x p50\n"
              "2772 em curso   10 x 100000 5.09M/s ±2%   532us  901us  901us 3.18ms  0.56x taxa\n"
              "\n"
              "UDP puro  nestes núcleos, sem Paxos: 34.9us por rodada, 9.02M rodadas/s\n"
              "mensagens 20.0 por rodada em 0.50 células (2772 em curso); 0 perdas, 0 reenvios\n"
              "paxos_fast 0.1.0 (3f2a91c, g++ 12.2)   classic, 5 nós, io_uring, 10 execuções\n"
              "núcleos   n0 no 0; n1 n2 n3 n4 dividem o 1 (yield)\n"
              "nota      5 nós em 2 núcleos: a latência inclui a espera pelo núcleo\n"
              "a seguir  --json ARQUIVO guarda os números para paxos_fast compare e report\n");
}

TEST(SummaryInPortuguese, of_a_run_with_faults_and_dead_nodes) {
    Report report = made_up_report(3);
    kill_node_3(report, 1);
    report.warmup = 5544;
    report.faults = "loss=1%";
    report.notes.push_back({"to reproduce: --seed 1", "para reproduzir: --seed 1"});
    report.runs[0].counters.injected_lost = 7;
    report.runs[2].exit_code = 130;
    report.runs[0].decided = 100'999;
    report.runs[0].exit_code = 1;
    const std::string text = summary(report);
    for (const char* const line :
         {"DEGRADADO n3 morto pelo sinal 9 perto da rodada 40012 na execução 2; maior\n"
          "          espera entre decisões: 12.1ms; o seu log é um prefixo do log dos\n"
          "          outros\n",
          "parado    por SIGINT na execução 3 de 3; os números cobrem o que foi feito até\n"
          "          ali\n",
          "decidido  100999 de 101000 rodadas na execução 1, o menor número, pelo n0\n",
          "n/d       poucas amostras: p50 requer 20 rodadas, p99 1000, p99.9 10000\n",
          "falhas    loss=1%: 7 perdidos\n",
          "nota      para reproduzir: --seed 1 (mais 1: --json)\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST(SummaryInPortuguese, is_ascii_on_an_ascii_terminal) {
    const std::string text = summary(made_up_report(), false);
    expect_usual_size(text);
    EXPECT_NE(text.find("nota      5 nos em 2 nucleos: a latencia inclui a espera pelo nucleo\n"),
              std::string::npos)
        << text;
    EXPECT_TRUE(std::ranges::all_of(
        text, [](char byte) { return static_cast<unsigned char>(byte) < 128; }));
}

TEST(SummaryInPortuguese, fits_with_rates_and_in_one_line) {
    expect_usual_size(summary(made_up_rates()));
    EXPECT_EQ(summary_line(made_up_rates(), {.language = *Language::find("pt", true)}),
              "SEGURO  classic, 5 nós; a 10.0k/s: 10.0k/s 40.2us; a 2.00M/s: 1.00M/s 10.0ms\n");
}

TEST(SummaryInPortuguese, wraps_on_a_narrow_terminal) {
    const std::string text = summary_of(made_up_report(),
                                        {.columns = 40, .language = *Language::find("pt", true)});
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) EXPECT_LE(width_of(line), 40u) << line;
    EXPECT_NE(text.find("uma por vez: 27.5k/s"), std::string::npos) << text;
}

TEST(SummaryInPortuguese, colours_the_verdict_as_in_english) {
    const std::string text = summary_of(made_up_report(),
                                        {.color = true, .language = *Language::find("pt", true)});
    EXPECT_TRUE(text.starts_with("\x1b[32mSEGURO\x1b[0m    5 de 5")) << text;
}

TEST(SummaryInPortuguese, names_the_load_of_the_machine) {
    Report report = made_up_report();
    report.environment.load = {3.1};
    EXPECT_NE(summary(report).find("nota      carga média 3.1: veja paxos_fast doctor\n"),
              std::string::npos)
        << summary(report);
    const std::vector<std::string> notes = note_texts(report);
    EXPECT_NE(std::ranges::find(notes, "load average 3.1: see paxos_fast doctor"), notes.end());
}

TEST(SummaryInPortuguese, result_files_have_english_notes) {
    Report report = made_up_report();
    report.notes.push_back({"to reproduce: --seed 1", "para reproduzir: --seed 1"});
    const std::vector<std::string> notes = note_texts(report);
    EXPECT_NE(std::ranges::find(notes, "to reproduce: --seed 1"), notes.end());
    EXPECT_NE(summary(report).find("nota      para reproduzir: --seed 1\n"), std::string::npos);
}

TEST(SummaryInPortuguese, labels_are_short_enough) {
    const Language portuguese = *Language::find("pt", true);
    for (const std::string& label :
         {portuguese.text("SAFE"), portuguese.text("UNSAFE"), portuguese.text("UNKNOWN"),
          portuguese.text("DEGRADED"), portuguese.text("stopped"), portuguese.text("failed"),
          portuguese.text("decided"), portuguese.text("continued"), portuguese.text("faults"),
          portuguese.text("cores"), portuguese.text("hosts"), portuguese.text("set"),
          portuguese.text("next"), portuguese.text("note"), portuguese.text("unsteady"),
          portuguese.text("bare UDP"), portuguese.text("messages")})
        EXPECT_LT(width_of(label), 10u) << label;
}

}  // namespace
}  // namespace paxos::measure::summary_portuguese_test
