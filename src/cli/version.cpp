// See version.h. Only this file includes build_info.h, which every build brings up to date
// (scripts/cmake/build_info.cmake).
#include "cli/version.h"

#include "build_info.h"
#include "paxos/limits.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PAXOS_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PAXOS_SANITIZED
#endif
#endif

namespace paxos::cli {

measure::Build build_info() {
    return {.version = PAXOS_VERSION,
            .commit = PAXOS_COMMIT,
            .compiler = PAXOS_COMPILER,
            .flags = PAXOS_FLAGS,
            .libraries = PAXOS_LIBRARIES,
            .dirty = PAXOS_DIRTY != 0};
}

std::string version_text() {
    const measure::Build build = build_info();
    return "paxos_fast " + build.version + "\n" +  //
           "commit    " + build.commit + (build.dirty ? ", with uncommitted changes" : "") +
           "\n" +                                                      //
           "compiler  " + build.compiler + " " + build.flags + "\n" +  //
           "libraries " + build.libraries + "\n" +                     //
           "value     " + std::to_string(limits::value_size) + " bytes\n";
}

std::vector<std::string> build_warnings() {
    std::vector<std::string> warnings;
#ifdef PAXOS_SANITIZED
    warnings.emplace_back("built with a sanitizer: figures are not meaningful");
#endif
#ifdef PAXOS_VERIFY_ENABLED
    warnings.emplace_back("built with costly checks (PAXOS_VERIFY): figures are not meaningful");
#endif
#ifndef __OPTIMIZE__
    warnings.emplace_back("built without optimisation: figures are not meaningful");
#endif
    return warnings;
}

}  // namespace paxos::cli
