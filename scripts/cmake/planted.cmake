# Planted builds. Each tests/plants/<plant>.patch adds a fault, and paxos_fast_<plant> is the
# program with this fault. A run of this program must end with exit code 5. The faults are in the
# libraries core and node. These two are compiled again for each plant, with the patched copies
# first in the include path, so a patch may change only headers. All other libraries are those of
# the plain program. They are linked as files, because as targets they would also link the plain
# core and node.

# For each file that the patch modifies, makes a copy in build/<preset>/plants/<plant> and patches
# the copy. A patch must match in every line of its context.
function(paxos_patched_copies plant tree)
  set(patch ${CMAKE_SOURCE_DIR}/tests/plants/${plant}.patch)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patch})
  file(STRINGS ${patch} files REGEX "^\\+\\+\\+ b/")
  list(TRANSFORM files REPLACE "^\\+\\+\\+ b/([^ \t]+).*" "\\1")
  set(originals "")
  set(copies "")
  set(copy "")
  foreach(file IN LISTS files)
    list(APPEND originals ${CMAKE_SOURCE_DIR}/${file})
    list(APPEND copies ${tree}/${file})
    get_filename_component(folder ${tree}/${file} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    list(APPEND copy COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/${file} ${tree}/${file})
  endforeach()
  add_custom_command(OUTPUT ${copies} ${copy}
    COMMAND ${paxos_patch} --forward --batch --silent --fuzz=0 -p1 -d ${tree} -i ${patch}
    DEPENDS ${patch} ${originals} VERBATIM
    COMMENT "Applying tests/plants/${plant}.patch")
  add_custom_target(paxos_plant_${plant} DEPENDS ${copies})
endfunction()

function(paxos_planted plant)
  set(tree ${CMAKE_BINARY_DIR}/plants/${plant})
  paxos_patched_copies(${plant} ${tree})
  foreach(folder IN ITEMS node core)
    set(target paxos_${folder}_${plant})
    paxos_sources(${folder} sources)
    add_library(${target} STATIC ${sources})
    foreach(property IN ITEMS INCLUDE_DIRECTORIES COMPILE_OPTIONS COMPILE_DEFINITIONS)
      set_property(TARGET ${target}
        PROPERTY ${property} $<TARGET_PROPERTY:paxos_${folder},${property}>)
    endforeach()
    target_include_directories(${target} BEFORE PRIVATE ${tree}/include ${tree}/src)
    target_compile_options(${target} PRIVATE ${paxos_cold} -fmacro-prefix-map=${tree}/=)
    # Always a unity build. Otherwise clang-tidy would check sources of src/ more than once, because
    # they would have a compile command for each plant.
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
    add_dependencies(${target} paxos_plant_${plant})
    list(APPEND planted ${target})
  endforeach()
  set(program paxos_fast_${plant})
  add_executable(${program} $<TARGET_OBJECTS:paxos_main>)
  set(plain "")
  foreach(folder IN ITEMS
      cli cluster control compare report store measure sim trace language wire io base)
    list(APPEND plain $<TARGET_FILE:paxos_${folder}>)
    add_dependencies(${program} paxos_${folder})
  endforeach()
  target_link_libraries(${program} PRIVATE -Wl,--start-group ${plain} ${planted} -Wl,--end-group
    paxos::liburing paxos::hwloc paxos::xxhash paxos::sodium paxos::fmt)
  paxos_link_options(${program})
endfunction()

file(GLOB plants CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/plants/*.patch)
add_custom_target(paxos_plants)  # The patched sources alone, for scripts/lint.sh.
foreach(plant IN LISTS plants)
  get_filename_component(plant ${plant} NAME_WE)
  paxos_planted(${plant})
  add_dependencies(paxos_plants paxos_plant_${plant})
endforeach()
