# The Debian package: `cpack --preset package`, after a build of that preset. scripts/package.sh
# does both.
#
# CMakeLists.txt includes this file to configure CPack. CPack runs the file again before it packs,
# to adjust the installed files to Debian's policy.

if(NOT CPACK_TEMPORARY_INSTALL_DIRECTORY)
  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGE_NAME paxos-fast)
  set(PAXOS_MAINTAINER "paxos_fast authors <paxos-fast@example.org>" CACHE STRING
    "The maintainer that the package names")
  set(CPACK_PACKAGE_CONTACT ${PAXOS_MAINTAINER})
  set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
  set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Paxos benchmark for Linux, and its protocol core to embed")
  set(CPACK_PACKAGE_DESCRIPTION [[
paxos_fast runs a Paxos cluster on one or several machines, measures how fast
it decides, and checks that all nodes decided the same values. Use it to
compare machines, kernels and builds, or to watch Paxos at work.

The package also contains the protocol as a C++20 library without a network, a
clock or a thread, with examples.]])
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SECTION utils)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake | pkg-config")
  set(CPACK_STRIP_FILES ON)
  set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_FILE})
  # CPack passes these variables to its own run of this file.
  set(CPACK_PAXOS_ROOT ${CMAKE_SOURCE_DIR})
  set(CPACK_PAXOS_STRIP ${CMAKE_STRIP})
  include(CPack)
  return()
endif()

set(tree ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
set(documents ${tree}/share/doc/${CPACK_PACKAGE_NAME})
file(COPY ${CPACK_PAXOS_ROOT}/scripts/package/copyright DESTINATION ${documents})
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT ${documents}/changelog @ONLY CONTENT [[
@CPACK_PACKAGE_NAME@ (@CPACK_PACKAGE_VERSION@) unstable; urgency=medium

  * See docs/CHANGELOG.md in this folder.

 -- @CPACK_PACKAGE_CONTACT@  @date@
]])
execute_process(COMMAND gzip -9n ${documents}/changelog COMMAND_ERROR_IS_FATAL ANY)
file(GLOB archives ${tree}/lib/*.a ${tree}/lib/*/*.a)
execute_process(COMMAND_ERROR_IS_FATAL ANY
  COMMAND ${CPACK_PAXOS_STRIP} --strip-debug -R .comment -R .note ${archives})
