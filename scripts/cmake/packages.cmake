# Finds the libraries. Each is a Debian package and has a target paxos::<name>. One message lists
# all missing packages, with the command that installs them. `paxos_libraries` is the text that the
# program prints: "liburing 2.3, fmt 9.1.0, ...".

find_package(PkgConfig QUIET)
set(paxos_missing "")
set(paxos_libraries "")
if(NOT PKG_CONFIG_FOUND)
  list(APPEND paxos_missing pkg-config)
endif()

# Defines the target paxos::<name> from the pkg-config module <module>.
function(paxos_package name module debian)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
  endif()
  if(${name}_FOUND)
    add_library(paxos::${name} ALIAS PkgConfig::${name})
    set(paxos_libraries ${paxos_libraries} "${name} ${${name}_VERSION}" PARENT_SCOPE)
  else()
    set(paxos_missing ${paxos_missing} ${debian} PARENT_SCOPE)
  endif()
endfunction()

# Defines the target paxos::<name> from the target <target> of the CMake package <package>.
function(paxos_cmake_package name package target debian)
  find_package(${package} QUIET)
  if(${package}_FOUND)
    add_library(paxos_lib_${name} INTERFACE)
    add_library(paxos::${name} ALIAS paxos_lib_${name})
    target_link_libraries(paxos_lib_${name} INTERFACE ${target})
    set(paxos_libraries ${paxos_libraries} "${package} ${${package}_VERSION}" PARENT_SCOPE)
  else()
    set(paxos_missing ${paxos_missing} ${debian} PARENT_SCOPE)
  endif()
endfunction()

# Links `archive` instead of the shared library.
function(paxos_prefer_archive name archive)
  find_library(paxos_${name}_archive NAMES ${archive})
  if(paxos_${name}_archive AND TARGET PkgConfig::${name})
    set_property(TARGET PkgConfig::${name}
      PROPERTY INTERFACE_LINK_LIBRARIES ${paxos_${name}_archive})
  endif()
endfunction()

paxos_package(liburing liburing liburing-dev)
paxos_package(hwloc hwloc libhwloc-dev)
paxos_package(xxhash libxxhash libxxhash-dev)
paxos_package(sodium libsodium libsodium-dev)
if(PAXOS_STATIC)
  paxos_cmake_package(fmt fmt fmt::fmt-header-only libfmt-dev)  # Debian has no static fmt.
else()
  paxos_cmake_package(fmt fmt fmt::fmt libfmt-dev)
endif()
paxos_cmake_package(json nlohmann_json nlohmann_json::nlohmann_json nlohmann-json3-dev)
paxos_cmake_package(cli11 CLI11 CLI11::CLI11 libcli11-dev)
paxos_prefer_archive(liburing liburing.a)
paxos_prefer_archive(xxhash libxxhash.a)
paxos_prefer_archive(sodium libsodium.a)

# chart.js, which the report embeds.
find_file(paxos_chart_js chart.min.js NO_DEFAULT_PATH
  PATHS /usr/share/javascript/chart.js /usr/share/nodejs/chart.js/dist)
if(NOT paxos_chart_js)
  list(APPEND paxos_missing libjs-chart.js)
endif()

# msgfmt, which compiles the translations.
find_program(paxos_msgfmt msgfmt)
if(NOT paxos_msgfmt)
  list(APPEND paxos_missing gettext)
endif()

# mimalloc replaces malloc because it precedes libc in the link order. Sanitizers have their own
# allocator.
set(PAXOS_MIMALLOC ON)
if(PAXOS_STATIC OR PAXOS_SANITIZE)
  set(PAXOS_MIMALLOC OFF)
else()
  paxos_cmake_package(mimalloc mimalloc mimalloc libmimalloc-dev)
  # mimalloc's CMake package gives the version as 2.0; the header gives 209, for 2.0.9.
  find_file(paxos_mimalloc_header mimalloc.h)
  if(paxos_mimalloc_header)
    file(STRINGS ${paxos_mimalloc_header} version REGEX "define MI_MALLOC_VERSION [0-9]+")
    string(REGEX REPLACE "^.*([0-9])([0-9])([0-9]).*$" "\\1.\\2.\\3" version "${version}")
    list(TRANSFORM paxos_libraries REPLACE "^mimalloc .*" "mimalloc ${version}")
  endif()
endif()

if(PAXOS_STATIC)
  # hwloc's archive uses libudev to name disks. Debian has no archive of libudev, and we do not need
  # the names.
  paxos_prefer_archive(hwloc libhwloc.a)
  add_library(paxos_no_udev STATIC ${CMAKE_CURRENT_LIST_DIR}/no_udev.cpp)
  set_property(TARGET PkgConfig::hwloc APPEND PROPERTY INTERFACE_LINK_LIBRARIES paxos_no_udev)
endif()

# PMIx: its header is optional, and its library is loaded at run time. Without the header, nodes on
# several hosts can only be started with --peers.
if(PKG_CONFIG_FOUND)
  pkg_check_modules(pmix QUIET pmix)
endif()
if(pmix_FOUND)
  list(APPEND paxos_libraries "pmix ${pmix_VERSION}")
endif()

# Tests. With PAXOS_TESTS=AUTO they are left out if their libraries are missing.
set(paxos_missing_for_tests "")
if(PAXOS_TESTS)
  find_package(GTest QUIET)
  find_package(rapidcheck QUIET)
  if(NOT GTest_FOUND OR NOT TARGET GTest::gmock)
    list(APPEND paxos_missing_for_tests libgtest-dev libgmock-dev)
  endif()
  if(NOT rapidcheck_FOUND)
    list(APPEND paxos_missing_for_tests librapidcheck-dev)
  endif()
  find_path(paxos_rapidjson rapidjson/schema.h)
  if(NOT paxos_rapidjson)
    list(APPEND paxos_missing_for_tests rapidjson-dev)
  endif()
  find_program(paxos_patch patch)
  if(NOT paxos_patch)
    list(APPEND paxos_missing_for_tests patch)
  endif()
endif()
if(paxos_missing_for_tests AND PAXOS_TESTS STREQUAL "AUTO")
  list(JOIN paxos_missing_for_tests " " text)
  message(STATUS "No tests: they need ${text} (scripts/test.sh installs them)")
  set(PAXOS_TESTS OFF)
else()
  list(APPEND paxos_missing ${paxos_missing_for_tests})
endif()

# Micro-benchmarks. With PAXOS_BENCH=AUTO they are left out if Google Benchmark is missing. That
# library is not part of the program and therefore not in `paxos_libraries`.
if(PAXOS_BENCH)
  find_package(benchmark QUIET)
  if(benchmark_FOUND)
    add_library(paxos::benchmark ALIAS benchmark::benchmark_main)
  elseif(PAXOS_BENCH STREQUAL "AUTO")
    set(PAXOS_BENCH OFF)
  else()
    list(APPEND paxos_missing libbenchmark-dev)
  endif()
endif()

if(paxos_missing)
  list(JOIN paxos_missing " " text)
  message(FATAL_ERROR "Missing Debian packages: ${text}\n"
                      "  apt-get install ${text}\n"
                      "or run scripts/run.sh (scripts/test.sh), which installs them.")
endif()
list(JOIN paxos_libraries ", " paxos_libraries)
