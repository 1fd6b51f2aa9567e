// The output of --log in Portuguese. Result files keep the English sentences.
#include "trace/narrator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "language/language.h"
#include "support/narrated_scenario.h"

namespace paxos::trace::narrator_portuguese_test {
namespace {

using testing::ElementsAre;

class ScenarioInPortuguese : public NarratedScenario {};

TEST_F(ScenarioInPortuguese, three_rounds_in_portuguese) {
    setting_.language = *Language::find("pt", true);
    begin(3);
    const Ballot second{2, 1};
    // Round 0 is decided without a retransmission. Round 1 has a retransmission and a preemption.
    // In round 2 an earlier value must be proposed again.
    send(0, 0, MessageKind::prepare, n12, first_, 0);
    send(1, 9, MessageKind::promise, n0, first_, 0);
    add(0, 16, EventKind::quorum_promised, message(MessageKind::accept, 0, first_, 0, 5), n01);
    send(0, 16, MessageKind::accept, n12, first_, 0, 5);
    send(1, 24, MessageKind::accepted, n0, first_, 0, 5);
    add(0, 25, EventKind::late, message(MessageKind::promise, 2, first_, 0));
    add(0, 32, EventKind::quorum_accepted, message(MessageKind::decide, 0, first_, 0, 5), n01);
    send(0, 32, MessageKind::decide, n12, first_, 0, 5);
    add(1, 41, EventKind::learned, message(MessageKind::decide, 0, first_, 0, 5), n01);
    send(0, 50, MessageKind::prepare, n12, first_, 1);
    send(0, 60, MessageKind::prepare, n12, first_, 1);
    Message nack = message(MessageKind::nack, 1, first_, 1);
    nack.detail = second.bits();
    add(1, 70, EventKind::sent, nack, n0);
    add(0, 80, EventKind::preempted, nack);
    Message promise = message(MessageKind::promise, 2, second, 2, 4);
    promise.detail = first_.bits();
    add(2, 90, EventKind::sent, promise, n1);
    Message accept = message(MessageKind::accept, 1, second, 2, 4);
    accept.detail = first_.bits();
    add(1, 95, EventKind::quorum_promised, accept, n12);
    narrator_->finish(0);
    EXPECT_THAT(
        lines_,
        ElementsAre(
            "Cada rodada decide um valor, em duas fases; 2 de 3 nós são maioria. PREPARE pede",
            "a todos que ignorem propostas de número menor. Um PROMISE concorda e diz o que o",
            "nó já aceitou. O valor da proposta de número mais alto deve ser proposto de",
            "novo. ACCEPT pede a todos que aceitem um valor. Com maioria de ACCEPTED, está",
            "decidido para sempre, e DECIDE avisa a todos. O voto do próprio nó não usa",
            "mensagem.", "", "      us nó   rodada",
            "     0.0 n0   0  PREPARE  proposta 1.n0 -> todos",
            "     9.0 n1   0  PROMISE  1.n0 -> n0   nada aceito antes",
            "    16.0 n0   0  maioria prometeu: n0 n1; sem valor anterior, n0 propõe o seu",
            "    16.0 n0   0  ACCEPT   1.n0 valor v5 -> todos",
            "    24.0 n1   0  ACCEPTED 1.n0 valor v5 -> n0",
            "    25.0 n0   0  PROMISE do n2 chega atrasado; dispensável",
            "    32.0 n0   0  maioria aceitou: n0 n1; decidido v5",
            "    32.0 n0   0  DECIDE   v5 -> todos", "    41.0 n1   0  aprendeu v5",
            "    50.0 n0   1  PREPARE  proposta 1.n0 -> todos",
            "    60.0 n0   1  PREPARE  proposta 1.n0 -> todos   de novo: faltam respostas",
            "    70.0 n1   1  NACK     1.n0 -> n0   recusado: prometeu 2.n1",
            "    80.0 n0   1  interrompido: a proposta 2.n1 é maior; abandona a proposta 1.n0",
            "    90.0 n2   2  PROMISE  2.n1 -> n1   já aceitou v4 em 1.n0",
            "    95.0 n1   2  maioria prometeu: n1 n2; n1 tem de propor v4, aceito em 1.n0"));
    EXPECT_EQ(traced_.front(), "PREPARE  ballot 1.n0 -> all");
    EXPECT_EQ(traced_.back(), "majority promised: n1 n2; n1 must propose v4, accepted at 1.n0");
}

TEST_F(ScenarioInPortuguese, the_introduction_fits_80_columns_in_portuguese) {
    setting_.language = *Language::find("pt", false);  // Without UTF-8, each letter is one byte.
    for (const std::size_t accept_quorum : {0U, 2U}) {
        for (const bool phase_1_for_all : {false, true}) {
            setting_.accept_quorum = accept_quorum;
            begin(5, phase_1_for_all);
        }
    }
    for (const std::string& line : lines_) EXPECT_LE(line.size(), 80U) << line;
}

}  // namespace
}  // namespace paxos::trace::narrator_portuguese_test
