# Embeds files in the program: the report's scripts and style, and the translations.
#
# When CMakeLists.txt includes this file, the file adds a generated source to each target that
# embeds files. When the file is run as a script (cmake -P), it writes one such source.

if(CMAKE_SCRIPT_MODE_FILE)
  set(text "// Generated at build time.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n")
  foreach(name file IN ZIP_LISTS NAMES FILES)
    # Writes bytes, because chart.js is longer than a string literal may be.
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(REPEAT "0x..," 19 line)
    string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
    string(APPEND text "\nnamespace {\nconstexpr unsigned char ${name}_bytes[]{\n${bytes}};\n}\n"
      "std::string_view ${name}() {\n"
      "    return {reinterpret_cast<const char*>(${name}_bytes), sizeof ${name}_bytes};\n}\n")
  endforeach()
  file(WRITE ${OUTPUT} "${text}\n}  // namespace ${NAMESPACE}\n")
  return()
endif()

# paxos_embed(<target> HEADER <header> NAMESPACE <namespace> NAMES <functions> FILES <files>)
# Adds a source to <target> that defines the functions, which <header> declares. Each function
# returns the contents of its file.
function(paxos_embed target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;NAMESPACE" "NAMES;FILES")
  set(source ${CMAKE_BINARY_DIR}/generated/${target}_files.cpp)
  set(script ${CMAKE_SOURCE_DIR}/scripts/cmake/embed.cmake)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${source} -DHEADER=${arg_HEADER}
      -DNAMESPACE=${arg_NAMESPACE} "-DNAMES=${arg_NAMES}" "-DFILES=${arg_FILES}" -P ${script}
    DEPENDS ${arg_FILES} ${script}
    COMMENT "Embedding files in ${target}"
    VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()

set(report ${CMAKE_SOURCE_DIR}/src/report)
paxos_embed(paxos_report HEADER report/assets.h NAMESPACE paxos::report
  NAMES page_style page_script diagram_script chart_library
  FILES ${report}/page.css ${report}/page.js ${report}/diagram.js ${paxos_chart_js})

# The translations. --check-format finds a translation whose arguments differ from the English text.
set(catalogue ${CMAKE_BINARY_DIR}/generated/pt.mo)
add_custom_command(OUTPUT ${catalogue}
  COMMAND ${paxos_msgfmt} --check-format --output-file=${catalogue}
    ${CMAKE_SOURCE_DIR}/src/language/pt.po
  DEPENDS ${CMAKE_SOURCE_DIR}/src/language/pt.po
  COMMENT "Compiling the translations"
  VERBATIM)
paxos_embed(paxos_language HEADER language/catalogue.h NAMESPACE paxos
  NAMES portuguese_catalogue FILES ${catalogue})
