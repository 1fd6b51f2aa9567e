# Generates build_info.h: the version, commit and flags that the program prints. Every build
# generates the text of the header anew, because CMake does not rerun when the commit changes. The
# header is written only if its text has changed. Only cli can include the header.
#
# When CMakeLists.txt includes this file, the file adds the target paxos_build_info. The target runs
# the file as a script (cmake -P, with the variables below), and the script writes the header.

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
      "-DOUTPUT=${paxos_generated}/build_info.h" "-DROOT=${CMAKE_SOURCE_DIR}"
      "-DVERSION=${PROJECT_VERSION}"
      "-DCOMPILER=${compiler}" "-DFLAGS=${paxos_flags}" "-DLIBRARIES=${paxos_libraries}"
      -P ${CMAKE_CURRENT_LIST_FILE}
    BYPRODUCTS ${paxos_generated}/build_info.h
    COMMENT "Reading the commit"
    VERBATIM)
  add_dependencies(paxos_cli paxos_build_info)
  target_include_directories(paxos_cli PRIVATE ${paxos_generated})
  return()
endif()

# With `safe.directory=*`, git accepts a clone that another user owns.
set(git git -c safe.directory=* -C ${ROOT})
set(dirty 0)
execute_process(COMMAND ${git} rev-parse --show-prefix --short HEAD
  OUTPUT_VARIABLE output RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
# The first line is the path of ROOT below the top of the repository. If this line is not empty,
# ROOT is a copy inside another repository.
if(NOT failed AND output MATCHES "^\n([0-9a-f]+)$")
  set(commit ${CMAKE_MATCH_1})
  # The uncommitted changes to what goes into the program, including new files.
  execute_process(OUTPUT_VARIABLE changes ERROR_QUIET
    COMMAND ${git} status --porcelain -- CMakeLists.txt CMakePresets.json include src scripts/cmake)
  if(changes)
    set(dirty 1)
  endif()
else()
  # If git knows no commit of ROOT itself, as in an unpacked archive, a hash of what goes into the
  # program takes the place of the commit, so that two builds can be distinguished.
  file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/include/* ${ROOT}/src/*
    ${ROOT}/scripts/cmake/* ${ROOT}/CMakeLists.txt ${ROOT}/CMakePresets.json)
  list(SORT sources)
  set(hashes "")
  foreach(source IN LISTS sources)
    file(SHA256 ${ROOT}/${source} hash)
    string(APPEND hashes "${source} ${hash}\n")
  endforeach()
  string(SHA256 hash "${hashes}")
  string(SUBSTRING ${hash} 0 7 hash)
  set(commit "sources-${hash}")
endif()

file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
// Generated at build time: the commit, compiler and flags of this program.
#pragma once

#define PAXOS_VERSION "@VERSION@"
#define PAXOS_COMMIT "@commit@"
#define PAXOS_DIRTY @dirty@
#define PAXOS_COMPILER "@COMPILER@"
#define PAXOS_FLAGS "@FLAGS@"
#define PAXOS_LIBRARIES "@LIBRARIES@"
]])
