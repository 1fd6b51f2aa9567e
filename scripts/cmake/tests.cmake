# Tests: tests/<folder>/*_test.cpp are one program, <folder>_tests, linked to all libraries and to
# tests/support. The folders are those of src/, and program/ for tests that run the built program.
#
# Labels, for ctest -L / -LE:
#   cluster  starts real processes: the folders cluster and program. These tests run serially
# Sanitizer builds leave out tests named Slow, which measure or take long, and Planted, which need
# the planted builds that only a plain build has.

find_package(Threads REQUIRED)
paxos_all_folders(folders)

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/*.cpp)
add_library(paxos_test_support INTERFACE)
if(sources)
  add_library(paxos_support OBJECT ${sources})
  target_link_libraries(paxos_support PUBLIC ${folders} GTest::gmock rapidcheck rapidcheck_gtest)
  target_include_directories(paxos_support PUBLIC ${CMAKE_SOURCE_DIR}/tests)
  target_compile_options(paxos_support PRIVATE ${paxos_tests})
  set_target_properties(paxos_support PROPERTIES UNITY_BUILD ${paxos_united})
  target_link_libraries(paxos_test_support INTERFACE paxos_support $<TARGET_OBJECTS:paxos_support>)
endif()
target_include_directories(paxos_test_support INTERFACE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(paxos_test_support INTERFACE
  GTest::gmock GTest::gtest_main rapidcheck rapidcheck_gtest Threads::Threads)
target_compile_definitions(paxos_test_support INTERFACE
  PAXOS_FAST_BINARY="${CMAKE_BINARY_DIR}/paxos_fast"
  PAXOS_PLANTED_DIR="${CMAKE_BINARY_DIR}"
  PAXOS_TESTS_DIR="${CMAKE_SOURCE_DIR}/tests")
target_compile_options(paxos_test_support INTERFACE ${paxos_tests})
if(PAXOS_SANITIZE MATCHES "undefined")
  # Skips UBSan's checks for null (ASan finds it too), alignment and object size in the tests
  # themselves: they take a third of the compile time. The libraries keep them.
  target_compile_options(paxos_test_support INTERFACE -fno-sanitize=null,alignment,object-size)
endif()

# Precompiled headers save a third of the compile time of the tests.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/test_headers.cpp
  CONTENT "// Holds the precompiled headers of the tests.\n")
add_library(paxos_test_headers OBJECT ${CMAKE_BINARY_DIR}/test_headers.cpp)
target_link_libraries(paxos_test_headers PRIVATE paxos_test_support ${folders})
target_precompile_headers(paxos_test_headers PRIVATE
  <gmock/gmock.h> <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>
  <algorithm> <functional> <map> <memory> <optional> <sstream> <string> <vector>)

# ---- planted builds: paxos_fast_<plant>, with a fault that the self-check must find ----
# core and node, which contain the faults (paxos/plants.h), are compiled again. The other archives
# are the program's own, linked as files: as targets they would link the plain core and node too.
function(paxos_planted plant)
  string(TOUPPER ${plant} upper)
  foreach(folder IN ITEMS node core)
    set(target paxos_${folder}_${plant})
    paxos_sources(${folder} sources)
    add_library(${target} STATIC ${sources})
    foreach(property IN ITEMS INCLUDE_DIRECTORIES COMPILE_OPTIONS COMPILE_DEFINITIONS)
      set_property(TARGET ${target}
        PROPERTY ${property} $<TARGET_PROPERTY:paxos_${folder},${property}>)
    endforeach()
    target_compile_definitions(${target} PRIVATE PAXOS_PLANT_${upper}=1)
    target_compile_options(${target} PRIVATE ${paxos_cold})
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${paxos_united})
    list(APPEND planted ${target})
  endforeach()
  set(program paxos_fast_${plant})
  add_executable(${program} $<TARGET_OBJECTS:paxos_main>)
  set(plain "")
  foreach(folder IN ITEMS cli cluster compare measure sim trace wire io base)
    list(APPEND plain $<TARGET_FILE:paxos_${folder}>)
    add_dependencies(${program} paxos_${folder})
  endforeach()
  target_link_libraries(${program} PRIVATE -Wl,--start-group ${plain} ${planted} -Wl,--end-group
    paxos::liburing paxos::hwloc paxos::xxhash paxos::fmt)
  paxos_link_options(${program})
endfunction()

if(TARGET paxos_fast AND NOT PAXOS_SANITIZE AND PAXOS_PLANT STREQUAL "none")
  foreach(plant IN LISTS paxos_plants)
    paxos_planted(${plant})
  endforeach()
endif()

# ---- tests ----
include(GoogleTest)
set(sanitized_filter "")
if(PAXOS_SANITIZE)
  set(sanitized_filter TEST_FILTER "-*Slow*:*Planted*")
endif()

foreach(folder IN ITEMS base core wire io sim trace measure compare node cluster cli program)
  set(program ${folder}_tests)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*_test.cpp)
  add_executable(${program} ${sources})
  target_link_libraries(${program} PRIVATE paxos_test_support ${folders})
  target_precompile_headers(${program} REUSE_FROM paxos_test_headers)
  # For tests that hang. Long enough for a slow machine: under load the search takes minutes.
  set(properties TIMEOUT 1500)
  # Unity builds: each source uses a namespace of its own.
  set_target_properties(${program} PROPERTIES UNITY_BUILD ${paxos_united} UNITY_BUILD_BATCH_SIZE 5)
  if(folder MATCHES "^(cluster|program)$")
    list(APPEND properties LABELS cluster RUN_SERIAL TRUE)
  endif()
  gtest_discover_tests(${program} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 ${sanitized_filter}
    PROPERTIES ${properties})
endforeach()

foreach(name IN ITEMS ab_script_test build_info_test docs_test setup_script_test)
  add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/${name}.sh ${CMAKE_SOURCE_DIR})
endforeach()

if(NOT PAXOS_FUZZ)
  include(fuzz)
endif()
include(purity)
