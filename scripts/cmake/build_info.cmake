# build_info.h: what the program says of itself. Made at every build, because the commit and the state of the tree change
# without CMake; written only when it differs, so that only its one reader is compiled again. Seen by cli alone.
#
# Included by CMakeLists.txt it sets this up; run as a script (cmake -P, with the variables below) it writes the file.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" version ${CMAKE_CXX_COMPILER_VERSION})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(compiler "g++ ${version}")
  else()
    set(compiler "clang++ ${version}")
  endif()
  set(paxos_generated ${CMAKE_BINARY_DIR}/generated)
  add_custom_target(paxos_build_info
    COMMAND ${CMAKE_COMMAND}
      "-DOUTPUT=${paxos_generated}/build_info.h" "-DROOT=${CMAKE_SOURCE_DIR}" "-DVERSION=${PROJECT_VERSION}"
      "-DCOMPILER=${compiler}" "-DFLAGS=${paxos_flags}" "-DLIBRARIES=${paxos_libraries}"
      -P ${CMAKE_CURRENT_LIST_FILE}
    BYPRODUCTS ${paxos_generated}/build_info.h
    COMMENT "What commit is this?"
    VERBATIM)
  add_dependencies(paxos_cli paxos_build_info)
  target_include_directories(paxos_cli PRIVATE ${paxos_generated})
  return()
endif()

# `safe.directory`: a clone owned by somebody else is still our own source.
set(git git -c safe.directory=* -C ${ROOT})
set(commit unknown)
set(dirty 0)
execute_process(COMMAND ${git} rev-parse --show-prefix --short HEAD
  OUTPUT_VARIABLE output RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
# The first line, our place below the top of the repository, is empty: otherwise the repository is somebody else's.
if(NOT failed AND output MATCHES "^\n([0-9a-f]+)$")
  set(commit ${CMAKE_MATCH_1})
  execute_process(OUTPUT_VARIABLE changes ERROR_QUIET  # Of what goes into the program, new files included.
    COMMAND ${git} status --porcelain -- CMakeLists.txt CMakePresets.json include src scripts/cmake)
  if(changes)
    set(dirty 1)
  endif()
endif()

file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
// Generated at build time: what this program was built from, and how.
#pragma once

#define PAXOS_VERSION "@VERSION@"
#define PAXOS_COMMIT "@commit@"
#define PAXOS_DIRTY @dirty@
#define PAXOS_COMPILER "@COMPILER@"
#define PAXOS_FLAGS "@FLAGS@"
#define PAXOS_LIBRARIES "@LIBRARIES@"
]])
