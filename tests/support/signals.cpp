// Gives SIGINT its default action before any test. A shell without job control starts background
// jobs with SIGINT ignored. The tests and the programs that they run would inherit the ignored
// SIGINT, and SIGINT would not stop a run.
#include <csignal>

namespace {
[[maybe_unused]] const auto inherited_action = std::signal(SIGINT, SIG_DFL);
}
