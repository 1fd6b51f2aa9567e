# How everything is compiled. All targets here are ours, so the flags are the folder's, not each target's.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)  # Taken in by `"text" + std::string` at -O2 and above: GCC bug 105651.
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wno-deprecated-declarations)  # libstdc++ 12's stable_sort calls what it deprecates itself.
endif()
if(PAXOS_MARCH)
  add_compile_options(-march=${PAXOS_MARCH})
endif()
add_compile_definitions(PAXOS_VALUE_SIZE=${PAXOS_VALUE_SIZE})

# Every function of a library is looked up at the start: at its first call, memory would be written while it is measured.
add_link_options(-Wl,-z,now)

# Asserts print __FILE__: relative to the root, whatever the folder's name is where it was built.
add_compile_options(-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)

if(PAXOS_STATIC)
  add_compile_definitions(PAXOS_STATIC)  # The allocation guard stands before another allocator there.
endif()

if(PAXOS_SANITIZE)
  # vptr needs RTTI, which half of the house does without. Recovering would let a test pass with a report in its log.
  add_compile_options(-fsanitize=${PAXOS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PAXOS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented code confuses it (std::regex, GCC bug 105562); the plain builds are held to it.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  if(PAXOS_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr)
  endif()
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
if(PAXOS_FUZZ)
  # Counters that libFuzzer reads, in all that it may reach; its main only in the targets.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(PAXOS_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(PAXOS_VERIFY_ENABLED)
endif()

set(paxos_plants minority forged_quorum ignored_report flip swap abort)
if(PAXOS_PLANT IN_LIST paxos_plants)
  string(TOUPPER ${PAXOS_PLANT} plant)
  add_compile_definitions(PAXOS_PLANT_${plant}=1)
elseif(NOT PAXOS_PLANT STREQUAL "none")
  list(JOIN paxos_plants ", " known)
  message(FATAL_ERROR "PAXOS_PLANT=${PAXOS_PLANT}: must be none or one of ${known}")
endif()

# Several sources in one compilation: what fmt, JSON, CLI11 and gtest cost, or the roles as templates, is paid once for all
# of them. Debug builds take each alone, so that a source which does not include what it uses is found. Two stay objects of
# their own: the assert handler, which a test's own replaces, and what defines malloc anew.
set(paxos_united OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(paxos_united ON)
endif()
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/cli/assert_handler.cpp ${CMAKE_SOURCE_DIR}/src/node/allocation_guard.cpp
  PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

# For code that runs for microseconds and compiles for minutes, as options; for what a source among it gets that
# measures; and for the tests' own. Debug builds have -O0 for all.
set(paxos_cold "")
set(paxos_hot "")
set(paxos_tests "")
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(paxos_tests -O0)
  set(paxos_cold -O1)
  set(paxos_hot -O3)
  if(PAXOS_SANITIZE AND NOT PAXOS_FUZZ)
    set(paxos_cold -O0)
    set(paxos_hot -O1)
  endif()
endif()

if(PAXOS_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(LANGUAGES CXX)
endif()

# What the program says of its own build: the flags that change what is measured, not warnings or debug information.
string(TOUPPER ${CMAKE_BUILD_TYPE} type)
separate_arguments(paxos_flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
list(FILTER paxos_flags EXCLUDE REGEX "^-(g[0-9]?|DNDEBUG|W.*)$")
if(PAXOS_MARCH)
  list(APPEND paxos_flags -march=${PAXOS_MARCH})
endif()
if(PAXOS_SANITIZE)
  list(APPEND paxos_flags -fsanitize=${PAXOS_SANITIZE})
endif()
if(PAXOS_LTO)
  list(APPEND paxos_flags -flto)
endif()
if(PAXOS_STATIC)
  list(APPEND paxos_flags -static)
endif()
if(NOT PAXOS_VALUE_SIZE EQUAL 32)
  list(APPEND paxos_flags -DPAXOS_VALUE_SIZE=${PAXOS_VALUE_SIZE})
endif()
if(NOT PAXOS_PLANT STREQUAL "none")
  list(APPEND paxos_flags -DPAXOS_PLANT=${PAXOS_PLANT})
endif()
list(JOIN paxos_flags " " paxos_flags)
