# Micro-benchmarks: one program for each bench/<name>_bench.cpp, linked with all libraries of the
# project and Google Benchmark. The default target does not build them; `paxos_bench` builds all.

paxos_all_folders(folders)
add_custom_target(paxos_bench)
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*_bench.cpp)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} EXCLUDE_FROM_ALL ${source})
  target_link_libraries(${name} PRIVATE ${folders} paxos::benchmark)
  add_dependencies(paxos_bench ${name})
endforeach()
