# Micro-benchmarks: each bench/<name>_bench.cpp is a program of its own, linked to the whole house and to Google
# Benchmark. Built by name only, all together as paxos_bench: neither a run nor a test waits for them.

paxos_whole_house(house)
add_custom_target(paxos_bench)
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*_bench.cpp)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} EXCLUDE_FROM_ALL ${source})
  target_link_libraries(${name} PRIVATE ${house} paxos::benchmark)
  add_dependencies(paxos_bench ${name})
endforeach()
