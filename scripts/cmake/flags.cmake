# Compiler flags. They apply to all targets, because all targets are built from our own sources.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC bug 105651: a false warning for `"text" + std::string` at -O2 and above.
  add_compile_options(-Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # stable_sort of libstdc++ 12 calls a function that libstdc++ itself deprecates.
  add_compile_options(-Wno-deprecated-declarations)
endif()
if(PAXOS_MARCH)
  add_compile_options(-march=${PAXOS_MARCH})
endif()
add_compile_definitions(PAXOS_VALUE_SIZE=${PAXOS_VALUE_SIZE})

# Resolves dynamic symbols at program start. Lazy binding would resolve a symbol at the first call,
# which may be during a measurement, and write memory.
add_link_options(-Wl,-z,now)

# Makes __FILE__, which assertions print, relative to the root of the project.
add_compile_options(-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)

if(PAXOS_STATIC)
  # In static builds the allocation guard replaces operator new, but not malloc.
  add_compile_definitions(PAXOS_STATIC)
endif()

if(PAXOS_SANITIZE)
  # Without -fno-sanitize-recover a program continues after a report, and its test could pass.
  add_compile_options(-fsanitize=${PAXOS_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PAXOS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Instrumented code causes false warnings (std::regex, GCC bug 105562). Plain builds keep the
    # warning.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  if(PAXOS_SANITIZE MATCHES "undefined")
    # The vptr check needs RTTI, but libraries marked BARE (folders.cmake) are compiled without it.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
if(PAXOS_FUZZ)
  # Instruments all code for libFuzzer. Only the fuzz targets link its main.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(PAXOS_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(PAXOS_VERIFY_ENABLED)
endif()

# Unity builds compile costly headers once for several sources. Debug builds compile each source
# alone, which finds missing includes. Two sources are always compiled alone: the assert handler,
# which a test may replace, and the allocation guard, which defines malloc.
set(paxos_united OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(paxos_united ON)
endif()
set_source_files_properties(
  ${CMAKE_SOURCE_DIR}/src/cli/assert_handler.cpp
  ${CMAKE_SOURCE_DIR}/src/node/allocation_guard.cpp
  PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

# Flags for optimisation: paxos_cold for libraries whose speed does not matter, paxos_hot for the
# few sources in these libraries that measure speed (FAST in CMakeLists.txt), paxos_tests for the
# tests. Debug builds use -O0 for all.
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

# The flags that the program prints: those that affect speed. Flags for warnings and for debug
# information are left out.
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
list(JOIN paxos_flags " " paxos_flags)
