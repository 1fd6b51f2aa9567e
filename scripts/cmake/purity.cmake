# purity_test checks that core has no undefined symbols except the assert handler and functions such
# as memcpy. It checks the archive of this build. If the other compiler (g++ or clang++) is
# installed, the build makes a second archive from the same sources and flags, and the test checks
# that archive too. Sanitizer builds have no such test, because sanitizers make core call their own
# functions.

if(PAXOS_SANITIZE)
  return()
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  find_program(paxos_other_compiler NAMES clang++-19 clang++)
else()
  find_program(paxos_other_compiler NAMES g++-12 g++)
endif()
set(archives $<TARGET_FILE:paxos_core>)

if(paxos_other_compiler)
  set(folder ${CMAKE_BINARY_DIR}/core_by_other_compiler)
  file(MAKE_DIRECTORY ${folder})
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
  paxos_sources(core sources)
  set(objects "")
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    set(object ${folder}/${name}.o)
    add_custom_command(OUTPUT ${object}
      COMMAND ${paxos_other_compiler} -std=c++20 ${flags}
        $<FILTER:$<TARGET_PROPERTY:paxos_core,COMPILE_OPTIONS>,EXCLUDE,^-Wno-restrict$>
        "-D$<JOIN:$<TARGET_PROPERTY:paxos_core,COMPILE_DEFINITIONS>,;-D>"
        "-I$<JOIN:$<TARGET_PROPERTY:paxos_core,INCLUDE_DIRECTORIES>,;-I>"
        -MD -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d
      COMMENT "Compiling core's ${name}.cpp with the other compiler"
      COMMAND_EXPAND_LISTS VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(archive ${folder}/libpaxos_core.a)
  add_custom_command(OUTPUT ${archive}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${archive} COMMAND ${CMAKE_AR} qc ${archive} ${objects}
    DEPENDS ${objects} VERBATIM COMMENT "Archiving core of the other compiler")
  add_custom_target(paxos_core_other ALL DEPENDS ${archive})
  list(APPEND archives ${archive})
endif()

add_test(NAME purity_test COMMAND ${CMAKE_SOURCE_DIR}/tests/purity_test.sh ${CMAKE_NM} ${archives})
