# `cmake --install` installs the program, its man pages and completions, the documents, and the
# engine, which is the protocol and its datagrams as a library. The engine consists of headers,
# archives, a CMake package and a pkg-config file.
#
# Headers go to <include>/paxos_fast. Programs that embed the engine have this folder in their
# include path: they include "paxos/multi.h" and "turn/turn.h", as the sources of this project do.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(paxos_headers ${CMAKE_INSTALL_INCLUDEDIR}/paxos_fast)
set(paxos_cmake_package ${CMAKE_INSTALL_LIBDIR}/cmake/paxos_fast)
set(paxos_pkgconfig ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS paxos_fast paxos_core paxos_wire)
install(DIRECTORY include/paxos DESTINATION ${paxos_headers})
install(FILES src/wire/auth.h src/wire/datagram.h src/wire/wire.h
  DESTINATION ${paxos_headers}/wire)
install(FILES src/turn/turn.h DESTINATION ${paxos_headers}/turn)

# The definitions with which the archives were compiled. Programs that embed the engine need the
# same definitions, because these change types and inline functions.
set(paxos_definitions PAXOS_VALUE_SIZE=${PAXOS_VALUE_SIZE})
if(PAXOS_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  list(APPEND paxos_definitions PAXOS_VERIFY_ENABLED)
endif()
list(TRANSFORM paxos_definitions PREPEND -D OUTPUT_VARIABLE paxos_cflags)
list(JOIN paxos_cflags " " paxos_cflags)
# A relative path, so that `cmake --install --prefix` works and the installed tree can be moved.
file(RELATIVE_PATH paxos_prefix /${paxos_pkgconfig} /)
string(REGEX REPLACE "/$" "" paxos_prefix ${paxos_prefix})

set(paxos_templates ${CMAKE_SOURCE_DIR}/scripts/cmake)
set(paxos_configured ${CMAKE_BINARY_DIR}/generated/package)
configure_package_config_file(
  ${paxos_templates}/paxos_fastConfig.cmake.in ${paxos_configured}/paxos_fastConfig.cmake
  INSTALL_DESTINATION ${paxos_cmake_package}
  PATH_VARS CMAKE_INSTALL_LIBDIR paxos_headers)
write_basic_package_version_file(${paxos_configured}/paxos_fastConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
configure_file(${paxos_templates}/paxos_fast.pc.in ${paxos_configured}/paxos_fast.pc @ONLY)
install(
  FILES ${paxos_configured}/paxos_fastConfig.cmake ${paxos_configured}/paxos_fastConfigVersion.cmake
  DESTINATION ${paxos_cmake_package})
install(FILES ${paxos_configured}/paxos_fast.pc DESTINATION ${paxos_pkgconfig})

install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

# ---- man pages and completion ----
# The program itself prints the man pages. It runs at installation and not in the build, because a
# program compiled for another CPU may not run on the machine that builds it.
set(paxos_manual ${CMAKE_BINARY_DIR}/generated/man1)
install(CODE "
  set(manual \"${paxos_manual}\")
  set(program \"$<TARGET_FILE:paxos_fast>\")"
)
install(CODE [[
  file(REMOVE_RECURSE ${manual})
  file(MAKE_DIRECTORY ${manual})
  execute_process(COMMAND ${program} --help=completion
    OUTPUT_VARIABLE words COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[a-z]+\tcommand" commands "${words}")
  list(TRANSFORM commands REPLACE "\tcommand" "")
  foreach(command IN LISTS commands)
    set(page ${manual}/paxos_fast-${command}.1)
    if(command STREQUAL bench)  # `bench` is the default command.
      set(page ${manual}/paxos_fast.1)
    endif()
    execute_process(COMMAND ${program} ${command} --help=man
      OUTPUT_FILE ${page} COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND gzip -9n ${page} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
]])
install(DIRECTORY ${paxos_manual} DESTINATION ${CMAKE_INSTALL_MANDIR})
set(PAXOS_ZSH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING
  "Where zsh's completions are installed")
set(paxos_completion ${CMAKE_SOURCE_DIR}/scripts/completion)
install(FILES ${paxos_completion}/paxos_fast.bash RENAME paxos_fast
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${paxos_completion}/_paxos_fast DESTINATION ${PAXOS_ZSH_COMPLETIONS})
install(FILES ${paxos_completion}/paxos_fast.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
