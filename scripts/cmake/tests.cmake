# Tests: tests/<folder>/*_test.cpp are one program, <folder>_tests, linked to all libraries and to
# tests/support. There is such a folder for each folder of src/ except turn, and the folder program/
# for tests that run the built program.
#
# Tests run three at a time, even those that start real nodes, because no test depends on the speed
# of the machine, and many tests wait most of the time. Each test that counts processes has a PID
# namespace of its own.
#
# Sanitizer builds leave out tests named Slow, which measure or take long, and tests named Planted,
# which need the planted builds (programs with a deliberate fault, planted.cmake). Sanitizer builds
# have no planted builds.

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
  # Skips UBSan's checks for null, alignment and object size in the tests themselves, because these
  # checks take a third of the compile time. ASan also finds accesses through null. The libraries
  # keep the checks.
  target_compile_options(paxos_test_support INTERFACE -fno-sanitize=null,alignment,object-size)
endif()

file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/test_headers.cpp
  CONTENT "// Holds the precompiled headers of the tests.\n")
add_library(paxos_test_headers OBJECT ${CMAKE_BINARY_DIR}/test_headers.cpp)
target_link_libraries(paxos_test_headers PRIVATE paxos_test_support ${folders})
target_precompile_headers(paxos_test_headers PRIVATE
  ${CMAKE_SOURCE_DIR}/tests/support/test_headers.h)

if(TARGET paxos_fast AND NOT PAXOS_SANITIZE)
  include(planted)
endif()

# ---- tests ----
include(GoogleTest)
set(excluded "")
if(PAXOS_SANITIZE)
  set(excluded *Slow*:*Planted*)
endif()

foreach(folder IN ITEMS
    base language core wire io store sim trace measure compare report node control cluster cli
    program)
  set(program ${folder}_tests)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*_test.cpp)
  add_executable(${program} ${sources})
  target_link_libraries(${program} PRIVATE paxos_test_support ${folders})
  target_precompile_headers(${program} REUSE_FROM paxos_test_headers)
  # Ends tests that hang. The limit suits a slow machine, on which the exhaustive search takes
  # minutes.
  set(properties TIMEOUT 1500)
  # The tests are unity builds, so each source uses a namespace of its own.
  set_target_properties(${program} PROPERTIES UNITY_BUILD ${paxos_united} UNITY_BUILD_BATCH_SIZE 5)
  set(discovery DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60)
  gtest_discover_tests(${program} ${discovery} TEST_FILTER "-${excluded}"
    PROPERTIES ${properties})
endforeach()

foreach(name IN ITEMS
    ab_script_test build_info_test catalogue_test docs_test setup_script_test)
  add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/${name}.sh ${CMAKE_SOURCE_DIR})
endforeach()
if(NOT PAXOS_SANITIZE)
  # Sanitizer builds have no install_test, because their archives are not meant to be installed.
  add_test(NAME install_test COMMAND ${CMAKE_SOURCE_DIR}/tests/install_test.sh
    ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR} ${CMAKE_CXX_COMPILER})
  set_tests_properties(install_test PROPERTIES TIMEOUT 600)
endif()
add_test(NAME manual_test COMMAND ${CMAKE_SOURCE_DIR}/tests/manual_test.sh
  ${CMAKE_SOURCE_DIR} $<TARGET_FILE:paxos_fast>)

# Tests on several hosts, which are network namespaces. Where namespaces cannot be created, these
# tests are skipped, with the reason. To save minutes, sanitizer builds leave them out; there the
# suite SeveralHosts of program_tests covers several hosts.
set(hosts_tests "")
if(NOT PAXOS_SANITIZE)
  set(hosts_tests peers_test faults_test engines_test forgery_test)
  add_executable(paxos_forger ${CMAKE_SOURCE_DIR}/tests/hosts/forger.cpp)
  target_link_libraries(paxos_forger PRIVATE paxos_wire)
endif()
foreach(name IN LISTS hosts_tests)
  set(programs $<TARGET_FILE:paxos_fast>)
  if(name MATCHES "^(peers|engines)_test$")
    list(APPEND programs $<TARGET_FILE:paxos_fast_flip>)
  elseif(name STREQUAL forgery_test)
    list(APPEND programs $<TARGET_FILE:paxos_forger>)
  endif()
  add_test(NAME hosts_${name}
    COMMAND ${CMAKE_SOURCE_DIR}/tests/hosts/${name}.sh ${programs})
  set_tests_properties(hosts_${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600)
endforeach()

add_test(NAME mutants_apply COMMAND ${CMAKE_SOURCE_DIR}/scripts/mutants.sh --check)

if(NOT PAXOS_FUZZ)
  include(fuzz)
endif()
include(purity)
