# Embeds the files of the report in the library `report`. See src/report/assets.h.
#
# Included by CMakeLists.txt, this file adds the source. Run as a script (cmake -P, with OUTPUT and
# the files), it writes it.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(paxos_assets ${CMAKE_BINARY_DIR}/generated/report_assets.cpp)
  set(files ${CMAKE_SOURCE_DIR}/src/report/page.css ${CMAKE_SOURCE_DIR}/src/report/page.js
    ${CMAKE_SOURCE_DIR}/src/report/diagram.js ${paxos_chart_js})
  add_custom_command(OUTPUT ${paxos_assets}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${paxos_assets} "-DFILES=${files}"
      -P ${CMAKE_CURRENT_LIST_FILE}
    DEPENDS ${files} ${CMAKE_CURRENT_LIST_FILE}
    COMMENT "Embedding the files of the report"
    VERBATIM)
  target_sources(paxos_report PRIVATE ${paxos_assets})
  return()
endif()

set(text "// Generated at build time.\n#include \"report/assets.h\"\n\nnamespace paxos::report {\n")
set(names page_style page_script diagram_script chart_library)
foreach(name file IN ZIP_LISTS names FILES)
  # As bytes: the limit of a string literal is lower than the size of the library.
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REPEAT "0x..," 19 line)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  string(APPEND text "\nnamespace {\nconstexpr unsigned char ${name}_bytes[]{\n${bytes}};\n}\n"
    "std::string_view ${name}() {\n"
    "    return {reinterpret_cast<const char*>(${name}_bytes), sizeof ${name}_bytes};\n}\n")
endforeach()
file(WRITE ${OUTPUT} "${text}\n}  // namespace paxos::report\n")
