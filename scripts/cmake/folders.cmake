# The folders of src/ as libraries. Each can include only headers of the libraries that it links.
#
# Includes are written "wire/wire.h", so an include path to src/ would expose every folder. Instead
# each library exports a view: build/<preset>/views/wire holds one symbolic link, wire -> src/wire,
# and only targets that link paxos_wire have this view in their search path. Therefore
# `#include "wire/wire.h"` in src/core, which does not link paxos_wire, does not compile.

set(paxos_views ${CMAKE_BINARY_DIR}/views)

# The headers of include/paxos that may be included in src/base and in every folder that links it.
# They define assertions, bounds and time, but no messages.
file(MAKE_DIRECTORY ${paxos_views}/limits/paxos)
foreach(header IN ITEMS assert.h limits.h tick.h)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/include/paxos/${header}
    ${paxos_views}/limits/paxos/${header} SYMBOLIC)
endforeach()
add_library(paxos_limits INTERFACE)
target_include_directories(paxos_limits INTERFACE ${paxos_views}/limits)

# The sources of a folder and of its subfolders, without main.cpp. A folder without sources yields
# an empty archive.
function(paxos_sources folder result)
  file(GLOB sources CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/src/${folder}/*.cpp ${CMAKE_SOURCE_DIR}/src/${folder}/*/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    set(sources ${CMAKE_BINARY_DIR}/empty.cpp)
    file(CONFIGURE OUTPUT ${sources} CONTENT "// Nothing yet.\n")
  endif()
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

# paxos_library(<folder> [BARE] [ONE_ARCHIVE] [UNITED] [COLD] LINKS <targets> [FAST <sources>])
# BARE: no exceptions and no RTTI. ONE_ARCHIVE: never link-time optimisation. UNITED: unity build.
# COLD: unity build, compiled with the flags paxos_cold; the sources named by FAST get paxos_hot.
function(paxos_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "BARE;ONE_ARCHIVE;UNITED;COLD" "" "LINKS;FAST")
  set(target paxos_${folder})
  paxos_sources(${folder} sources)
  add_library(${target} STATIC ${sources})
  target_link_libraries(${target} PUBLIC ${arg_LINKS})

  file(MAKE_DIRECTORY ${paxos_views}/${folder})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${folder} ${paxos_views}/${folder}/${folder} SYMBOLIC)
  target_include_directories(${target} PUBLIC ${paxos_views}/${folder})
  target_compile_options(${target} PUBLIC -fmacro-prefix-map=${paxos_views}/${folder}/=src/)

  if(arg_BARE)
    target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti)
  endif()
  if(arg_UNITED OR arg_COLD)
    set_target_properties(${target} PROPERTIES
      UNITY_BUILD ${paxos_united} UNITY_BUILD_BATCH_SIZE 16)
  endif()
  if(arg_COLD AND CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target} PRIVATE ${paxos_cold})
    list(TRANSFORM arg_FAST REPLACE "^.+$" "${CMAKE_SOURCE_DIR}/src/${folder}/\\0.cpp")
    set_source_files_properties(${arg_FAST} PROPERTIES COMPILE_OPTIONS "${paxos_hot}")
  endif()
  if(PAXOS_LTO AND NOT arg_ONE_ARCHIVE)
    set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION ON)
  endif()
  set_property(GLOBAL APPEND PROPERTY paxos_folder_targets ${target})
endfunction()

# Sets `result` to all archives as one link item. The linker rescans them, because archives refer to
# each other. For example, core calls the assert handler, which is in cli.
function(paxos_all_folders result)
  get_property(libraries GLOBAL PROPERTY paxos_folder_targets)
  list(JOIN libraries "," libraries)
  set(${result} "$<LINK_GROUP:RESCAN,${libraries}>" PARENT_SCOPE)
endfunction()

# The program, from src/cli/main.cpp. mimalloc precedes libc in the link order and is kept although
# nothing refers to it by name.
function(paxos_program target)
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main.cpp)
    return()
  endif()
  add_library(paxos_main OBJECT ${CMAKE_SOURCE_DIR}/src/cli/main.cpp)
  target_link_libraries(paxos_main PRIVATE paxos_cli)
  add_executable(${target} $<TARGET_OBJECTS:paxos_main>)
  paxos_all_folders(folders)
  target_link_libraries(${target} PRIVATE ${folders})
  paxos_link_options(${target})
endfunction()

function(paxos_link_options target)
  if(PAXOS_MIMALLOC)
    target_link_libraries(${target} PRIVATE
      -Wl,--push-state,--no-as-needed paxos::mimalloc -Wl,--pop-state)
  endif()
  if(PAXOS_STATIC)
    target_link_options(${target} PRIVATE -static)
  else()
    set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)  # For symbols in backtraces.
  endif()
  if(PAXOS_LTO)
    set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION ON)
  endif()
endfunction()
